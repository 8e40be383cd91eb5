/* test_results.c - columns, rows, numbers and statistics of the results floor. */
#include "base/mem.h"
#include "results/number.h"
#include "results/row.h"
#include "results/stats.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* SPEC 7, word for word; a column may not move, vanish or be renamed unnoticed. */
static const char *const spec[] = {
    "schema",
    "run_id",
    "case_key",
    "utc",
    "git",
    "host_id",
    "cpu",
    "isa",
    "kernel_os",
    "compiler",
    "blas",
    "threads",
    "pinned",
    "seed",
    "repro",
    "dataset",
    "dataset_kind",
    "dataset_sha256",
    "split",
    "net",
    "weights_sha256",
    "weights_kind",
    "layers",
    "n_in",
    "n_hid",
    "n_proj",
    "pattern",
    "schedule",
    "sparsity_x",
    "sparsity_h",
    "sparsity_r",
    "keep_x",
    "keep_h",
    "keep_r",
    "nnz",
    "overall_sparsity",
    "tokens_dense",
    "tokens_retrain",
    "tokens_search",
    "backend",
    "variant",
    "precision",
    "scope",
    "batch",
    "steps",
    "cache",
    "metric",
    "metric_value",
    "metric_valid",
    "metric_dense",
    "saturations",
    "latency_source",
    "latency_step_us_min",
    "latency_step_us_median",
    "latency_step_us_p10",
    "latency_step_us_p90",
    "latency_step_us_p99",
    "latency_step_us_ci95_lo",
    "latency_step_us_ci95_hi",
    "samples",
    "warmups",
    "outliers",
    "baseline",
    "speedup",
    "speedup_ci95_lo",
    "speedup_ci95_hi",
    "speedup_same",
    "gops_sparse",
    "gops_effective",
    "weight_bytes",
    "index_bytes",
    "roofline_pct",
    "energy_source",
    "energy_step_uj",
    "energy_lo_uj",
    "energy_hi_uj",
    "power_w",
    "gops_per_w_effective",
    "device",
    "device_mhz",
    "clock_source",
    "device_cycles_step",
    "mac_utilisation",
    "lut",
    "ff",
    "dsp",
    "bram36",
    "status",
    "note",
};

Test(columns, are_those_of_the_specification)
{
    cr_assert_eq(sizeof spec / sizeof spec[0], COL_COUNT);
    for (unsigned c = 0; c < COL_COUNT; c++) {
        const struct column_info *info = column_info((enum column)c);
        cr_assert_str_eq(info->name, spec[c]);
        cr_assert_eq(column_find(spec[c]), c);
        cr_assert_gt(strlen(info->about), 3, "%s needs an explanation", info->name);
    }
    cr_assert_eq(column_find("latency"), COL_COUNT);
    cr_assert_str_eq(column_info(COL_scope)->allowed, "gates|step|network");
}

Test(row, cells_set_and_read)
{
    struct row r = {0}, copy;
    double v = -1;
    cr_assert_str_eq(row_get_text(&r, COL_net), "");
    cr_assert_eq(row_set_text(&r, COL_net, "ptb-small"), OK);
    cr_assert_eq(row_set_text(&r, COL_net, "ptb-medium"), OK);
    cr_assert_eq(row_set_int(&r, COL_nnz, INT64_MIN), OK);
    cr_assert_eq(row_set_real(&r, COL_speedup, 1.0 / 3), OK);
    cr_assert_str_eq(row_get_text(&r, COL_net), "ptb-medium");
    cr_assert_str_eq(row_get_text(&r, COL_nnz), "-9223372036854775808");
    cr_assert_str_eq(row_get_text(&r, COL_speedup), "0.333333333");
    cr_assert(row_get_real(&r, COL_speedup, &v) && v == 0.333333333);
    cr_assert(!row_get_real(&r, COL_net, &v) && !row_get_real(&r, COL_note, &v));
    cr_assert_eq(row_copy(&copy, &r), OK);
    row_clear(&r);
    cr_assert_str_eq(row_get_text(&r, COL_net), "");
    cr_assert_str_eq(row_get_text(&copy, COL_net), "ptb-medium");
    row_clear(&copy);
}

