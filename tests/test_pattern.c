/* test_pattern.c - every pattern's mask against one chosen by brute force, words, checkers. */
#include "base/mem.h"
#include "model/pattern.h"
#include "tests/random_stack.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ROWS = 13, MOST_COLS = 40, MOST = MOST_ROWS * MOST_COLS };

static struct pattern parse(const char *word)
{
    struct pattern p;
    char text[PATTERN_TEXT];
    cr_assert_eq(pattern_parse(word, &p), OK, "%s", status_message());
    cr_assert_str_eq(pattern_text(&p, text), word);
    return p;
}

/* Entries of a group that is chosen from as one: group[i] is the number of the group of entry i. */
static int stays(const float *w, const int *group, int n, int i, size_t quota)
{
    size_t before = 0;
    for (int j = 0; j < n; j++)
        before += group[j] == group[i] &&
                  (fabsf(w[j]) > fabsf(w[i]) || (fabsf(w[j]) == fabsf(w[i]) && j < i));
    return before < quota;
}

/* What columns of a group keep, said another way than pattern.h does: the places j of the row at
 * which floor((j+1)*k/n) steps up. */
static size_t steps_up(int s, int e, int n, int k)
{
    size_t up = 0;
    for (int j = s; j < e; j++)
        up += (j + 1) * k / n > j * k / n;
    return up;
}

/* Mask by brute force of all patterns but block. */
static void brute(const struct pattern *p, const float *w, int rows, int cols, int k, uint8_t *keep)
{
    int group[MOST], n = rows * cols;
    size_t quota[MOST];
    int width = p->kind == PATTERN_BANK ? p->a : p->kind == PATTERN_NM ? p->b : cols;
    for (int i = 0; i < n; i++) {
        int r = i / cols, c = i % cols, s = c / width * width;
        int e = s + width < cols ? s + width : cols;
        group[i] = r * MOST_COLS + s;
        quota[i] = p->kind == PATTERN_BANK ? steps_up(s, e, cols, k) : (size_t)k;
        if (p->kind == PATTERN_NM) {
            quota[i] = (size_t)floor((e - s) * (double)p->a / p->b + .5);
            quota[i] += quota[i] == 0 && s == 0;
        } else if (p->kind == PATTERN_UNSTRUCTURED || p->kind == PATTERN_GLOBAL) {
            group[i] = 0;
            quota[i] = (size_t)(rows * k);
        } else if (p->kind == PATTERN_COLUMN) {
            group[i] = c;
            quota[i] = (size_t)floor((double)(rows * k) / cols + .5);
            quota[i] += quota[i] == 0 && k > 0;
        }
    }
    for (int i = 0; i < n; i++)
        keep[i] = (uint8_t)(p->kind == PATTERN_DENSE || stays(w, group, n, i, quota[i]));
}

/* Values with ties, zeros and both signs, or all different. */
static void draw(struct rng *r, int ties, float *w, size_t n)
{
    rng_uniform(r, w, n, -1, 1);
    for (size_t i = 0; ties && i < n; i++)
        w[i] = (float)((int)rng_below(r, 7) - 3);
}

static const char *const words[] = {"dense",   "row",    "bank:1", "bank:7",       "bank:16",
                                    "bank:99", "nm:1:4", "nm:2:8", "unstructured", "column",
                                    "nm:3:3",  "nm:5:9", "nm:1:77"};

Test(pattern, masks_are_the_brute_force_ones)
{
    struct rng r;
    rng_seed(&r, 1, 1);
    for (int round = 0; round < 1000; round++) {
        struct pattern p = parse(words[round % (int)(sizeof words / sizeof *words)]);
        int rows = 1 + (int)rng_below(&r, MOST_ROWS), cols = 1 + (int)rng_below(&r, MOST_COLS);
        int k = (int)rng_below(&r, (uint32_t)cols + 1);
        size_t n = (size_t)rows * (size_t)cols;
        uint8_t keep[MOST + 1], want[MOST];
        float w[MOST];
        draw(&r, round % 2, w, n);
        memset(keep, 7, sizeof keep);
        cr_assert_eq(pattern_mask(&p, w, rows, cols, (size_t)rows * (size_t)k, keep), OK);
        brute(&p, w, rows, cols, k, want);
        cr_assert_arr_eq(keep, want, n, "%s %dx%d k %d", words[round % 13], rows, cols, k);
        cr_assert_eq(keep[n], 7);
        int full = pattern_fullest(keep, rows, cols);
        cr_assert_eq(pattern_check(&p, keep, rows, cols, full), OK, "%s", status_message());
        if (p.kind == PATTERN_ROW || p.kind == PATTERN_BANK)
            cr_assert_eq(full, k);
    }
}

