/* test_schedule.c - each schedule reaches its target exactly, when it should, and never goes
 * back. */
#include "base/mem.h"
#include "base/rng.h"
#include "model/prune.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static struct schedule parse(const char *word)
{
    struct schedule s;
    char text[SCHEDULE_TEXT];
    cr_assert_eq(schedule_parse(word, &s), OK, "%s", status_message());
    cr_assert_str_eq(schedule_text(&s, text), word);
    return s;
}

Test(schedule, words)
{
    static const char *const bad[] = {"",
                                      "Gradual",
                                      "gradual ",
                                      "iterative",
                                      "iterative:",
                                      "iterative:1",
                                      "iterative:1001",
                                      "iterative:05",
                                      "iterative:5x",
                                      "iterative: 5",
                                      "iterative:99999",
                                      "one"};
    struct schedule s;
    parse("one-shot");
    parse("gradual");
    parse("iterative:2");
    parse("iterative:1000");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_assert_eq(schedule_parse(bad[i], &s), E_USAGE, "%s", bad[i]);
}

/* Masks that are due, in order, over a training of some length. */
static void walk(const char *word, size_t updates, double target)
{
    struct schedule s = parse(word);
    double before = -1;
    size_t last = 0;
    cr_assert(schedule_is_due(&s, 0, updates));
    for (size_t i = 0; i < updates; i++) {
        double share = schedule_share(&s, target, i, updates);
        cr_assert(share >= 0 && share <= target);
        if (schedule_is_due(&s, i, updates)) {
            cr_assert(share >= before);
            before = share;
            last = i;
        }
    }
    cr_assert(before == target, "%s over %zu: %.17g", word, updates, before);
    cr_assert(schedule_share(&s, target, last, updates) == target);
    cr_assert_eq(schedule_last(&s, updates), last, "%s over %zu: %zu", word, updates, last);
    if (s.kind == SCHEDULE_GRADUAL)
        cr_assert_eq(last, updates * 3 / 5);
    if (s.kind == SCHEDULE_ITERATIVE && updates >= (size_t)s.rounds)
        cr_assert_eq(last,
                     (updates * (size_t)(s.rounds - 1) + (size_t)s.rounds - 1) / (size_t)s.rounds);
}

Test(schedule, every_one_reaches_its_target_exactly)
{
    static const char *const each[] = {"one-shot", "gradual", "iterative:2", "iterative:7"};
    static const double target[] = {.5, .8, .9, .975, 1};
    static const size_t updates[] = {1, 2, 3, 99, 100, 101, 166, 167, 1000, 1234};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 5; j++)
            for (size_t k = 0; k < 10; k++)
                walk(each[i], updates[k], target[j]);
}

Test(schedule, gradual_by_hand)
{
    struct schedule s = parse("gradual");
    cr_assert_eq(schedule_share(&s, .8, 0, 1000), 0);
    cr_assert_float_eq(schedule_share(&s, .8, 300, 1000), .8 * (1 - .125), 1e-15);
    cr_assert(schedule_share(&s, .8, 600, 1000) == .8);
    cr_assert(schedule_is_due(&s, 500, 1000) && !schedule_is_due(&s, 550, 1000));
    cr_assert(schedule_is_due(&s, 600, 1000) && !schedule_is_due(&s, 700, 1000));
}

/* Ten of a hundred in two rounds: a share of sqrt(.1) stays after the first. */
Test(schedule, iterative_by_hand)
{
    struct schedule s = parse("iterative:2");
    cr_assert_float_eq(schedule_share(&s, .9, 0, 100), 1 - sqrt(.1), 1e-15);
    cr_assert_float_eq(schedule_share(&s, .9, 49, 100), 1 - sqrt(.1), 1e-15);
    cr_assert(schedule_share(&s, .9, 50, 100) == .9);
    int due = 0;
    for (size_t i = 0; i < 100; i++)
        due += schedule_is_due(&s, i, 100);
    cr_assert_eq(due, 2);
}

/* A training of which the weights walk at random; what is pruned moves only in the shadow. */
static void train(const char *schedule, const char *pattern, int with_shadow)
{
    enum { UPDATES = 437 };
    static const struct net_shape shape = {
        .n_in = 24, .n_layers = 2, .n_hid = {16, 16}, .n_proj = {8, 0}};
    struct prune_spec spec = prune_spec_row(.75, .5, -1);
    struct net *net, *target;
    float *shadow, step[64];
    size_t before = SIZE_MAX;
    struct rng r;
    spec.schedule = parse(schedule);
    cr_assert_eq(pattern_parse(pattern, &spec.pattern), OK);
    cr_assert_eq(net_new(&shape, &net), OK);
    rng_seed(&r, 1, 1);
    rng_uniform(&r, net->data, net->n_data, -1, 1);
    cr_assert_eq(mem_copy(&shadow, net->data, net->n_data, sizeof *shadow), OK);
    for (size_t u = 0; u < UPDATES; u++) {
        cr_assert_eq(prune_step(net, &spec, u, UPDATES, with_shadow ? shadow : NULL), OK);
        cr_assert_eq(prune_check(net), OK, "%s", status_message());
        cr_assert_leq(prune_kept(net), before);
        before = prune_kept(net);
        rng_uniform(&r, step, 64, -.3f, .3f);
        for (size_t i = 0; i < net->n_data; i++) {
            shadow[i] += step[(i * 31 + u) % 64];
            net->data[i] += net->keep[i] ? step[(i * 31 + u) % 64] : 0;
        }
    }
    cr_assert_eq(net_copy(net, &target), OK);
    spec.schedule.kind = SCHEDULE_ONE_SHOT; /* keeps as many, if not the same */
    cr_assert_eq(prune_net(target, &spec), OK);
    cr_assert_eq(prune_kept(net), prune_kept(target), "%s %s", schedule, pattern);
    cr_assert_eq(prune_count_check(net, &spec), OK);
    cr_assert_arr_eq(net->keep, target->keep, net->n_data); /* all that is left stays */
    mem_free(shadow);
    net_release(net);
    net_release(target);
}

Test(schedule, masks_reach_the_target)
{
    static const char *const pattern[] = {"row", "bank:8", "unstructured:global", "column"};
    for (int i = 0; i < 4; i++) {
        train("one-shot", pattern[i], 0);
        train("iterative:5", pattern[i], 0);
        train("gradual", pattern[i], 1);
    }
}
