/* test_validity.c - each condition under which a latency may not be used, planted one at a time;
 * and what the watch sees of a made-up /proc and of a busy thread. */
#include "base/clock.h"
#include "bench/validity.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

/* Two sides that nothing is wrong with. */
static const struct measured good = {
    .step_us = {.median = 100, .ci95_lo = 98, .ci95_hi = 102}, .blocks = 20, .block_ns = 2e6};
static const struct conditions calm = {
    .seconds = 1, .had = 0.99, .drift = 0.02, .looks = 100, .moves = 1};

static void refuse(struct measured first, struct measured second, struct conditions c,
                   const char *word)
{
    const struct measured m[] = {first, second};
    char why[VALIDITY_TEXT];
    cr_assert_not(validity_check(m, 2, &c, why));
    cr_assert_eq(strncmp(why, word, strlen(word)), 0, "%s (expected %s)", why, word);
    cr_assert_null(strstr(why, "), "), "%s", why);
}

Test(validity, each_condition_has_its_word)
{
    const struct measured m[] = {good, good};
    char why[VALIDITY_TEXT];
    cr_assert(validity_check(m, 2, &calm, why), "%s", why);
    cr_assert_str_eq(why, "");

    struct measured few = good, brief = good, wide = good, empty = good;
    few.blocks = 19;
    brief.block_ns = 0.9e6;
    wide.step_us.ci95_hi = 109;
    empty.step_us.ci95_lo = NAN;
    refuse(good, few, calm, "too few (19 ");
    refuse(brief, good, calm, "too short (blocks of 900 us");
    refuse(good, wide, calm, "spread (a median is known within 11 %");
    refuse(empty, good, calm, "spread");

    struct conditions c = calm;
    c.had = 0.85;
    refuse(good, good, c, "foreign load (the processor was ours for 85 %");
    c = calm;
    c.moves = 6;
    refuse(good, good, c, "migrated (6 times in 100 rounds; --pin)");
    c = calm;
    c.drift = 0.11;
    refuse(good, good, c, "speed (the processor's moved by 11 %");
}

Test(validity, several_are_named_and_the_text_ends)
{
    const struct measured m[] = {{.blocks = 1, .step_us = {.median = 1, .ci95_hi = 9}}};
    const struct conditions c = {.had = 0, .drift = 9, .looks = 1, .moves = 1};
    char why[VALIDITY_TEXT];
    cr_assert_not(validity_check(m, 1, &c, why));
    cr_assert_not_null(strstr(why, "), too short ("), "%s", why);
    cr_assert_lt(strlen(why), VALIDITY_TEXT);
}

static void spin(double seconds)
{
    for (int64_t end = clock_ns() + (int64_t)(seconds * 1e9); clock_ns() < end;)
        continue;
}

/* Others were busy for 3 s in ticks of 1/100 s while a tenth of a second passed, and 0.5 s
 * stolen. */
Test(validity, the_watch_counts_what_others_took)
{
    static const char before[] = "cpu 1000 20 300 99999 5 6 7 80 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n";
    static const char after[] = "cpu 1200 40 360 99999 5 16 17 130 0 0\n";
    struct scratch s;
    struct watch w;
    struct conditions c;
    scratch_make(&s);
    scratch_write(&s, "proc/stat", before, sizeof before - 1);
    cr_assert_eq(watch_begin(&w, s.dir), OK);
    spin(0.1);
    scratch_write(&s, "proc/stat", after, sizeof after - 1);
    for (int i = 0; i < 200; i++)
        cr_assert_eq(watch_look(&w), OK);
    watch_end(&w, &c);
    cr_assert(c.seconds >= 0.1 && c.looks == 200 && c.moves <= 200);
    cr_assert(c.foreign * c.seconds > 2.5 && c.foreign * c.seconds <= 3, "%g",
              c.foreign * c.seconds);
    cr_assert_float_eq(c.stolen * c.seconds, 0.5, 1e-9);
    scratch_remove(&s);
}

/* Asleep it has not the processor; without /proc nothing is known of others. */
Test(validity, the_watch_sees_a_thread_that_does_not_run)
{
    struct watch w;
    struct conditions c;
    cr_assert_eq(watch_begin(&w, "/nowhere"), OK);
    usleep(300000);
    watch_end(&w, &c);
    cr_assert_lt(c.had, 0.2);
    cr_assert(c.foreign == 0 && c.stolen == 0 && c.drift == 0 && c.looks == 0);
    watch_end(&w, &c); /* again, as after a failure */
}