/* Banks by hand: 10 columns, k = 4, banks of 4: floor(16/10) = 1, floor(32/10) - 1 = 2, 4 - 3 =
 * 1. */
Test(pattern, banks_by_hand)
{
    const float w[10] = {9, 8, 7, 6, 1, 2, 3, 4, 0, 5};
    const uint8_t want[10] = {1, 0, 0, 0, 0, 0, 1, 1, 0, 1};
    struct pattern p = parse("bank:4");
    uint8_t keep[10];
    cr_assert_eq(pattern_mask(&p, w, 1, 10, 4, keep), OK);
    cr_assert_arr_eq(keep, want, 10);
}

/* Whole blocks, by mean |w| so that small ones at the edges count alike, and no other number of
 * them in that order is nearer. */
Test(pattern, blocks_are_whole_and_as_many_as_come_nearest)
{
    struct rng r;
    rng_seed(&r, 2, 1);
    for (int round = 0; round < 400; round++) {
        struct pattern p = {.kind = PATTERN_BLOCK};
        int rows = 1 + (int)rng_below(&r, MOST_ROWS), cols = 1 + (int)rng_below(&r, MOST_COLS);
        p.a = 1 + (int)rng_below(&r, 5), p.b = 1 + (int)rng_below(&r, 9);
        int across = (cols + p.b - 1) / p.b, n = rows * cols, most = 0;
        int target = (int)rng_below(&r, (uint32_t)n + 1), kept = 0, last = 0;
        double mean[MOST] = {0}, least = INFINITY, rest = -1;
        int size[MOST] = {0};
        uint8_t keep[MOST];
        float w[MOST];
        draw(&r, round % 3 == 0, w, (size_t)n);
        cr_assert_eq(pattern_mask(&p, w, rows, cols, (size_t)target, keep), OK);
        cr_assert_eq(pattern_check(&p, keep, rows, cols, pattern_fullest(keep, rows, cols)), OK);
        for (int i = 0; i < n; i++) {
            int b = i / cols / p.a * across + i % cols / p.b;
            mean[b] += fabs((double)w[i]);
            size[b]++;
            most = b > most ? b : most;
            kept += keep[i];
        }
        for (int i = 0; i < n; i++) {
            int b = i / cols / p.a * across + i % cols / p.b;
            if (keep[i] && mean[b] / size[b] <= least) {
                least = mean[b] / size[b];
                last = size[b];
            }
            if (!keep[i])
                rest = fmax(rest, mean[b] / size[b]);
        }
        cr_assert_leq(rest, least);
        if (kept < n && kept > 0 && round % 3 != 0) { /* one block fewer is not nearer */
            cr_assert(kept - last == 0 || abs(kept - target) <= abs(kept - last - target));
            cr_assert_leq(target - kept, p.a * p.b); /* and one more would not be either */
        }
        cr_assert_eq(kept == 0, target == 0);
    }
}

Test(pattern, a_planted_fault_is_found)
{
    static const char *const each[] = {"row", "bank:8", "nm:2:8", "column", "block:3x4"};
    struct rng r;
    rng_seed(&r, 3, 1);
    for (size_t t = 0; t < sizeof each / sizeof *each; t++) {
        struct pattern p = parse(each[t]);
        float w[12 * 32];
        uint8_t keep[12 * 32];
        draw(&r, 0, w, 12 * 32);
        cr_assert_eq(pattern_mask(&p, w, 12, 32, 12 * 8, keep), OK);
        int k = pattern_fullest(keep, 12, 32), at = (int)rng_below(&r, 12 * 32), other = at;
        cr_assert_eq(pattern_check(&p, keep, 12, 32, k), OK);
        keep[at] ^= 1;
        cr_assert_eq(pattern_check(&p, keep, 12, 32, 32), E_CHECK, "%s", each[t]);
        cr_assert_eq(pattern_check(&p, keep, 12, 32, k), E_CHECK, "%s", each[t]);
        keep[at] ^= 1;
        if (p.kind == PATTERN_ROW)
            continue;
        /* and one that leaves the row's count: two entries of one row in different groups */
        for (other = at / 32 * 32; keep[other] == keep[at] || other / 8 == at / 8; other++)
            cr_assert_lt(other, at / 32 * 32 + 31);
        keep[at] ^= 1, keep[other] ^= 1;
        cr_assert_eq(pattern_check(&p, keep, 12, 32, k), E_CHECK, "%s", each[t]);
        cr_assert_neq(status_message()[0], '\0');
    }
    struct pattern free = parse("unstructured");
    uint8_t one[4] = {1, 1, 0, 0};
    cr_assert_eq(pattern_check(&free, one, 2, 2, 2), OK);
    cr_assert_eq(pattern_check(&free, one, 2, 2, 1), E_CHECK);
    cr_assert_str_eq(status_message(), "row 0: the mask keeps 2 (expected at most 1)");
}

