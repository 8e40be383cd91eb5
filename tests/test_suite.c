/* test_suite.c - suites of random weights: what a file expands to, and what is refused. */
#include "base/mem.h"
#include "bench/case.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <string.h>

static const char text[] = "[suite]\n"
                           "about = a test\n"
                           "[weights a]\n"
                           "random = 1\n"
                           "tag = shape-a\n"
                           "n_in = 40\n"
                           "n_hid = 20\n"
                           "sparsity = 0 0.5 0.8:0.9\n"
                           "[weights b]\n"
                           "random = 1\n"
                           "n_in = 30\n"
                           "n_hid = 20\n"
                           "n_proj = 10\n"
                           "layers = 2\n"
                           "seed = 7\n"
                           "sparsity_x = 0.75\n"
                           "sparsity_h = 0.5\n"
                           "sparsity_r = 0.25\n"
                           "[run one]\n"
                           "weights = a@* b\n"
                           "quick.weights = b\n"
                           "scope = gates step\n"
                           "backend = dense sparse\n"
                           "tag = first\n"
                           "[run two]\n"
                           "weights = a@0\n"
                           "batch = 1 8\n"
                           "quick.weights =\n";

static struct scratch scratch;

static enum status expand_on(const char *ini, int quick, const struct bench_filter *f,
                             struct corpora *corpora, struct bench_list *out)
{
    static const struct bench_filter all = {.seed = -1};
    struct suite *s;
    scratch_write(&scratch, "t.ini", ini, strlen(ini));
    enum status st = suite_open(scratch_path(&scratch, "t.ini"), quick, &s);
    if (st != OK)
        return st;
    st = bench_expand(s, corpora, f != NULL ? f : &all, out);
    suite_release(s);
    return st;
}

static enum status expand(const char *ini, int quick, const struct bench_filter *f,
                          struct bench_list *out)
{
    return expand_on(ini, quick, f, NULL, out);
}

static void setup(void)
{
    scratch_make(&scratch);
}

static void teardown(void)
{
    scratch_remove(&scratch);
}

TestSuite(suite, .init = setup, .fini = teardown);

Test(suite, a_list_of_sparsities_makes_a_set_of_weights)
{
    static const char *const name[] = {"a@0", "a@0.5", "a@0.8:0.9", "b"};
    static const double s_x[] = {0, 0.5, 0.8, 0.75}, s_h[] = {0, 0.5, 0.9, 0.5};
    struct bench_list list;
    cr_assert_eq(expand(text, 0, NULL, &list), OK, "%s", status_message());
    cr_assert_eq(list.n_weights, 4);
    for (int i = 0; i < 4; i++) {
        const struct bench_weights *w = &list.weights[i];
        cr_assert_str_eq(w->name, name[i]);
        cr_assert(w->is_random && w->random.prune.s_x == s_x[i] && w->random.prune.s_h == s_h[i]);
        cr_assert_eq(w->prune.s_h, s_h[i]);
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(w->key, list.weights[j].key);
    }
    const struct random_net *b = &list.weights[3].random;
    cr_assert(b->n_in == 30 && b->n_hid == 20 && b->n_proj == 10 && b->n_layers == 2);
    cr_assert(b->seed == 7 && b->prune.s_r == 0.25);
    cr_assert_str_eq(list.weights[2].net, "a");
    bench_list_release(&list);
}

/* Run one: 4 weights, 2 scopes, 2 backends; run two: its batch 1 is there already. */
Test(suite, globs_and_scopes_expand_and_overlaps_merge)
{
    struct bench_list list;
    cr_assert_eq(expand(text, 0, NULL, &list), OK);
    cr_assert_eq(list.n_cases, 4 * 2 * 2 + 1);
    size_t n_gates = 0;
    for (size_t i = 0; i < list.n_cases; i++) {
        n_gates += (size_t)list.cases[i].gates;
        cr_assert_eq(list.cases[i].gates, strstr(list.cases[i].name, "/gates") != NULL);
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(list.cases[i].key, list.cases[j].key);
    }
    cr_assert_eq(n_gates, 8);
    cr_assert_eq(list.cases[16].batch, 8);
    bench_list_release(&list);
}

static size_t count_only(const char *only)
{
    struct bench_list list;
    struct bench_filter f = {.only = only, .seed = -1};
    enum status s = expand(text, 0, &f, &list);
    size_t n = list.n_cases;
    bench_list_release(&list);
    return s == OK ? n : 0;
}

Test(suite, tags_of_run_and_weights_pick_cases)
{
    cr_assert_eq(count_only("tag:shape-a"), 13);
    cr_assert_eq(count_only("tag:first"), 16);
    cr_assert_eq(count_only("tag:shape"), 0);
    cr_assert_eq(count_only("a@0.5"), 4);
}