Test(row, what_is_not_finite_is_unknown)
{
    struct row r = {0};
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(row_set_real(&r, COL_power_w, 2.5), OK);
        cr_assert_eq(row_set_real(&r, COL_power_w, bad[i]), OK);
        cr_assert_str_eq(row_get_text(&r, COL_power_w), "");
    }
    row_clear(&r);
}

Test(row, layers_are_joined_only_if_they_differ)
{
    struct row r = {0};
    double v;
    const int64_t same[] = {200, 200}, other[] = {200, 650, 200};
    const double ratios[] = {0.8, 0.875};
    cr_assert_eq(row_set_ints(&r, COL_n_hid, same, 2), OK);
    cr_assert_str_eq(row_get_text(&r, COL_n_hid), "200");
    cr_assert_eq(row_set_ints(&r, COL_n_hid, other, 3), OK);
    cr_assert_str_eq(row_get_text(&r, COL_n_hid), "200;650;200");
    cr_assert(!row_get_real(&r, COL_n_hid, &v));
    cr_assert_eq(row_set_reals(&r, COL_sparsity_x, ratios, 2), OK);
    cr_assert_str_eq(row_get_text(&r, COL_sparsity_x), "0.8;0.875");
    cr_assert_eq(row_set_ints(&r, COL_n_hid, other, 0), OK);
    cr_assert_str_eq(row_get_text(&r, COL_n_hid), "");
    row_clear(&r);
}

static void refused(enum column c, const char *text)
{
    struct row r = {0};
    row_set_int(&r, COL_schema, ROW_SCHEMA);
    row_set_text(&r, COL_status, "ok");
    cr_assert_eq(row_check(&r), OK);
    row_set_text(&r, c, text);
    cr_assert_eq(row_check(&r), E_FORMAT, "%s took '%s'", column_info(c)->name, text);
    cr_assert_not_null(strstr(status_message(), column_info(c)->name));
    row_clear(&r);
}

Test(row, check_refuses_what_does_not_fit)
{
    refused(COL_schema, "99");
    refused(COL_threads, "two");
    refused(COL_threads, "1.5");
    refused(COL_speedup, "1,5");
    refused(COL_speedup, "nan");
    refused(COL_speedup, "0x10");
    refused(COL_speedup, " 1");
    refused(COL_keep_x, "20;x");
    refused(COL_scope, "steps");
    refused(COL_scope, "ste");
    refused(COL_energy_source, "model");
    refused(COL_status, "");
}

Test(row, check_takes_what_fits)
{
    struct row r = {0};
    row_set_int(&r, COL_schema, ROW_SCHEMA);
    row_set_text(&r, COL_status, "invalid");
    row_set_text(&r, COL_energy_source, "model:ddr4");
    row_set_text(&r, COL_keep_x, "20;40");
    row_set_text(&r, COL_keep_r, "0;");
    row_set_text(&r, COL_speedup, "-1e-3");
    row_set_text(&r, COL_scope, "network");
    cr_assert_eq(row_check(&r), OK, "%s", status_message());
    row_clear(&r);
}

/* Makes a comma locale where localedef and its sources are installed. */
static int use_comma_locale(void)
{
    static char dir[] = "/tmp/brds-locale-XXXXXX";
    char command[128];
    if (setlocale(LC_ALL, "de_DE.UTF-8") != NULL)
        return 1;
    if (mkdtemp(dir) == NULL)
        return 0;
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 2>&1", dir);
    FILE *p = popen(command, "r");
    while (p != NULL && fgetc(p) != EOF)
        continue;
    if (p != NULL)
        pclose(p);
    setenv("LOCPATH", dir, 1);
    int made = setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) == 0 && made;
}

Test(number, has_a_point_under_a_comma_locale)
{
    char text[NUMBER_TEXT];
    double v = 0;
    if (!use_comma_locale())
        cr_skip_test("no locale with a decimal comma");
    snprintf(text, sizeof text, "%.1f", 1.5);
    cr_assert_str_eq(text, "1,5", "the locale is not in force");
    cr_assert_str_eq(number_write(text, -1234.5), "-1234.5");
    cr_assert_str_eq(number_round(text, 1.25, 3), "1.25");
    cr_assert(number_read("2.5", &v) && v == 2.5);
    cr_assert(!number_read("2,5", &v));
}

