/* test_imdb_text.c - words of reviews, and Kaggle's CSV: what it holds, refuses and how it is
 * parted. */
#include "datasets/imdb_find.h"
#include "datasets/imdb_split.h"
#include "datasets/imdb_words.h"

#include "base/strbuf.h"

#include <criterion/criterion.h>
#include <string.h>

static enum status join(void *ctx, const char *word, size_t n)
{
    strbuf_addf(ctx, "%.*s|", (int)n, word);
    return OK;
}

static void assert_words(const char *text, const char *want)
{
    struct strbuf b = {0};
    cr_assert_eq(imdb_each_word(text, strlen(text), join, &b), OK);
    cr_assert_str_eq(strbuf_text(&b), want);
    strbuf_release(&b);
}

Test(imdb_text, words)
{
    assert_words("It's NOT 'good', isn't it?", "it's|not|good|isn't|it|");
    assert_words("a<br />b<br/>c<BR />d", "a|b|br|c|br|d|");
    assert_words("rock'n'roll 1990's '90s x'1", "rock'n|roll|1990's|90s|x|1|");
    assert_words("caf\xc3\xa9s\tso\xc2\x85so\xe2\x80\xa8no\xe2\x80\x99t", "caf|s|so|so|no|t|");
    assert_words("<br /", "br|");
    assert_words("'''--", "");
    assert_words("ends'", "ends|");
}

/* ---- the CSV ---- */

static void refuse_csv(const char *bytes, size_t n, const char *message)
{
    struct bundle b = {0};
    cr_assert_eq(imdb_read_csv(bytes, n, "c", &b), E_FORMAT, "accepted: %s", message);
    cr_assert_str_eq(status_message(), message);
    bundle_release(&b);
}

#define REFUSE_CSV(bytes, message) refuse_csv(bytes, sizeof(bytes) - 1, message)
#define HEAD "review,sentiment\n"

Test(imdb_text, csv)
{
    struct bundle b = {0};
    const char *text = HEAD "\"a, \"\"b\"\"<br />\nc\",positive\r\nplain,negative";
    cr_assert_eq(imdb_read_csv(text, strlen(text), "c", &b), OK, "%s", status_message());
    cr_assert_eq(b.n, 2);
    cr_assert_str_eq(b.file[0].name, "csv/pos/000001.txt");
    cr_assert_eq(b.file[0].n_bytes, 14);
    cr_assert_arr_eq(b.file[0].bytes, "a, \"b\"<br />\nc", 14);
    cr_assert_str_eq(b.file[1].name, "csv/neg/000002.txt");
    bundle_release(&b);
    REFUSE_CSV("", "c:1: the file is empty (expected text)");
    REFUSE_CSV("text,label\na,positive\n", "c:1: the header is not review,sentiment");
    REFUSE_CSV("review\na\n", "c:1: the header is not review,sentiment");
    REFUSE_CSV(HEAD "a,good\n", "c:2: the sentiment is 'good' (expected positive or negative)");
    REFUSE_CSV(HEAD ",positive\n", "c:2: the review is empty");
    REFUSE_CSV(HEAD "a,positive\nb \xff,negative\n", "c:3: invalid UTF-8 (byte 0xff at column 3)");
    REFUSE_CSV("<html><head>", "c:1: is an HTML page (expected the text itself)");
}

Test(imdb_text, csv_that_is_malformed_is_refused_by_line)
{
    static const char *const bad[] = {HEAD "a,positive\n\"open,negative\n", HEAD "a,positive,b\n",
                                      HEAD "a\n", HEAD "a\"b,positive\n"};
    static const char *const line[] = {"c:3", "c:2", "c:2", "c:2"};
    for (int i = 0; i < 4; i++) {
        struct bundle b = {0};
        cr_assert_eq(imdb_read_csv(bad[i], strlen(bad[i]), "c", &b), E_FORMAT, "%s", bad[i]);
        cr_assert_eq(strncmp(status_message(), line[i], 3), 0, "%s", status_message());
        bundle_release(&b);
    }
    struct bundle b = {0};
    cr_assert_eq(imdb_read_csv(HEAD "a\0b,positive\n", 30, "c", &b), E_FORMAT);
    bundle_release(&b);
}

Test(imdb_text, csv_is_parted_by_text)
{
    struct bundle b = {0};
    struct imdb_split s, again;
    struct strbuf text = {0}, turned = {0};
    strbuf_add(&text, HEAD);
    strbuf_add(&turned, HEAD);
    for (int i = 0; i < 80; i++) {
        strbuf_addf(&text, "row %d,%s\n", i, i % 2 ? "positive" : "negative");
        strbuf_addf(&turned, "row %d,%s\n", 79 - i, i % 2 ? "negative" : "positive");
    }
    cr_assert_eq(imdb_read_csv(text.s, text.n, "c", &b), OK);
    cr_assert_eq(bundle_sort(&b, "c"), OK);
    cr_assert_eq(imdb_split_make(&b, "c", &s), OK);
    for (int c = 0; c < 2; c++)
        cr_assert(s.count[SPLIT_TEST][c] == 20 && s.count[SPLIT_VALID][c] == 2 &&
                  s.count[SPLIT_TRAIN][c] == 18);
    struct bundle t = {0}; /* the same texts in other rows fall to the same splits */
    cr_assert_eq(imdb_read_csv(turned.s, turned.n, "c", &t), OK);
    cr_assert_eq(bundle_sort(&t, "c"), OK);
    cr_assert_eq(imdb_split_make(&t, "c", &again), OK);
    for (size_t i = 0; i < b.n; i++)
        for (size_t k = 0; k < t.n; k++)
            if (b.file[i].n_bytes == t.file[k].n_bytes &&
                memcmp(b.file[i].bytes, t.file[k].bytes, b.file[i].n_bytes) == 0)
                cr_assert_eq(s.split[i], again.split[k]);
    imdb_split_release(&s);
    imdb_split_release(&again);
    bundle_release(&b);
    bundle_release(&t);
    strbuf_release(&text);
    strbuf_release(&turned);
}