Test(suite, quick_replaces_lists_and_may_empty_them)
{
    struct bench_list list;
    cr_assert_eq(expand(text, 1, NULL, &list), OK);
    cr_assert_eq(list.n_cases, 4);
    bench_list_release(&list);
}

/* The key knows the seed, however it was given. */
Test(suite, a_seed_of_the_command_line_wins)
{
    struct bench_list plain, seven, eight;
    struct bench_filter f7 = {.seed = 7}, f8 = {.seed = 8};
    cr_assert_eq(expand(text, 0, NULL, &plain), OK);
    cr_assert_eq(expand(text, 0, &f7, &seven), OK);
    cr_assert_eq(expand(text, 0, &f8, &eight), OK);
    cr_assert_str_eq(plain.weights[3].key, seven.weights[3].key);
    cr_assert_str_neq(plain.weights[0].key, seven.weights[0].key);
    cr_assert_str_neq(eight.weights[3].key, seven.weights[3].key);
    bench_list_release(&plain);
    bench_list_release(&seven);
    bench_list_release(&eight);
}

static const char shared[] = "[suite]\n"
                             "about = t\n"
                             "[keys shape]\n"
                             "random = 1\n"
                             "n_in = 4\n"
                             "n_hid = 8\n"
                             "quick.n_hid = 2\n"
                             "[keys sparse]\n"
                             "use = shape\n"
                             "n_hid = 16\n"
                             "sparsity_x = 0.5\n"
                             "sparsity_h = 0.5\n"
                             "[weights a]\n"
                             "use = shape\n"
                             "[weights b]\n"
                             "sparsity_x = 0.25\n"
                             "use = sparse\n"
                             "[weights c]\n"
                             "use = sparse shape\n"
                             "n_in = 5\n"
                             "[run r]\n"
                             "weights = *\n";

/* What a section says itself comes first, wherever its `use` stands, then the first of its list. */
Test(suite, keys_are_shared)
{
    struct bench_list l;
    cr_assert_eq(expand(shared, 0, NULL, &l), OK, "%s", status_message());
    const struct bench_weights *w = l.weights;
    cr_assert(l.n_weights == 3 && l.n_cases == 3);
    cr_assert(w[0].random.n_in == 4 && w[0].random.n_hid == 8 && w[0].prune.s_x == 0);
    cr_assert(w[1].random.n_in == 4 && w[1].random.n_hid == 16);
    cr_assert(w[1].prune.s_x == 0.25 && w[1].prune.s_h == 0.5);
    cr_assert(w[2].random.n_in == 5 && w[2].random.n_hid == 16 && w[2].prune.s_x == 0.5);
    bench_list_release(&l);
    cr_assert_eq(expand(shared, 1, NULL, &l), OK, "%s", status_message());
    cr_assert(l.weights[0].random.n_hid == 2 && l.weights[1].random.n_hid == 16);
    bench_list_release(&l);
}

#define RANDOM "[suite]\nabout = t\n[weights a]\nrandom = 1\nn_in = 4\nn_hid = 4\n"

Test(suite, what_makes_no_sense_is_refused)
{
    static const struct {
        const char *ini, *part;
        enum status s;
    } bad[] = {
        {RANDOM "sparsity = 0.5 x\n", "neither S nor SX:SH", E_USAGE},
        {RANDOM "sparsity = 0.5:\n", "neither S nor SX:SH", E_USAGE},
        {RANDOM "sparsity = 0.5:0.6:0.7\n", "neither S nor SX:SH", E_USAGE},
        {RANDOM "sparsity = 1.5\n", "not in 0..1", E_USAGE},
        {RANDOM "sparsity_h = nan\n", "not in 0..1", E_USAGE},
        {RANDOM "sparsity = 0.5 0.5\n", "stands twice", E_USAGE},
        {RANDOM "layers = 1.5\n", "no size", E_USAGE},
        {"[suite]\nabout = t\n[weights a]\nrandom = 1\nn_in = 4\n", "n_hid", E_USAGE},
        {RANDOM "[run r]\nweights = b*\n", "no [weights b*]", E_USAGE},
        {RANDOM "[run r]\nweights = a\nscope = network\n", "expected gates or step", E_USAGE},
        {RANDOM "colour = red\n", "unknown key", E_FORMAT},
        {RANDOM "use = b\n[keys b]\nlayers = 2\n", "no [keys b] stands before it", E_USAGE},
        {"[suite]\nabout = t\n[keys]\nlayers = 2\n", "[keys NAME]", E_FORMAT},
        {"[suite]\nabout = t\n[weights a]\nnet = smoke\n", "names no dataset", E_FORMAT},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct bench_list list;
        cr_assert_eq(expand(bad[i].ini, 0, NULL, &list), bad[i].s, "case %zu", i);
        cr_assert(strstr(status_message(), bad[i].part) != NULL, "case %zu: %s", i,
                  status_message());
    }
}