Test(number, rounds_for_people)
{
    char text[NUMBER_TEXT];
    cr_assert_str_eq(number_round(text, 115.907, 5), "115.91");
    cr_assert_str_eq(number_round(text, 1234567, 3), "1234567");
    cr_assert_str_eq(number_round(text, 0.875, 3), "0.875");
    cr_assert_str_eq(number_round(text, 0.00123456, 3), "0.00123");
    cr_assert_str_eq(number_round(text, 0, 3), "0.00");
    cr_assert_str_eq(number_round(text, 1.5e-7, 3), "1.5e-07");
    cr_assert_str_eq(number_round(text, NAN, 3), "");
    cr_assert_str_eq(number_write(text, 1e300), "1e+300");
    cr_assert_str_eq(number_write(text, 123456789), "123456789");
}

Test(number, whole_numbers_are_read_strictly)
{
    int64_t n = 0;
    cr_assert(number_read_whole("-9223372036854775808", &n) && n == INT64_MIN);
    cr_assert(!number_read_whole("9223372036854775808", &n));
    cr_assert(!number_read_whole("", &n) && !number_read_whole("1 ", &n));
    cr_assert(!number_read_whole("1e3", &n) && !number_read_whole("0x1", &n));
}

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fabs(b);
}

Test(stats, hand_values)
{
    /* h = (n-1)p: p10 = 1 + .4*(2-1), median = 3, p90 = 4 + .6*(9-4), p99 = 4 + .96*5 */
    const double x[] = {9, 1, 4, 2, 3};
    struct stats s;
    cr_assert_eq(stats_of(x, 5, &s), OK);
    cr_assert_eq(x[0], 9); /* not sorted in place */
    cr_assert(s.n == 5 && s.min == 1 && s.median == 3);
    cr_assert(near(s.p10, 1.4) && near(s.p90, 7) && near(s.p99, 8.8));
    cr_assert_eq(stats_of(x, 2, &s), OK);
    cr_assert(s.median == 5 && near(s.p10, 1.8));
    cr_assert_eq(stats_of(x, 1, &s), OK);
    cr_assert(s.min == 9 && s.p10 == 9 && s.median == 9 && s.p99 == 9);
}

Test(stats, no_samples_and_no_numbers)
{
    const double bad[] = {1, NAN};
    struct stats s;
    cr_assert_eq(stats_of(bad, 0, &s), OK);
    cr_assert(s.n == 0 && isnan(s.median) && isnan(s.min) && isnan(s.p99));
    cr_assert_eq(stats_of(bad, 2, &s), E_NUMERIC);
}

/* Ranks of tables of the sign test: 6 and 15 of 20, 40 and 61 of 100; none under 6 samples. */
Test(stats, interval_of_the_median)
{
    static const struct {
        size_t n, lo, hi;
    } want[] = {{6, 1, 6}, {8, 1, 8}, {9, 2, 8}, {20, 6, 15}, {100, 40, 61}, {1000, 469, 532}};
    static double x[5000];
    for (size_t i = 0; i < 5000; i++)
        x[i] = (double)(i + 1);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct interval ci = stats_median_ci95(x, want[i].n);
        cr_assert(ci.lo == (double)want[i].lo && ci.hi == (double)want[i].hi, "%zu: %g %g",
                  want[i].n, ci.lo, ci.hi);
    }
    cr_assert(isnan(stats_median_ci95(x, 5).lo) && isnan(stats_median_ci95(x, 0).hi));
    struct interval ci = stats_median_ci95(x, 5000);
    cr_assert(ci.lo > 2500 - 72 && ci.lo < 2500 - 66 && ci.lo + ci.hi == 5001);
}

Test(stats, geometric_mean)
{
    const double x[] = {1, 10, 100}, bad[] = {1, 0};
    cr_assert(near(stats_geomean(x, 3), 10));
    cr_assert(isnan(stats_geomean(x, 0)) && isnan(stats_geomean(bad, 2)));
}
