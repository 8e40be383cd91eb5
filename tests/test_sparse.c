/* test_sparse.c - sparse and dense on ten thousand random nets: every size 1..70, every count. */
#include "tests/random_stack.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

enum { N_NETS = 10000, STEPS = 3 };

static void run(const struct lstm_backend *b, const struct lstm_net *net,
                const struct random_call *given, int threads, struct random_call *out)
{
    struct lstm_options opt = {
        .max_batch = given->io.batch, .max_steps = STEPS, .threads = threads};
    struct lstm_plan *plan;
    cr_assert_eq(lstm_prepare(b, net, &opt, &plan), OK, "%s", status_message());
    random_call_copy(given, out);
    cr_assert_eq(lstm_run(plan, &out->io), OK);
    lstm_release(plan);
}

static double distance(const float *a, const float *b, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)a[i] - b[i]) / fmax(1, fabs((double)b[i]));
        most = d > most || isnan(d) ? d : most;
    }
    return most;
}

Test(sparse, agrees_with_dense_on_10000_random_nets)
{
    double worst = 0;
    struct rng r;
    rng_seed(&r, 2022, 1);
    for (int i = 0; i < N_NETS; i++) {
        struct random_want want = {1 + (i % 10 == 0), 70, 0.3, 0.3, 0.95};
        struct random_stack s;
        struct random_call call, sparse, dense;
        int batch = i % 50 == 0 ? 33 : 1 + (int)rng_below(&r, 5);
        random_stack_make(&s, &r, &want);
        random_call_make(&call, &r, &s.net, STEPS, batch, 0);
        run(&cpu_sparse_backend, &s.net, &call, 1 + (i % 100 == 0), &sparse);
        run(&cpu_dense_backend, &s.net, &call, 1, &dense);
        double d = distance(sparse.io.y, dense.io.y, dense.n_y);
        d = fmax(d, distance(sparse.io.c, dense.io.c, dense.n_c));
        worst = d > worst || isnan(d) ? d : worst;
        cr_assert(d <= 4e-6, "net %d: %d to %d, k_x %d, k_h %d: differ by %g", i,
                  s.net.layer[0].n_in, s.net.layer[0].n_hid, s.net.layer[0].k_x, s.net.layer[0].k_h,
                  d);
        random_call_release_copy(&sparse);
        random_call_release_copy(&dense);
        random_call_release(&call);
        random_stack_release(&s);
    }
    fprintf(stderr, "# largest difference %.3g\n", worst);
}