/* The built-in suite: every shape, sparsity and scope of the specification, names without doubles.
 */
Test(suite, kernels_expands)
{
    struct suite *s;
    struct bench_list list;
    struct bench_filter f = {.seed = -1};
    cr_assert_eq(suite_open("kernels", 0, &s), OK, "%s", status_message());
    cr_assert_eq(bench_expand(s, NULL, &f, &list), OK, "%s", status_message());
    cr_assert_eq(list.n_weights, 7 * 7 + 2 * 3, "shapes by sparsities, and the bank pattern");
    for (size_t i = 0; i < list.n_cases; i++)
        for (size_t j = 0; j < i; j++)
            cr_assert_str_neq(list.cases[i].name, list.cases[j].name);
    bench_list_release(&list);
    suite_release(s);
}

static const char speech[] = "[suite]\n"
                             "dataset = timit-standin\n"
                             "[weights dense]\n"
                             "net = timit-128\n"
                             "[weights wide]\n"
                             "net = timit-1024\n"
                             "[points search]\n"
                             "kind = search\n"
                             "parent = dense\n"
                             "overall = 0.9\n"
                             "tokens = 20000\n"
                             "[weights dual]\n"
                             "parent = dense\n"
                             "control = dense\n"
                             "pattern = row\n"
                             "overall = 0.9\n"
                             "ratios = search\n"
                             "epochs = 1\n"
                             "lr_schedule = cosine\n"
                             "lr_floor = 0.00001\n"
                             "[run all]\n"
                             "weights = *\n"
                             "unseen = 1\n";

/* Everything that is trained stands there once a fold, each with the parent, the points and the
 * data of its own fold; a case is on the first and stands for all. */
Test(suite, folds_of_a_corpus)
{
    struct corpora corpora = {.name = "timit-standin", .folds = 3};
    struct bench_list list;
    cr_assert_eq(expand_on(speech, 0, NULL, &corpora, &list), OK, "%s", status_message());
    cr_assert(list.n_weights == 9 && list.n_points == 3 && list.n_cases == 3 + 3);
    cr_assert_eq(corpora.n, 6); /* three folds of 123 features and of 153 */
    for (int i = 0; i < 9; i++) {
        const struct bench_weights *w = &list.weights[i];
        cr_assert(w->n_folds == (i % 3 == 0 ? 3 : 0) && w->data->cross == i % 3);
        cr_assert_eq(w->data->n_in, i / 3 == 1 ? 153 : 123);
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(w->key, list.weights[j].key);
    }
    cr_assert_str_eq(list.weights[7].name, "dual@0.9.f1");
    for (int fold = 0; fold < 3; fold++) {
        const struct bench_weights *dual = &list.weights[6 + fold];
        cr_assert(dual->parent == fold && dual->control == fold && dual->ratios.points == fold);
        cr_assert(dual->recipe.rate == RATE_COSINE && dual->recipe.lr_floor == 0.00001);
        cr_assert(list.points[fold].parent == fold && list.points[fold].data->cross == fold);
    }
    for (size_t i = 3; i < 6; i++)
        cr_assert(list.cases[i].weights % 3 == 0 && strstr(list.cases[i].name, "/unseen") != NULL);
    bench_list_release(&list);
    corpora_release(&corpora);
}

/* One fold of a corpus has another key than three, as the score is of other speakers. */
Test(suite, a_case_is_of_its_folds)
{
    struct corpora one = {.name = "timit-standin", .folds = 1},
                   two = {.name = "timit-standin", .folds = 2};
    const struct bench_filter f = {.only = "/dense/dense/", .seed = -1};
    struct bench_list a, b;
    cr_assert_eq(expand_on(speech, 0, &f, &one, &a), OK, "%s", status_message());
    cr_assert_eq(expand_on(speech, 0, &f, &two, &b), OK, "%s", status_message());
    cr_assert(a.n_cases == 1 && b.n_cases == 1);
    cr_assert_str_eq(a.weights[0].key, b.weights[0].key);
    cr_assert_str_neq(a.cases[0].key, b.cases[0].key);
    bench_list_release(&a);
    bench_list_release(&b);
    corpora_release(&one);
    corpora_release(&two);
}
