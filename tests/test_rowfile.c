/* test_rowfile.c - result files: same bytes back, torn lines, other headers, killed and competing
 * writers. */
#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/rng.h"
#include "results/rowfile.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[] = "/tmp/brds-rows-XXXXXX";
static char path[64];
static const char *const awkward = "a \"quoted\" note, with\nline ends\r\n\xe2\x82\xac and blank ";

static void begin(void)
{
    cr_assert_not_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/r.csv", dir);
}

static void end(void)
{
    file_remove(path);
    cr_assert_eq(rmdir(dir), 0);
}

TestSuite(rowfile, .init = begin, .fini = end);

static enum status append(const char *key, const char *status, const char *note)
{
    struct row r = {0};
    row_set_text(&r, COL_case_key, key);
    row_set_text(&r, COL_status, status);
    row_set_text(&r, COL_note, note);
    row_set_real(&r, COL_speedup, 2.5);
    enum status s = rowfile_append(path, &r);
    row_clear(&r);
    return s;
}

static struct strbuf content(void)
{
    struct strbuf b = {0};
    char *bytes;
    size_t n;
    cr_assert_eq(file_read(path, 1 << 26, &bytes, &n), OK);
    strbuf_add_bytes(&b, bytes, n);
    mem_free(bytes);
    return b;
}

static size_t count_rows(void)
{
    struct rows rows = {0};
    cr_assert_eq(rowfile_read(path, &rows), OK, "%s", status_message());
    size_t n = rows.n;
    rows_release(&rows);
    return n;
}

Test(rowfile, writes_and_reads_back)
{
    struct rows rows = {0};
    cr_assert_eq(append("k1", "ok", awkward), OK, "%s", status_message());
    cr_assert_eq(append("k2", "skip", "plain"), OK);
    cr_assert_eq(rowfile_read(path, &rows), OK);
    cr_assert_eq(rows.n, 2);
    cr_assert_str_eq(row_get_text(&rows.row[0], COL_note), awkward);
    cr_assert_str_eq(row_get_text(&rows.row[0], COL_schema), "1");
    cr_assert_str_eq(row_get_text(&rows.row[1], COL_speedup), "2.5");
    rows_release(&rows);
    struct strbuf b = content();
    cr_assert(strncmp(b.s, "schema,run_id,case_key,", 23) == 0);
    cr_assert_null(strstr(b.s, "\"plain\""));
    cr_assert_str_eq(b.s + b.n - 12, ",skip,plain\n");
    strbuf_release(&b);
}

Test(rowfile, round_trip_gives_the_same_bytes)
{
    struct rows rows = {0};
    cr_assert_eq(append("k1", "ok", awkward), OK);
    cr_assert_eq(append("k2", "fail", "x"), OK);
    struct strbuf before = content();
    cr_assert_eq(rowfile_read(path, &rows), OK);
    cr_assert_eq(file_remove(path), OK);
    for (size_t i = 0; i < rows.n; i++)
        cr_assert_eq(rowfile_append(path, &rows.row[i]), OK);
    struct strbuf after = content();
    cr_assert_eq(before.n, after.n);
    cr_assert_arr_eq(before.s, after.s, before.n);
    strbuf_release(&before);
    strbuf_release(&after);
    rows_release(&rows);
}

Test(rowfile, makes_its_folder)
{
    struct row r = {0};
    char deep[96], sub[80];
    snprintf(sub, sizeof sub, "%s/runs", dir);
    snprintf(deep, sizeof deep, "%s/a.csv", sub);
    row_set_text(&r, COL_status, "ok");
    cr_assert_eq(rowfile_append(deep, &r), OK, "%s", status_message());
    cr_assert(file_exists(deep));
    row_clear(&r);
    cr_assert_eq(file_remove(deep), OK);
    cr_assert_eq(rmdir(sub), 0);
}

/* Cut the file at every length: what stays is the whole rows, and appending goes on from there. */
Test(rowfile, torn_last_line_is_cut)
{
    cr_assert_eq(append("k1", "ok", "first"), OK);
    struct strbuf one = content();
    cr_assert_eq(append("k2", "ok", awkward), OK);
    struct strbuf two = content();
    cr_assert_not_null(freopen("/dev/null", "w", stderr)); /* a warning for every length */
    for (size_t n = 0; n < two.n; n++) {
        cr_assert_eq(file_write(path, two.s, n), OK);
        size_t rows = n < one.n ? 0 : 1;
        cr_assert_eq(count_rows(), rows, "cut at %zu", n);
        cr_assert_eq(append("k3", "ok", "after"), OK, "cut at %zu: %s", n, status_message());
        cr_assert_eq(count_rows(), rows + 1, "cut at %zu", n);
    }
    strbuf_release(&one);
    strbuf_release(&two);
}

static void refused_file(const char *text, const char *message)
{
    struct rows rows = {0};
    cr_assert_eq(file_write(path, text, strlen(text)), OK);
    cr_assert_eq(append("k", "ok", "n"), E_FORMAT, "appended to %s", text);
    cr_assert_not_null(strstr(status_message(), message), "%s", status_message());
    cr_assert_eq(rowfile_read(path, &rows), E_FORMAT);
    cr_assert_eq(rows.n, 0);
    struct strbuf b = content();
    cr_assert_str_eq(b.s, text); /* untouched */
    strbuf_release(&b);
    rows_release(&rows);
}

