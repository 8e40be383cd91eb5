/* cmd_bench.c - brds bench: runs a suite and appends its rows to a CSV. */
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "bench/runner.h"
#include "bench/suite.h"
#include "cli/command.h"
#include "results/rowfile.h"
#include "results/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The list options of the command line as a suite would write them, joined by blanks. */
static enum status join_texts(const struct options *o, const char *name, struct strbuf *b)
{
    size_t n;
    const char *const *word = options_texts(o, name, &n);
    for (size_t i = 0; i < n; i++)
        strbuf_addf(b, "%s%s", i != 0 ? " " : "", word[i]);
    return strbuf_check(b);
}

static enum status join_wholes(const struct options *o, const char *name, struct strbuf *b)
{
    size_t n;
    const int64_t *v = options_wholes(o, name, &n);
    for (size_t i = 0; i < n; i++)
        strbuf_addf(b, "%s%lld", i != 0 ? " " : "", (long long)v[i]);
    return strbuf_check(b);
}

/* "I/N" with 1 <= I <= N. */
static enum status parse_shard(const char *text, struct bench_filter *f)
{
    char rest;
    if (text == NULL)
        return OK;
    if (sscanf(text, "%d/%d%c", &f->shard, &f->shards, &rest) != 2 || f->shard < 1 ||
        f->shard > f->shards)
        return fail(E_USAGE, "--shard: '%s' is not I/N with 1 <= I <= N", text);
    return OK;
}

enum { BACKEND, PRECISION, BATCH, STEPS, N_LISTS };

static enum status read_filter(const struct options *o, struct strbuf list[N_LISTS],
                               struct bench_filter *f)
{
    TRY(join_texts(o, "backend", &list[BACKEND]));
    TRY(join_texts(o, "precision", &list[PRECISION]));
    TRY(join_wholes(o, "batch", &list[BATCH]));
    TRY(join_wholes(o, "steps", &list[STEPS]));
    f->backend = list[BACKEND].s;
    f->precision = list[PRECISION].s;
    f->batch = list[BATCH].s;
    f->steps = list[STEPS].s;
    f->threads = (int)options_whole(o, "threads");
    f->cold = options_flag(o, "cold");
    f->pinned = options_flag(o, "pin");
    f->device = options_text(o, "device");
    f->only = options_text(o, "only");
    f->seed = options_given(o, "seed") ? (long)options_whole(o, "seed") : -1;
    return parse_shard(options_text(o, "shard"), f);
}

static enum status print_table(const char *path)
{
    struct rows rows = {0};
    struct strbuf text = {0};
    enum status s = rowfile_read(path, &rows);
    if (s == OK)
        s = table_write(&rows, TABLE_MARKDOWN, 0, &text);
    if (s == OK)
        fputs(strbuf_text(&text), stdout);
    rows_release(&rows);
    strbuf_release(&text);
    return s;
}

/* Runs or lists one suite; rows go to `out`, or to results/runs/SUITE.csv. */
static enum status one_suite(const struct options *o, const struct bench_filter *f,
                             const char *suite)
{
    const char *slash = strrchr(suite, '/'), *base = slash != NULL ? slash + 1 : suite;
    struct strbuf out = {0}, text = {0};
    struct runner_options r = {.suite = suite,
                               .quick = options_flag(o, "quick"),
                               .retry = options_flag(o, "retry"),
                               .cache_dir = options_text(o, "cache"),
                               .data_dir = options_text(o, "data-dir"),
                               .energy = options_text(o, "energy"),
                               .filter = *f};
    if (options_given(o, "out"))
        strbuf_add(&out, options_text(o, "out"));
    else
        strbuf_addf(&out, "results/runs/%.*s.csv", (int)strcspn(base, "."), base);
    enum status s = strbuf_check(&out);
    r.out = out.s;
    if (s == OK && options_flag(o, "list")) {
        s = runner_list(&r, &text);
        fputs(strbuf_text(&text), stdout);
    } else if (s == OK) {
        s = runner_run(&r);
        if (s == OK) {
            s = print_table(out.s);
            log_note("rows: %s", out.s);
        }
    }
    strbuf_release(&out);
    strbuf_release(&text);
    return s;
}

static enum status run(const struct options *o)
{
    size_t n;
    struct strbuf list[N_LISTS] = {{0}};
    struct bench_filter f = {0};
    char *const *suite = options_operands(o, &n);
    enum status s = read_filter(o, list, &f);
    for (size_t i = 0; s == OK && i < n; i++)
        s = one_suite(o, &f, suite[i]);
    for (int i = 0; i < N_LISTS; i++)
        strbuf_release(&list[i]);
    return s;
}

static const struct option_info options[] = {
    {"backend", 'b', OPTION_TEXTS, "A,B", .help = "backends instead of the suite's"},
    {"precision", 'p', OPTION_TEXTS, "P,Q", .help = "number formats instead of the suite's"},
    {"batch", 0, OPTION_WHOLES, "N,M", .lo = 1, .hi = 65536,
     .help = "batch sizes instead of the suite's"},
    {"steps", 0, OPTION_WHOLES, "N,M", .lo = 1, .hi = 65536,
     .help = "steps of one call instead of the suite's"},
    {"threads", 't', OPTION_WHOLE, "N", .lo = 1, .hi = 1024,
     .help = "threads of what is measured, instead of the suite's"},
    {"seed", 0, OPTION_WHOLE, "N", .lo = 0, .hi = 2147483647,
     .help = "seed of all weights, instead of the suite's"},
    {"pin", 0, OPTION_FLAG, .help = "bind the threads to processors, one each"},
    {"cold", 0, OPTION_FLAG, .help = "read twice the last-level cache before each call"},
    {"device", 0, OPTION_TEXT, "URI", .help = "device of an accelerator"},
    {"energy", 0, OPTION_TEXT, "SOURCE", .fallback = "auto",
     .help = "auto, none, rapl, perf, hwmon, the CSV (seconds,watts) of an external meter, or "
             "bounds by "
             "model:NAME: horowitz2014, jouppi2021, cpu:IDLE_W:TDP_W:CORES"},
    {"quick", 0, OPTION_FLAG, .help = "minutes for a first look; the rows say so"},
    {"retry", 0, OPTION_FLAG, .help = "measure again the cases whose rows are invalid"},
    {"only", 0, OPTION_TEXT, "PATTERN",
     .help = "only cases whose name holds this glob, or that carry it as a tag"},
    {"shard", 0, OPTION_TEXT, "I/N", .help = "every N-th case from the I-th on, for a job array"},
    {"list", 0, OPTION_FLAG, .help = "print the cases with their estimated time and stop"},
    {"out", 'o', OPTION_TEXT, "FILE.csv",
     .help = "append rows there; by default to results/runs/SUITE.csv"},
    {"cache", 0, OPTION_TEXT, "DIR", .help = "keep trained weights there"},
    {"data-dir", 0, OPTION_TEXT, "DIR", .help = "look for corpora there"},
    {0},
};

const struct command cmd_bench = {
    .name = "bench",
    .about = "Runs a suite: trains what it needs, scores, measures, appends rows to a CSV.",
    .operands = "SUITE...",
    .details =
        "Suites: ptb, imdb, timit, kernels, fpga, fpga-ptb, fpga-timit, smoke, or a file of\n"
        "your own that ends in .ini (see bench/suites/ for examples). Cases whose key\n"
        "stands in the CSV are left out, so a stopped run goes on; trained weights are kept\n"
        "in the cache folder. Without its corpus a suite runs on a stand-in and says so.\n",
    .min_operands = 1,
    .max_operands = -1,
    .options = options,
    .run = run,
};
