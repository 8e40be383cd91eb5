/* test_standin.c - the stand-in: its bytes, its grammar, and its entropy. */
#include "datasets/standin.h"

#include "base/hash.h"
#include "base/mem.h"
#include "datasets/vocab.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

Test(standin, bytes_are_fixed)
{
    static const char *const want[] = {
        "e8eb64191f9ce66be78488168a6a4986dff3fe82719f1988e099a307adfea5af",
        "3cca7d90764e9d7a79b81178697d06696af846c3bf871fff119c4588e1a35c52",
        "7d380f32db550382aadf0989473c6ce73d9cec3e21bed9c122fb4e3c47544c69",
    };
    for (int i = 0; i < 3; i++) {
        struct standin_text t;
        char hex[HASH_HEX];
        cr_assert_eq(standin_split(i, &t), OK);
        cr_assert_eq(hash_bytes(t.text.s, t.text.n, hex), OK);
        cr_expect_str_eq(hex, want[i]);
        cr_assert_geq(t.n_tokens, i == 0 ? 60000 : 6000);
        cr_assert_lt(t.n_tokens, i == 0 ? 60200 : 6200);
        standin_release(&t);
    }
}

/* ---- a parser of its own, which knows the grammar by the shape of its words only ---- */

struct parser {
    const char *p; /* next token */
    int topic;     /* -1 until the first noun */
};

static size_t token_length(const struct parser *s)
{
    return strcspn(s->p, " \n");
}

static void advance(struct parser *s)
{
    s->p += token_length(s);
    s->p += *s->p == ' ';
}

static int is(const struct parser *s, const char *word)
{
    return token_length(s) == strlen(word) && strncmp(s->p, word, strlen(word)) == 0;
}

static int has_suffix(const struct parser *s, const char *suffix)
{
    return token_length(s) == 4 + strlen(suffix) && strncmp(s->p + 4, suffix, strlen(suffix)) == 0;
}

/* The topic from the first syllable: places 0..63 of nouns, 0..47 of verbs, by topic. */
static void check_topic(struct parser *s, int n_of_topic)
{
    static const char consonant[] = "bdfgklmnprstvz", vowel[] = "aeiou";
    long place = strchr(consonant, s->p[0]) - consonant + 14 * (strchr(vowel, s->p[1]) - vowel);
    int topic = (int)place / n_of_topic;
    cr_assert(topic >= 0 && topic < 4);
    if (s->topic < 0)
        s->topic = topic;
    cr_assert_eq(topic, s->topic, "topic changes at: %.60s", s->p);
}

/* Takes one of the words and returns its place. */
static int take_any(struct parser *s, const char *const *word, int n)
{
    for (int i = 0; i < n; i++)
        if (is(s, word[i])) {
            advance(s);
            return i;
        }
    return -1;
}

static void take_verb(struct parser *s, int number)
{
    cr_assert(has_suffix(s, number == 0 ? "th" : "re"), "no agreement at: %.60s", s->p);
    check_topic(s, 12);
    advance(s);
}

static int take_np(struct parser *s, int depth)
{
    static const char *const determiner[] = {"the", "a", "this", "some", "all", "these"};
    static const char *const relative[] = {"that", "whom"};
    static const char *const open[] = {"(", "[", "{"}, *const close[] = {")", "]", "}"};
    int d = take_any(s, determiner, 6), bracket;
    cr_assert(d >= 0 && depth <= 2, "no noun phrase at: %.60s", s->p);
    while (has_suffix(s, "ic"))
        advance(s);
    cr_assert(has_suffix(s, d < 3 ? "n" : "ns"), "no agreement at: %.60s", s->p);
    check_topic(s, 16);
    advance(s);
    if (take_any(s, relative, 2) >= 0) {
        take_verb(s, take_np(s, depth + 1));
    } else if ((bracket = take_any(s, open, 3)) >= 0) {
        take_np(s, depth + 1);
        cr_assert_eq(take_any(s, close, 3), bracket, "bracket at: %.60s", s->p);
    } else {
        while (has_suffix(s, "ly") || is(s, "<unk>"))
            advance(s);
    }
    return d >= 3;
}