Test(rowfile, other_headers_are_refused)
{
    refused_file("schema,run_id,key,utc\n1,a,b,c\n", "r.csv:1: column 3 is 'key' (expected "
                                                     "case_key)");
    refused_file("schema,run\n7,x\n", "schema 7");
    refused_file("no line end, not ours", "column 1 is 'no line end'");
    refused_file("\n", "column 1 is ''");
    refused_file("schema,run_id\n", "column 3 is '' (expected case_key)");
}

static void with_extra_column(struct strbuf *b)
{
    cr_assert_eq(file_remove(path), OK);
    cr_assert_eq(append("k", "ok", "n"), OK);
    struct strbuf own = content();
    char *lf = strchr(own.s, '\n');
    strbuf_add_bytes(b, own.s, (size_t)(lf - own.s));
    strbuf_add(b, ",extra\n");
    strbuf_release(&own);
}

Test(rowfile, one_column_more_is_refused)
{
    struct strbuf b = {0};
    with_extra_column(&b);
    refused_file(b.s, "column 90 is 'extra' (expected the end");
    strbuf_release(&b);
}

Test(rowfile, bad_rows_are_named_by_line)
{
    struct rows rows = {0};
    cr_assert_eq(append("k1", "ok", "two\nlines"), OK);
    struct strbuf b = content();
    strbuf_add(&b, "1,too,few\n");
    cr_assert_eq(file_write(path, b.s, b.n), OK);
    cr_assert_eq(rowfile_read(path, &rows), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "r.csv:4: 3 cells"), "%s", status_message());
    strbuf_release(&b);
    cr_assert_eq(append("k1", "good", ""), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "column status is 'good'"));
    cr_assert_eq(rows.n, 0);
    rows_release(&rows);
}

Test(rowfile, stray_quote_does_not_cost_rows)
{
    cr_assert_eq(append("k1", "ok", "a"), OK);
    struct strbuf b = content();
    size_t n = b.n;
    strbuf_release(&b);
    cr_assert_eq(append("k2", "ok", "b"), OK);
    cr_assert_eq(append("k3", "ok", "c"), OK);
    b = content();
    b.s[n + 2] = '"'; /* opens an empty cell of the second row */
    cr_assert_eq(file_write(path, b.s, b.n), OK);
    cr_assert_eq(append("k4", "ok", "d"), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "r.csv:3:"), "%s", status_message());
    struct strbuf after = content();
    cr_assert_eq(after.n, b.n);
    strbuf_release(&b);
    strbuf_release(&after);
}

Test(rowfile, keys_of_failed_rows_do_not_count)
{
    struct rows rows = {0};
    cr_assert_eq(append("done", "ok", ""), OK);
    cr_assert_eq(append("never", "skip", ""), OK);
    cr_assert_eq(append("odd", "invalid", ""), OK);
    cr_assert_eq(append("broke", "fail", ""), OK);
    cr_assert_eq(rowfile_read(path, &rows), OK);
    cr_assert(rowfile_has_key(&rows, "done") && rowfile_has_key(&rows, "never"));
    cr_assert(rowfile_has_key(&rows, "odd"));
    cr_assert(!rowfile_has_key(&rows, "broke") && !rowfile_has_key(&rows, "absent"));
    rows_release(&rows);
}

static pid_t start_writer(const char *key, int n)
{
    pid_t pid = fork();
    if (pid == 0) {
        for (int i = 0; i < n; i++)
            if (append(key, "ok", awkward) != OK)
                _exit(1);
        _exit(0);
    }
    cr_assert_gt(pid, 0);
    return pid;
}

Test(rowfile, a_killed_writer_leaves_whole_rows)
{
    struct rng rng;
    int status, killed = 0;
    size_t before = 0;
    rng_seed(&rng, 7, 7);
    for (int i = 0; i < 30; i++) {
        pid_t pid = start_writer("k", 1 << 20);
        usleep(500 + rng_below(&rng, 9000));
        kill(pid, SIGKILL);
        cr_assert_eq(waitpid(pid, &status, 0), pid);
        killed += WIFSIGNALED(status);
        size_t n = file_exists(path) ? count_rows() : 0;
        cr_assert_geq(n, before);
        before = n;
    }
    cr_assert_eq(killed, 30);
    cr_assert_gt(before, 0, "the writers never came to write");
    cr_assert_eq(append("k", "ok", "still works"), OK);
}

Test(rowfile, two_writers_interleave_whole_rows)
{
    enum { EACH = 100 };
    struct rows rows = {0};
    size_t a = 0, b = 0;
    int status;
    pid_t pid[2] = {start_writer("a", EACH), start_writer("b", EACH)};
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(waitpid(pid[i], &status, 0), pid[i]);
        cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    cr_assert_eq(rowfile_read(path, &rows), OK);
    for (size_t i = 0; i < rows.n; i++) {
        a += row_is(&rows.row[i], COL_case_key, "a");
        b += row_is(&rows.row[i], COL_case_key, "b");
        cr_assert_str_eq(row_get_text(&rows.row[i], COL_note), awkward);
    }
    cr_assert(a == EACH && b == EACH);
    rows_release(&rows);
}
