/* test_base.c - the base floor: CSV, JSON, files, random numbers, digests, messages. */
#include "base/csv.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/rng.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Test(status, message_and_exit_codes)
{
    cr_assert_eq(fail(E_FORMAT, "%s:%d: bad\nline", "f", 3), E_FORMAT);
    cr_assert_str_eq(status_message(), "f:3: bad line");
    cr_assert_eq(fail_in(E_IO, "outer"), E_IO);
    cr_assert_str_eq(status_message(), "outer: f:3: bad line");
    cr_assert_eq(status_exit_code(OK), 0);
    cr_assert_eq(status_exit_code(E_CHECK), 1);
    cr_assert_eq(status_exit_code(E_IO), 2);
    cr_assert_eq(status_exit_code(E_USAGE), 64);
    cr_assert_eq(status_exit_code(E_FORMAT), 65);
    cr_assert_eq(status_exit_code(E_ABSENT), 69);
    cr_assert_eq(status_exit_code(E_UNSUPPORTED), 77);
}

Test(mem, overflow_is_refused)
{
    void *p = &p;
    cr_assert_eq(mem_new(&p, SIZE_MAX / 2, 3), E_NOMEM);
    cr_assert_null(p);
    cr_assert_eq(mem_new(&p, SIZE_MAX - 8, 1), E_NOMEM);
    cr_assert_eq(mem_new(&p, 3, 5), OK);
    cr_assert_eq((uintptr_t)p % MEM_ALIGN, 0);
    mem_free(p);
}

Test(hash, known_digest)
{
    char hex[HASH_HEX];
    cr_assert_eq(hash_bytes("abc", 3, hex), OK);
    cr_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

Test(rng, follows_pcg_and_saves_its_place)
{
    struct rng r, saved;
    uint32_t a[6], b[6];
    rng_seed(&r, 42, 54); /* the demonstration of pcg-cpp: pcg32 rng(42u, 54u) */
    rng_u32(&r, a, 6);
    const uint32_t want[6] = {0xa15c02b7, 0x7b47f409, 0xba1d3330,
                              0x83d2f293, 0xbfa4784b, 0xcbed606e};
    for (int i = 0; i < 6; i++)
        cr_assert_eq(a[i], want[i]);
    saved = r;
    rng_u32(&r, a, 6);
    rng_u32(&saved, b, 6);
    cr_assert_arr_eq(a, b, sizeof a);
}

Test(rng, distributions)
{
    enum { N = 200000 };
    static float x[N];
    struct rng r;
    double sum = 0, kept = 0;
    rng_seed(&r, 1, 1);
    rng_uniform(&r, x, N, -0.5f, 0.5f);
    for (int i = 0; i < N; i++) {
        cr_assert(x[i] >= -0.5f && x[i] < 0.5f);
        sum += x[i];
    }
    cr_assert_lt(fabs(sum / N), 4 / sqrt(12.0 * N));
    rng_dropout(&r, x, N, 0.75f);
    for (int i = 0; i < N; i++) {
        cr_assert(x[i] == 0 || x[i] == 1 / 0.75f);
        kept += x[i] != 0;
    }
    cr_assert_lt(fabs(kept / N - 0.75), 0.005);
}

static enum status join_cells(void *ctx, char **cell, size_t n, size_t line)
{
    struct strbuf *b = ctx;
    strbuf_addf(b, "%zu:", line);
    for (size_t i = 0; i < n; i++)
        strbuf_addf(b, "<%s>", cell[i]);
    return OK;
}

static enum status read_csv(const char *text, struct strbuf *b)
{
    return csv_read(text, strlen(text), "t.csv", join_cells, b);
}

Test(csv, reads_quotes_blanks_and_utf8)
{
    struct strbuf b = {0};
    cr_assert_eq(read_csv("a, b ,c\n\"x,\"\"y\",\"two\nlines\",\xc3\xa9\n,,", &b), OK);
    cr_assert_str_eq(b.s, "1:<a>< b ><c>3:<x,\"y><two\nlines><\xc3\xa9>4:<><><>");
    strbuf_release(&b);
}

Test(csv, refuses_bad_input)
{
    struct strbuf b = {0};
    cr_assert_eq(read_csv("a,b\n1\n", &b), E_FORMAT);
    cr_assert_not_null(strstr(status_message(), "t.csv:2:"));
    cr_assert_eq(read_csv("a,b\n\"1,2\n", &b), E_FORMAT);
    cr_assert_eq(read_csv("a,b\nx\"1,2\n", &b), E_FORMAT);
    cr_assert_eq(read_csv("\xef\xbb\xbf"
                          "a,b\n",
                          &b),
                 E_FORMAT);
    cr_assert_eq(csv_read("a\0b\n", 4, "t.csv", join_cells, &b), E_FORMAT);
    strbuf_release(&b);
}

Test(csv, write_then_read_gives_the_cells_back)
{
    const char *cell[] = {"plain", " edge", "a\"b", "c,d", "e\nf", "g\rh", "", "\xe2\x82\xac"};
    struct strbuf b = {0}, got = {0};
    csv_put_line(&b, cell, 8);
    cr_assert_eq(csv_read(b.s, b.n, "t.csv", join_cells, &got), OK);
    cr_assert_str_eq(got.s, "2:<plain>< edge><a\"b><c,d><e\nf><g\rh><><\xe2\x82\xac>");
    strbuf_release(&b);
    strbuf_release(&got);
}

Test(json, reads_and_writes_sorted)
{
    struct json *j;
    struct strbuf b = {0};
    const char *text = "{\"b\": [1, 2], \"a\": {\"x\": \"y\"}, \"n\": -3}";
    int64_t n;
    cr_assert_eq(json_parse(text, strlen(text), "t.json", &j), OK);
    cr_assert(json_whole(json_member(j, "n"), &n) && n == -3);
    cr_assert_str_eq(json_text(json_member(json_member(j, "a"), "x")), "y");
    cr_assert(json_whole(json_item(json_member(j, "b"), 1), &n) && n == 2);
    cr_assert_null(json_text(json_member(j, "absent")));
    cr_assert_eq(json_write(j, 0, &b), OK);
    cr_assert_str_eq(b.s, "{\"a\":{\"x\":\"y\"},\"b\":[1,2],\"n\":-3}");
    json_release(j);
    strbuf_release(&b);
    cr_assert_eq(json_parse("{\"a\":1,\"a\":2}", 13, "t.json", &j), E_FORMAT);
    cr_assert_eq(json_parse("[1]", 3, "t.json", &j), E_FORMAT);
}

Test(file, atomic_write_keeps_the_old_on_drop)
{
    char dir[] = "/tmp/brds-test-XXXXXX", *path, *got;
    size_t n;
    struct outfile o;
    cr_assert_not_null(mkdtemp(dir));
    cr_assert_eq(file_join(&path, dir, "f"), OK);
    cr_assert_eq(file_write(path, "old", 3), OK);
    cr_assert_eq(outfile_begin(&o, path), OK);
    cr_assert_eq(outfile_write(&o, "new", 3), OK);
    outfile_drop(&o);
    cr_assert_eq(file_read(path, 100, &got, &n), OK);
    cr_assert_str_eq(got, "old");
    mem_free(got);
    cr_assert_eq(file_read(path, 2, &got, &n), E_FORMAT);
    cr_assert_eq(file_remove(path), OK);
    cr_assert_eq(rmdir(dir), 0); /* no temporary file is left */
    mem_free(path);
}
