/* fuzz_safetensors.c - any bytes go through st_parse and weights_from; a net that loads is packed,
 * run and written back. */
#include "base/mem.h"
#include "kernels/lstm.h"
#include "model/prune.h"
#include "model/weights.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { STEPS = 2, BATCH = 3, MOST_WEIGHTS = 1 << 16 };

static void must(int good)
{
    if (!good)
        abort();
}

/* A refusal names the file and says something. */
static void check_refusal(enum status s)
{
    must(s == E_FORMAT || s == E_NOMEM);
    must(s == E_NOMEM || strncmp(status_message(), "fuzz", 4) == 0);
}

/* Whatever was loaded is finite, has its masks in order, and runs. */
static void run(const struct lstm_net *net)
{
    struct lstm_options opt = {.max_batch = BATCH, .max_steps = STEPS};
    struct lstm_plan *plan;
    float *x, *y, *h, *c;
    const int len[BATCH] = {STEPS, 0, 1};
    must(lstm_prepare(&cpu_sparse_backend, net, &opt, &plan) == OK);
    const struct lstm_layer *top = &net->layer[net->n_layers - 1];
    size_t n_y = (size_t)STEPS * BATCH * (size_t)lstm_n_rec(top);
    must(mem_new(&x, (size_t)STEPS * BATCH * (size_t)net->layer[0].n_in, sizeof *x) == OK);
    must(mem_new(&y, n_y, sizeof *y) == OK);
    must(mem_new(&h, lstm_h_size(net, BATCH), sizeof *h) == OK);
    must(mem_new(&c, lstm_c_size(net, BATCH), sizeof *c) == OK);
    struct lstm_io io = {
        .steps = STEPS, .batch = BATCH, .x = x, .y = y, .h = h, .c = c, .len = len};
    must(lstm_run(plan, &io) == OK);
    lstm_release(plan);
    mem_free(x);
    mem_free(y);
    mem_free(h);
    mem_free(c);
}

static void check_net(struct net *net)
{
    must(lstm_check(&net->lstm) == OK && prune_check(net) == OK);
    must(net_nnz(net) <= lstm_n_kept(&net->lstm));
    if (lstm_n_weights(&net->lstm) <= MOST_WEIGHTS)
        run(&net->lstm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct st_file *f;
    enum status s = st_parse(data, size, "fuzz", &f);
    if (s != OK) {
        must(f == NULL);
        check_refusal(s);
        return 0;
    }
    static const char *const prefix[] = {NULL, "rnn"};
    for (int i = 0; i < 2; i++) {
        struct net *net;
        s = weights_from(f, prefix[i], &net);
        if (s == OK)
            check_net(net);
        else
            check_refusal(s);
        must((net != NULL) == (s == OK));
        net_release(net);
    }
    st_release(f);
    return 0;
}
