/* test_ctc.c - CTC against a sum over every path there is, its gradient against differences, greedy
 * decoding and edit distance against what is plain to see. */
#include "base/rng.h"
#include "model/ctc.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STEPS = 7, CLASSES = 4, BLANK = 3, STRIDE = 2 * CLASSES, MOST_ROOM = 4096 };

struct problem {
    struct ctc_lane lane;
    int32_t labels[8];
    float z[MOST_STEPS * STRIDE];
    double room[MOST_ROOM];
};

static void make(struct problem *p, struct rng *r, int steps, const char *labels)
{
    memset(p, 0, sizeof *p);
    p->lane = (struct ctc_lane){steps, CLASSES, BLANK, STRIDE, p->labels, (int)strlen(labels)};
    for (int i = 0; labels[i] != '\0'; i++)
        p->labels[i] = labels[i] - 'a';
    rng_uniform(r, p->z, MOST_STEPS * STRIDE, -3, 3);
    cr_assert_leq(ctc_room(steps, CLASSES, p->lane.n_labels), MOST_ROOM);
}

/* The labels that a path of classes stands for: runs merged, blanks dropped. */
static int reads_as(const struct problem *p, const int *path)
{
    int n = 0;
    for (int t = 0, was = BLANK; t < p->lane.steps; was = path[t++]) {
        if (path[t] == was || path[t] == BLANK)
            continue;
        if (n == p->lane.n_labels || p->labels[n++] != path[t])
            return 0;
    }
    return n == p->lane.n_labels;
}

static double probability(const struct problem *p, const double *z, const int *path)
{
    double product = 1;
    for (int t = 0; t < p->lane.steps; t++) {
        double sum = 0;
        for (int c = 0; c < CLASSES; c++)
            sum += exp(z[t * STRIDE + c]);
        product *= exp(z[t * STRIDE + path[t]]) / sum;
    }
    return product;
}

/* -log of the sum over all CLASSES^steps paths. */
static double brute(const struct problem *p, const double *z)
{
    int path[MOST_STEPS] = {0};
    double sum = 0;
    for (;;) {
        int t = 0;
        sum += reads_as(p, path) ? probability(p, z, path) : 0;
        while (t < p->lane.steps && ++path[t] == CLASSES)
            path[t++] = 0;
        if (t == p->lane.steps)
            return -log(sum);
    }
}

static void check(struct problem *p)
{
    float dz[MOST_STEPS * STRIDE];
    double z[MOST_STEPS * STRIDE];
    for (int i = 0; i < MOST_STEPS * STRIDE; i++) {
        z[i] = p->z[i];
        dz[i] = 77;
    }
    const double want = brute(p, z);
    cr_assert_float_eq(ctc_nll(&p->lane, p->z, p->room, 0, NULL), want, 1e-9);
    cr_assert_float_eq(ctc_nll(&p->lane, p->z, p->room, 0.5f, dz), want, 1e-9);
    for (int i = 0; i < p->lane.steps * STRIDE; i++) {
        if (i % STRIDE >= CLASSES) {
            cr_assert_eq(dz[i], 77, "what lies between rows was written");
            continue;
        }
        const double old = z[i];
        z[i] = old + 1e-5;
        const double up = brute(p, z);
        z[i] = old - 1e-5;
        const double slope = (up - brute(p, z)) / 2e-5;
        z[i] = old;
        cr_assert_float_eq(dz[i], 0.5 * slope, 1e-6, "step %d class %d: %g, expected %g",
                           i / STRIDE, i % STRIDE, (double)dz[i], 0.5 * slope);
    }
    float same[MOST_STEPS * STRIDE];
    memcpy(same, p->z, sizeof same);
    ctc_nll(&p->lane, same, p->room, 0.5f, same);
    for (int i = 0; i < p->lane.steps * STRIDE; i++)
        cr_assert(i % STRIDE >= CLASSES || same[i] == dz[i], "in place differs");
}

Test(ctc, equals_the_sum_over_all_paths_and_its_slope)
{
    static const struct {
        int steps;
        const char *labels;
    } row[] = {{1, ""},    {4, ""},   {1, "a"},   {5, "b"},    {6, "abc"}, {5, "aa"},
               {6, "aab"}, {3, "aa"}, {5, "aaa"}, {4, "abab"}, {7, "cbca"}};
    static struct problem p;
    struct rng r;
    rng_seed(&r, 5, 0);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        make(&p, &r, row[i].steps, row[i].labels);
        check(&p);
    }
}

