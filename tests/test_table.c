/* test_table.c - tables of fixed rows, compared with the expected text. */
#include "results/table.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* A row of "column=value" words up to NULL, over settings that all rows here share. */
static void add(struct rows *rows, const char *const *words)
{
    static const char *const shared[] = {
        "schema=1",      "dataset=ptb-standin", "dataset_kind=synthetic",
        "split=test",    "cpu=Some CPU",        "host_id=ab12",
        "threads=2",     "scope=step",          "steps=1",
        "batch=1",       "cache=warm",          "net=smoke",
        "precision=f32", "status=ok",           "latency_source=measured"};
    struct row r = {0};
    for (size_t pass = 0; pass < 2; pass++) {
        size_t n = sizeof shared / sizeof shared[0];
        for (size_t i = 0; pass == 0 ? i < n : words[i] != NULL; i++) {
            const char *word = pass == 0 ? shared[i] : words[i], *equals = strchr(word, '=');
            char *name = strndup(word, (size_t)(equals - word));
            enum column c = column_find(name);
            cr_assert_neq(c, COL_COUNT, "%s", name);
            cr_assert_eq(row_set_text(&r, c, equals + 1), OK);
            free(name);
        }
    }
    cr_assert_eq(row_check(&r), OK, "%s", status_message());
    cr_assert_eq(rows_add(rows, &r), OK);
    row_clear(&r);
}

#define ADD(rows, ...) add(rows, (const char *const[]){__VA_ARGS__, NULL})

static void expect(struct rows *rows, enum table_format format, const char *want)
{
    struct strbuf b = {0};
    cr_assert_eq(table_write(rows, format, 0, &b), OK, "%s", status_message());
    cr_assert(strcmp(strbuf_text(&b), want) == 0, "got:\n%s", strbuf_text(&b));
    strbuf_release(&b);
    rows_release(rows);
}

static void add_pair(struct rows *rows)
{
    ADD(rows, "pattern=dense", "backend=dense", "metric=ppl", "metric_value=115.9071",
        "metric_valid=121.39", "latency_step_us_median=40.25", "latency_step_us_p10=39.5",
        "latency_step_us_p90=1041.7");
    ADD(rows, "pattern=row", "sparsity_x=0.8", "sparsity_h=0.9", "overall_sparsity=0.875",
        "backend=sparse", "metric=ppl", "metric_value=118.2", "metric_dense=114",
        "metric_valid=120", "latency_step_us_median=8.05", "latency_step_us_p10=8",
        "latency_step_us_p90=8.1", "speedup=5", "baseline=dense:openblas:f32");
}

#define TITLE                                                                                      \
    "### ptb-standin (synthetic stand-in), test split, Some CPU, host ab12, 2 threads, scope "     \
    "step, 1 step a call, batch 1, warm, latency measured\n\n"

Test(table, accuracy_and_latency)
{
    struct rows rows = {0};
    add_pair(&rows);
    expect(&rows, TABLE_MARKDOWN,
           TITLE "| net   | pattern | S_x/S_h | overall | backend | precision |     metric | "
                 "dense-continued |  valid "
                 "| us a step: median (p10\u2013p90) | speed-up | over               | status |\n"
                 "| ----- | ------- | ------: | ------: | ------- | --------- | ---------: | "
                 "--------------: | -----: "
                 "| --------------------------: | -------: | ------------------ | ------ |\n"
                 "| smoke | dense   |         |         | dense   | f32       | ppl 115.91 |       "
                 "          | 121.39 "
                 "|          40.25 (39.50\u20131042) |          |                    | ok     |\n"
                 "| smoke | row     | 0.8/0.9 |   0.875 | sparse  | f32       | ppl 118.20 |       "
                 "   114.00 | 120.00 "
                 "|         8.050 (8.000\u20138.100) |    5.00x | dense:openblas:f32 | ok     |\n");
}

Test(table, other_settings_are_another_table)
{
    static const char *const other[] = {"scope=gates", "steps=35",   "batch=8",
                                        "threads=1",   "cache=cold", "latency_source=modelled"};
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++) {
        struct rows rows = {0};
        struct strbuf b = {0};
        ADD(&rows, "backend=dense");
        ADD(&rows, "backend=sparse", other[i]);
        ADD(&rows, "backend=ref");
        cr_assert_eq(table_write(&rows, TABLE_MARKDOWN, 0, &b), OK);
        char *second = strstr(b.s + 1, "###");
        cr_assert_not_null(second, "%s shares a table", other[i]);
        cr_assert_null(strstr(second + 1, "###"));
        cr_assert_not_null(strstr(second, "sparse"));
        cr_assert(strstr(b.s, "| ref") < second && strstr(b.s, "| sparse") > second);
        strbuf_release(&b);
        rows_release(&rows);
    }
}

