/* test_rate.c - the learning rate of every schedule by its formula; scores, plateaus, early stop;
 * the text of recipes. */
#include "model/lineage.h"
#include "model/rate.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static const struct recipe base = {.lr = .8, .decay = .5, .decay_after = 2};

static double at(const struct recipe *r, size_t step, int epoch)
{
    struct rate_state s;
    rate_start(&s);
    return rate_at(r, &s, step, 1000, epoch);
}

Test(rate, by_epoch)
{
    struct recipe r = base;
    cr_assert(at(&r, 0, 1) == .8 && at(&r, 900, 2) == .8);
    cr_assert(at(&r, 0, 3) == .4 && at(&r, 0, 5) == .1);
    r.lr_floor = .3;
    cr_assert(at(&r, 0, 3) == .4 && at(&r, 0, 4) == .3);
}

Test(rate, words)
{
    enum rate_kind kind;
    for (int i = RATE_DECAY; i <= RATE_PLATEAU; i++) {
        cr_assert_eq(rate_parse(rate_text((enum rate_kind)i), &kind), OK);
        cr_assert_eq(kind, (enum rate_kind)i);
    }
    cr_assert_eq(rate_parse("cosines", &kind), E_USAGE);
    cr_assert_eq(rate_parse("", &kind), E_USAGE);
}

Test(rate, cosine)
{
    struct recipe r = base;
    r.rate = RATE_COSINE;
    r.lr_floor = .2;
    for (size_t i = 0; i <= 1000; i += 50)
        cr_assert_float_eq(at(&r, i, 9), .2 + .3 * (1 + cos(M_PI * (double)i / 1000)), 1e-12);
    r.warm_up = 100;
    for (size_t i = 0; i < 100; i++)
        cr_assert_float_eq(at(&r, i, 1), .8 * (double)(i + 1) / 100, 1e-12);
    cr_assert_eq(at(&r, 100, 1), .8);
    cr_assert_float_eq(at(&r, 550, 1), .5, 1e-12);
    cr_assert_float_eq(at(&r, 999, 1), .2, 1e-5);
    r.warm_up = 5000; /* longer than the training */
    cr_assert_float_eq(at(&r, 999, 1), .16, 1e-12);
}

Test(rate, warm_up_of_the_others)
{
    struct recipe r = base;
    r.warm_up = 4;
    cr_assert(at(&r, 0, 1) == .2 && at(&r, 3, 1) == .8 && at(&r, 4, 1) == .8 && at(&r, 1, 3) == .2);
}

Test(rate, plateau)
{
    static const double ppl[] = {100, 90, 95, 91, 90, 89, 89, 89, 89, NAN, 88};
    static const double scale[] = {1, 1, 1, .5, .5, .5, .5, .25, .25, .125, .125};
    struct recipe r = base;
    struct rate_state s;
    r.rate = RATE_PLATEAU;
    r.patience = 1;
    rate_start(&s);
    for (int i = 0; i < 11; i++) {
        int best = i < 2 || i == 5 || i == 10;
        cr_assert_eq(rate_score(&s, &r, ppl[i]), best, "epoch %d", i);
        cr_assert_eq(s.scale, scale[i], "epoch %d: %g", i, s.scale);
        cr_assert_eq(rate_at(&r, &s, 7, 1000, 99), .8 * scale[i]);
    }
    cr_assert_eq(s.best, 88);
}

Test(rate, early_stop)
{
    struct recipe r = base;
    struct rate_state s;
    rate_start(&s);
    r.stop_after = 2;
    cr_assert(!rate_stops(&s, &r));
    rate_score(&s, &r, 50);
    rate_score(&s, &r, 51);
    cr_assert(!rate_stops(&s, &r));
    rate_score(&s, &r, 50);
    cr_assert(rate_stops(&s, &r));
    r.stop_after = 0;
    cr_assert(!rate_stops(&s, &r));
}

static void has_text(const struct recipe *r, const char *want)
{
    struct strbuf b = {0};
    recipe_text(r, &b);
    cr_assert_str_eq(strbuf_text(&b), want);
    strbuf_release(&b);
}

/* Keys of weights that are cached hang on this text. */
Test(rate, text_of_old_recipes_stays)
{
    struct recipe r;
    char key[HASH_HEX];
    cr_assert_eq(recipe_named("smoke", &r), OK);
    has_text(&r, "lr=1 decay=0.7 decay_after=4 epochs=8 lanes=10 steps=20 clip=5 init=0.1 keep=1 "
                 "seed=1 threads=1");
    struct dataset ds = {.sha256 = "data"};
    cr_assert_eq(lineage_key("smoke", NULL, NULL, &r, &ds, key), OK);
    cr_assert_str_eq(key, "0b23efd6cc9328137622bfac4f4706f8ef5b7022e7a9aedecaad646c75509c27");
    r.keep = .5;
    r.keep_in = r.keep_between = r.keep_out = .5; /* the same at every place */
    r.temperature = 3;                            /* of no teacher */
    r.patience = 3;
    has_text(&r, "lr=1 decay=0.7 decay_after=4 epochs=8 lanes=10 steps=20 clip=5 init=0.1 keep=0.5 "
                 "seed=1 threads=1");
}

Test(rate, text_has_every_new_field)
{
    const struct recipe r = {.keep = 1,
                             .keep_in = .9,
                             .keep_between = .8,
                             .keep_out = .7,
                             .forget_bias = 1,
                             .optimizer = OPTIMIZER_ADAM,
                             .weight_decay = .1,
                             .rate = RATE_PLATEAU,
                             .lr_floor = .2,
                             .patience = 2,
                             .warm_up = 3,
                             .stop_after = 4,
                             .keep_best = 1,
                             .distill = .5,
                             .temperature = 2};
    has_text(&r, "lr=0 decay=0 decay_after=0 epochs=0 lanes=0 steps=0 clip=0 init=0 keep=1 seed=0 "
                 "threads=0 keep_in=0.9 keep_between=0.8 keep_out=0.7 forget_bias=1 optimizer=adam "
                 "weight_decay=0.1 rate=plateau lr_floor=0.2 patience=2 warm_up=3 stop_after=4 "
                 "keep_best=1 distill=0.5 temperature=2");
}

static void refused(const struct recipe *change, const char *part)
{
    cr_assert_eq(recipe_check(change), E_USAGE);
    cr_assert_not_null(strstr(status_message(), part), "%s", status_message());
}

Test(rate, recipes_that_cannot_be)
{
    struct recipe r, good;
    cr_assert_eq(recipe_named("ptb-tied", &good), OK);
    cr_assert_eq(recipe_check(&good), OK, "%s", status_message());
    cr_assert_eq(recipe_named("ptb-tied-512", &r), OK);
    cr_assert_eq(recipe_check(&r), OK);
    r = good;
    r.lr_floor = 1;
    refused(&r, "recipe: lr_floor is 1 (expected 0 to 0.003)");
    r = good;
    r.keep_out = 1.5;
    refused(&r, "recipe: keep_out is 1.5");
    r = good;
    r.optimizer = OPTIMIZER_SGD;
    refused(&r, "recipe: weight_decay is 0.01 without Adam");
    r = good;
    r.distill = NAN;
    refused(&r, "recipe: distill is nan");
}