/* More labels than steps, or no room for the blank that parts equal neighbours. */
Test(ctc, without_an_alignment_it_is_infinite_and_has_no_gradient)
{
    static struct problem p;
    static const char *const labels[] = {"abcab", "aab", "aa"};
    struct rng r;
    rng_seed(&r, 6, 0);
    for (int i = 0; i < 3; i++) {
        float dz[MOST_STEPS * STRIDE];
        memset(dz, 1, sizeof dz);
        make(&p, &r, 4 - i - (i > 0), labels[i]);
        cr_assert_eq(p.lane.steps, i == 0 ? 4 : i == 1 ? 2 : 1);
        cr_assert_eq(ctc_nll(&p.lane, p.z, p.room, 1, dz), INFINITY);
        for (int k = 0; k < p.lane.steps * STRIDE; k++)
            cr_assert(k % STRIDE >= CLASSES || dz[k] == 0);
    }
}

/* Probabilities far below what a double holds. */
Test(ctc, is_finite_where_products_would_vanish)
{
    enum { LONG = 1000, LABELS = 400 };
    static float z[LONG * CLASSES];
    static int32_t labels[LABELS];
    const struct ctc_lane lane = {LONG, CLASSES, BLANK, CLASSES, labels, LABELS};
    struct rng r;
    rng_seed(&r, 7, 0);
    rng_uniform(&r, z, LONG * CLASSES, -40, 40);
    for (int i = 0; i < LABELS; i++)
        labels[i] = (int32_t)rng_below(&r, BLANK);
    double *room = malloc(ctc_room(LONG, CLASSES, LABELS) * sizeof *room);
    cr_assert_not_null(room);
    const double nll = ctc_nll(&lane, z, room, 1, z);
    cr_assert(isfinite(nll) && nll > 745, "%g", nll); /* exp(-745) is the least double */
    for (int t = 0; t < LONG; t++) {
        double sum = 0, most = 0;
        for (int c = 0; c < CLASSES; c++) {
            sum += z[t * CLASSES + c];
            most = fmax(most, fabs(z[t * CLASSES + c]));
        }
        cr_assert(fabs(sum) < 1e-5 && most <= 1 + 1e-6, "step %d: %g, %g", t, sum, most);
    }
    free(room);
}

/* One digit a step: the class that is largest. */
static int greedy(const char *best, int32_t *out)
{
    float z[16 * CLASSES] = {0};
    struct ctc_lane lane = {(int)strlen(best), CLASSES, BLANK, CLASSES, NULL, 0};
    for (int t = 0; best[t] != '\0'; t++)
        z[t * CLASSES + best[t] - '0'] = 1;
    return ctc_greedy(&lane, z, out);
}

Test(ctc, greedy_merges_runs_and_drops_blanks)
{
    static const struct {
        const char *best;
        int n;
        int32_t out[8];
    } row[] = {{"333", 0, {0}},
               {"0", 1, {0}},
               {"000111", 2, {0, 1}},
               {"0030033", 2, {0, 0}},
               {"3120213", 5, {1, 2, 0, 2, 1}}};
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        int32_t out[16];
        cr_assert_eq(greedy(row[i].best, out), row[i].n, "%s", row[i].best);
        cr_assert_arr_eq(out, row[i].out, (size_t)row[i].n * sizeof *out);
    }
}

static int edits(const char *a, const char *b)
{
    int32_t x[32] = {0}, y[32] = {0};
    int room[33];
    for (size_t i = 0; i < strlen(a); i++)
        x[i] = a[i];
    for (size_t i = 0; i < strlen(b); i++)
        y[i] = b[i];
    return ctc_edits(x, (int)strlen(a), y, (int)strlen(b), room);
}

Test(ctc, edits_between_sequences)
{
    cr_assert_eq(edits("", ""), 0);
    cr_assert_eq(edits("", "abc"), 3);
    cr_assert_eq(edits("abc", ""), 3);
    cr_assert_eq(edits("kitten", "sitting"), 3);
    cr_assert_eq(edits("sitting", "kitten"), 3);
    cr_assert_eq(edits("abcdef", "abcdef"), 0);
    cr_assert_eq(edits("abcdef", "bcdefa"), 2);
    cr_assert_eq(edits("aaaa", "aa"), 2);
    cr_assert_eq(edits("intention", "execution"), 5);
}