/* A mask is found again from pruned weights, also when a kept weight is zero by accident. */
Test(pattern, complete_gives_the_mask_back)
{
    static const char *const each[] = {"row",    "bank:8",       "nm:2:8",
                                       "column", "unstructured", "block:3x4"};
    struct rng r;
    rng_seed(&r, 4, 1);
    for (int round = 0; round < 120; round++) {
        struct pattern p = parse(each[round % 6]);
        int rows = 1 + (int)rng_below(&r, 12), cols = 8 + (int)rng_below(&r, 30);
        size_t n = (size_t)rows * (size_t)cols;
        float w[12 * 38];
        uint8_t keep[12 * 38], again[12 * 38];
        draw(&r, 0, w, n);
        cr_assert_eq(pattern_mask(&p, w, rows, cols, n / 4 / (size_t)rows * (size_t)rows, keep),
                     OK);
        int k = pattern_fullest(keep, rows, cols);
        for (size_t i = 0; i < n; i++)
            w[i] = keep[i] ? w[i] : 0;
        cr_assert_eq(pattern_complete(&p, w, rows, cols, k, again), OK, "%s", status_message());
        cr_assert_arr_eq(again, keep, n, "%s", each[round % 6]);
        for (size_t i = 0; i < n; i++)
            w[i] = rng_below(&r, 10) == 0 ? 0 : w[i];
        cr_assert_eq(pattern_complete(&p, w, rows, cols, k, again), OK, "%s", status_message());
        int full = pattern_fullest(again, rows, cols);
        cr_assert_eq(pattern_check(&p, again, rows, cols, full), OK, "%s", status_message());
        for (size_t i = 0; i < n; i++)
            cr_assert(w[i] == 0 || again[i]);
    }
    const float full[4] = {1, 1, 0, 0};
    struct pattern bank = parse("bank:2");
    uint8_t keep[4];
    cr_assert_eq(pattern_complete(&bank, full, 1, 4, 2, keep), E_FORMAT);
    cr_assert_str_eq(status_message(),
                     "row 0, column 1: a weight that pattern bank:2 has no place for");
}

Test(pattern, words)
{
    static const char *const good[] = {"dense",
                                       "row",
                                       "bank:1",
                                       "bank:67108864",
                                       "nm:2:4",
                                       "nm:4:4",
                                       "block:1x1",
                                       "block:16x8",
                                       "column",
                                       "unstructured",
                                       "row+random",
                                       "nm:1:2+random",
                                       "bank:4+random",
                                       "unstructured:global",
                                       "unstructured:global+random"};
    static const char *const bad[] = {"",
                                      "rows",
                                      "Row",
                                      "row ",
                                      "bank",
                                      "bank:",
                                      "bank:0",
                                      "bank:-1",
                                      "bank:+1",
                                      "bank:01",
                                      "bank:1.5",
                                      "bank:1:",
                                      "bank:67108865",
                                      "nm:3:2",
                                      "nm:2",
                                      "nm:2:",
                                      "nm:2x4",
                                      "block:4",
                                      "block:4:4",
                                      "block:x",
                                      "block:4x",
                                      "row:4",
                                      "columns",
                                      "row+random+random",
                                      "dense+random",
                                      "row+",
                                      "unstructured:",
                                      "unstructured:globally",
                                      "global",
                                      "bank:99999999999999999999999999",
                                      "nm:1:999999999999999999999"};
    struct pattern p;
    double s;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        parse(good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        cr_assert_eq(pattern_parse(bad[i], &p), E_USAGE, "%s", bad[i]);
        cr_assert_not_null(strstr(status_message(), "unknown pattern"));
    }
    char *longest = calloc(1, 100001);
    memset(longest, '9', 100000);
    memcpy(longest, "bank:", 5);
    cr_assert_eq(pattern_parse(longest, &p), E_USAGE);
    free(longest);
    p = parse("nm:2:8");
    cr_assert(pattern_own_sparsity(&p, &s) && s == .75);
    p = parse("row");
    cr_assert_not(pattern_own_sparsity(&p, &s));
    for (int kind = 0; kind < PATTERN_KINDS; kind++)
        cr_assert(strstr(pattern_forms(), pattern_form((enum pattern_kind)kind)) &&
                  strlen(pattern_about((enum pattern_kind)kind)) > 5);
}