Test(table, skips_are_listed_below)
{
    struct rows rows = {0};
    ADD(&rows, "backend=sparse", "precision=q16", "status=skip", "pattern=row", "sparsity_x=0.8",
        "sparsity_h=0.9", "latency_source=", "note=no integer weights");
    ADD(&rows, "backend=dense", "latency_step_us_median=2");
    ADD(&rows, "backend=ref", "status=invalid", "note=a|b");
    expect(&rows, TABLE_MARKDOWN,
           TITLE "| net   | backend | precision | us a step: median (p10\u2013p90) | status  |\n"
                 "| ----- | ------- | --------- | --------------------------: | ------- |\n"
                 "| smoke | dense   | f32       |                       2.000 | ok      |\n"
                 "| smoke | ref     | f32       |                             | invalid |\n"
                 "\n"
                 "- skip: smoke row 0.8/0.9 sparse q16: no integer weights\n"
                 "- invalid: smoke ref f32: a|b\n");
}

Test(table, a_failure_that_was_run_again_is_left_out)
{
    struct rows rows = {0};
    struct strbuf b = {0};
    ADD(&rows, "backend=sparse", "case_key=k", "status=fail", "note=out of luck");
    ADD(&rows, "backend=sparse", "case_key=k");
    ADD(&rows, "backend=dense", "case_key=l", "status=fail", "note=still broken");
    cr_assert_eq(table_write(&rows, TABLE_MARKDOWN, 0, &b), OK);
    cr_assert_null(strstr(b.s, "out of luck"));
    cr_assert_not_null(strstr(b.s, "- fail: smoke dense f32: still broken\n"));
    strbuf_release(&b);
    rows_release(&rows);
}

Test(table, simulated_rows_stand_under_their_warning)
{
    struct rows rows = {0};
    struct strbuf b = {0};
    ADD(&rows, "backend=fpga", "latency_source=simulated");
    cr_assert_eq(table_write(&rows, TABLE_MARKDOWN, 0, &b), OK);
    cr_assert_not_null(strstr(b.s, ": RTL simulation; clock assumed, not placed or routed; "
                                   "resources are synthesis counts\n\n|"));
    strbuf_release(&b);
    rows_release(&rows);
    ADD(&rows, "backend=fpga", "latency_source=modelled");
    cr_assert_eq(table_write(&rows, TABLE_MARKDOWN, 0, &b), OK);
    cr_assert_not_null(strstr(b.s, "modelled: computed, as no RTL does it; clock assumed\n\n|"));
    strbuf_release(&b);
    rows_release(&rows);
}

Test(table, csv_spells_the_group_out)
{
    struct rows rows = {0};
    add_pair(&rows);
    ADD(&rows, "backend=x", "status=skip", "note=a, \"b\"");
    expect(&rows, TABLE_CSV,
           "dataset,dataset_kind,split,host_id,cpu,threads,scope,steps,batch,cache,latency_source,"
           "net,pattern,sparsity_x,sparsity_h,overall_sparsity,backend,precision,metric,"
           "metric_value,metric_dense,metric_valid,latency_step_us_median,latency_step_us_p10,"
           "latency_step_us_p90,baseline,speedup,status,note\n"
           "ptb-standin,synthetic,test,ab12,Some CPU,2,step,1,1,warm,measured,smoke,dense,,,,dense,"
           "f32,ppl,115.9071,,121.39,40.25,39.5,1041.7,,,ok,\n"
           "ptb-standin,synthetic,test,ab12,Some CPU,2,step,1,1,warm,measured,smoke,row,0.8,0.9,"
           "0.875,sparse,f32,ppl,118.2,114,120,8.05,8,8.1,dense:openblas:f32,5,ok,\n"
           "ptb-standin,synthetic,test,ab12,Some CPU,2,step,1,1,warm,measured,smoke,,,,,x,f32,,,,,,"
           ",,,,skip,\"a, \"\"b\"\"\"\n");
}

Test(table, cells_cannot_break_the_table)
{
    struct rows rows = {0};
    struct strbuf b = {0};
    ADD(&rows, "net=a|b\nc", "backend=dense");
    cr_assert_eq(table_write(&rows, TABLE_MARKDOWN, 0, &b), OK);
    cr_assert_not_null(strstr(b.s, "| a\\|b c | dense "));
    strbuf_release(&b);
    rows_release(&rows);
}

Test(table, formats_by_name)
{
    struct rows none = {0};
    struct strbuf b = {0};
    enum table_format f;
    cr_assert(table_format_find("csv", &f) == OK && f == TABLE_CSV);
    cr_assert(table_format_find("markdown", &f) == OK && f == TABLE_MARKDOWN);
    cr_assert(table_format_find("latex", &f) == OK && f == TABLE_LATEX);
    cr_assert_eq(table_format_find("html", &f), E_USAGE);
    cr_assert_eq(table_write(&none, TABLE_LATEX, 0, &b), OK);
    cr_assert(strncmp(b.s, "\\documentclass", 14) == 0);
    strbuf_release(&b);
}