Test(standin, every_sentence_agrees)
{
    struct standin_text t;
    size_t n_lines = 0;
    cr_assert_eq(standin_split(0, &t), OK);
    for (const char *p = t.text.s; *p != '\0'; p++, n_lines++) {
        struct parser s = {p, -1};
        take_verb(&s, take_np(&s, 0));
        if (*s.p != '\n')
            take_np(&s, 1);
        cr_assert_eq(*s.p, '\n', "left over: %.60s", s.p);
        p = s.p;
    }
    cr_assert_eq(n_lines, t.n_lines);
    standin_release(&t);
}

/* Sentences drawn one by one: the mean of -ln p, of the length, and of their difference from the
 * entropy rate must be what the closed forms say, within 4 standard errors. */
Test(standin, entropy_is_that_of_the_source)
{
    enum { N = 20000 };
    const double nats = standin_sentence_nats(), tokens = standin_sentence_tokens();
    double dev[3] = {0}, square[3] = {0};
    for (int i = 0; i < N; i++) {
        struct standin_text t;
        cr_assert_eq(standin_draw(7, (uint64_t)i, 1, &t), OK);
        cr_assert_eq(t.n_lines, 1);
        const double d[3] = {t.nll_nats - nats, (double)t.n_tokens - tokens,
                             t.nll_nats - standin_entropy_nats() * (double)t.n_tokens};
        for (int k = 0; k < 3; k++) {
            dev[k] += d[k];
            square[k] += d[k] * d[k];
        }
        standin_release(&t);
    }
    for (int k = 0; k < 3; k++)
        cr_assert_lt(fabs(dev[k]), 4 * sqrt(square[k]), "%d: %g against %g", k, dev[k] / N,
                     sqrt(square[k]) / N);
    cr_assert_lt(sqrt(square[2]) / N / tokens, 0.01); /* the check is sharp */
}

/* -ln p is a probability of the sentence, not only of its derivation: equal sentences have equal
 * ones, and the most frequent sentence comes as often as that says. */
Test(standin, probability_is_frequency)
{
    enum { N = 40000 };
    static double nll[N];
    struct vocab *v;
    static int count[N];
    int best = 0;
    cr_assert_eq(vocab_new(&v), OK);
    for (int i = 0; i < N; i++) {
        struct standin_text t;
        cr_assert_eq(standin_draw(8, (uint64_t)i, 1, &t), OK);
        cr_assert_eq(vocab_count(v, t.text.s, t.text.n - 1), OK);
        int32_t id = vocab_find(v, t.text.s, t.text.n - 1);
        cr_assert(count[id] == 0 || fabs(nll[id] - t.nll_nats) < 1e-9);
        nll[id] = t.nll_nats;
        if (++count[id] > count[best])
            best = id;
        standin_release(&t);
    }
    double mean = N * exp(-nll[best]);
    cr_assert_gt(mean, 20);
    cr_assert_lt(fabs(count[best] - mean), 5 * sqrt(mean), "%d against %g", count[best], mean);
    vocab_release(v);
}

Test(standin, frequencies_are_zipf_like)
{
    struct standin_text t;
    struct vocab *v;
    size_t n = 0;
    cr_assert_eq(standin_split(0, &t), OK);
    cr_assert_eq(vocab_new(&v), OK);
    for (const char *p = t.text.s; *p != '\0'; p += strspn(p, " \n"), n++) {
        cr_assert_eq(vocab_count(v, p, strcspn(p, " \n")), OK);
        p += strcspn(p, " \n");
    }
    cr_assert_eq(n + t.n_lines, t.n_tokens);
    /* 6 determiners, 2 relative words, 6 brackets, 30 adjectives, 40 adverbs with <unk>, 128 nouns,
     * 96 verbs: all occur in train, so valid and test have no unseen word. */
    cr_assert_eq(vocab_size(v), 308);
    cr_assert_geq(vocab_find(v, "<unk>", 5), 0);
    cr_assert_eq(vocab_rank(v, 0), OK);
    cr_assert_str_eq(vocab_word(v, 0), "the");
    vocab_release(v);
    standin_release(&t);
}
