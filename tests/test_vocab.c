/* test_vocab.c - counting, ranking, limits, joining and parsing of vocabularies. */
#include "datasets/vocab.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static void count(struct vocab *v, const char *word, int times)
{
    for (int i = 0; i < times; i++)
        cr_assert_eq(vocab_count(v, word, strlen(word)), OK);
}

static struct vocab *make(void)
{
    struct vocab *v;
    cr_assert_eq(vocab_new(&v), OK);
    count(v, "b", 2);
    count(v, "rare", 1);
    count(v, "ab", 2);
    count(v, "a", 2);
    count(v, "\xc3\xa9", 2);
    count(v, "top", 5);
    return v;
}

static void assert_joined(const struct vocab *v, const char *want)
{
    struct strbuf b = {0};
    cr_assert_eq(vocab_join(v, &b), OK);
    cr_assert_str_eq(strbuf_text(&b), want);
    strbuf_release(&b);
}

Test(vocab, ranks_by_count_then_bytes)
{
    struct vocab *v = make();
    cr_assert_eq(vocab_find(v, "b", 1), 0); /* before the ranking: first come */
    cr_assert_eq(vocab_rank(v, 0), OK);
    assert_joined(v, "top\na\nab\nb\n\xc3\xa9\nrare"); /* bytes are unsigned: e-acute is last */
    for (int32_t id = 0; id < 6; id++) {
        const char *w = vocab_word(v, id);
        cr_assert_eq(vocab_find(v, w, strlen(w)), id);
    }
    cr_assert_eq(vocab_find(v, "abc", 3), -1);
    cr_assert_eq(vocab_find(v, "abc", 2), 2); /* length counts, not the NUL */
    cr_assert_eq(vocab_find(v, "", 0), -1);
    vocab_release(v);
}

Test(vocab, limit_drops_the_last_ranks)
{
    struct vocab *v = make();
    cr_assert_eq(vocab_rank(v, 3), OK);
    cr_assert_eq(vocab_size(v), 3);
    assert_joined(v, "top\na\nab");
    cr_assert_eq(vocab_find(v, "b", 1), -1);
    count(v, "b", 7); /* a dropped word begins anew */
    cr_assert_eq(vocab_find(v, "b", 1), 3);
    cr_assert_eq(vocab_rank(v, 0), OK);
    cr_assert_eq(vocab_find(v, "b", 1), 0);
    vocab_release(v);
}

Test(vocab, many_words_survive_growth)
{
    enum { N = 20000 };
    struct vocab *v, *copy;
    char w[16];
    cr_assert_eq(vocab_new(&v), OK);
    for (int i = 0; i < N; i++) {
        snprintf(w, sizeof w, "w%d", i);
        count(v, w, 1 + (i == 777));
    }
    cr_assert_eq(vocab_copy(v, &copy), OK);
    cr_assert_eq(vocab_rank(v, 0), OK);
    cr_assert_eq(vocab_size(v), N);
    cr_assert_eq(vocab_find(v, "w777", 4), 0);
    cr_assert_eq(vocab_find(v, "w0", 2), 1);
    for (int i = 0; i < N; i++) {
        snprintf(w, sizeof w, "w%d", i);
        cr_assert_eq(vocab_find(copy, w, strlen(w)), i); /* the copy was not ranked */
        cr_assert_str_eq(vocab_word(copy, i), w);
    }
    vocab_release(v);
    vocab_release(copy);
}

Test(vocab, parse_gives_back_what_join_wrote)
{
    struct vocab *v, *back;
    struct strbuf b = {0};
    v = make();
    cr_assert_eq(vocab_rank(v, 0), OK);
    cr_assert_eq(vocab_join(v, &b), OK);
    cr_assert_eq(vocab_parse(b.s, "m", &back), OK);
    assert_joined(back, b.s);
    vocab_release(back);
    strbuf_add(&b, "\n"); /* as a text file ends */
    cr_assert_eq(vocab_parse(b.s, "m", &back), OK);
    cr_assert_eq(vocab_size(back), 6);
    vocab_release(back);
    vocab_release(v);
    strbuf_release(&b);
}

Test(vocab, parse_refuses_empty_and_double_words)
{
    static const char *const bad[][2] = {
        {"", "m.st: word 0 of the vocabulary is empty"},
        {"a\n\nb", "m.st: word 1 of the vocabulary is empty"},
        {"a\nb\n\n", "m.st: word 2 of the vocabulary is empty"},
        {"a\nb\na", "m.st: word 2 of the vocabulary, 'a', stands there twice"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct vocab *v;
        cr_assert_eq(vocab_parse(bad[i][0], "m.st", &v), E_FORMAT, "case %zu", i);
        cr_assert_null(v);
        cr_assert_str_eq(status_message(), bad[i][1]);
    }
}
