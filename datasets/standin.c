#include "datasets/standin.h"

#include "base/rng.h"

#include <math.h>
#include <stdio.h>

enum {
    N_TOPICS = 4,
    N_NOUNS = 16, /* of one topic */
    N_VERBS = 12,
    N_ADJECTIVES = 30,
    N_ADVERBS = 40, /* the last one is <unk> */
    N_BRACKETS = 3,
    MAX_DEPTH = 2, /* of NP; the greatest holds no further NP */
    MAX_CHOICES = 40,
};

static const uint64_t SEED = 20210201667;

/* A choice among n with whole-number weights, so that its probabilities are exact. */
struct choice {
    uint32_t n, total, weight[MAX_CHOICES];
};

#define CHOICE2(a, b)                                                                              \
    {                                                                                              \
        2, (a) + (b),                                                                              \
        {                                                                                          \
            a, b                                                                                   \
        }                                                                                          \
    }

enum { POST_NONE, POST_ADVERBS, POST_RELATIVE, POST_BRACKET };
static const struct choice topic_choice = {4, 10, {4, 3, 2, 1}};
static const struct choice number_choice = CHOICE2(6, 4);   /* singular, plural */
static const struct choice adjective_more = CHOICE2(17, 3); /* stop, one more */
static const struct choice adverb_more = CHOICE2(2, 3);     /* stop, one more */
static const struct choice object_choice = CHOICE2(7, 13);  /* none, one */
static const struct choice relative_choice = CHOICE2(7, 3); /* the two relative words */
static const struct choice determiner_choice = {3, 6, {3, 2, 1}};
static const struct choice bracket_choice = {N_BRACKETS, 10, {5, 3, 2}};
static const struct choice post_choice = {4, 20, {7, 5, 5, 3}};
static const struct choice last_post_choice = CHOICE2(13, 7); /* at MAX_DEPTH */

/* Zipf: the weight of rank r is as 1/(r+1). */
static struct choice zipf(uint32_t n)
{
    struct choice c = {.n = n};
    for (uint32_t r = 0; r < n; r++) {
        c.weight[r] = 5040 / (r + 1);
        c.total += c.weight[r];
    }
    return c;
}

static const struct choice *post_at(int depth)
{
    return depth < MAX_DEPTH ? &post_choice : &last_post_choice;
}

/* ---- drawing ---- */

struct source {
    struct rng rng;
    struct standin_text *out;
    struct choice noun, verb, adjective, adverb;
    int first_in_line;
};

static int draw(struct source *s, const struct choice *c)
{
    uint32_t x = rng_below(&s->rng, c->total), i = 0;
    while (x >= c->weight[i])
        x -= c->weight[i++];
    s->out->nll_nats += log((double)c->total / c->weight[i]);
    return (int)i;
}

static void put(struct source *s, const char *word)
{
    strbuf_add(&s->out->text, s->first_in_line ? "" : " ");
    strbuf_add(&s->out->text, word);
    s->first_in_line = 0;
    s->out->n_tokens++;
}

/* An invented word: two syllables from its place in the whole lexicon, then a suffix of its class,
 * so that no two words are equal. */
static void put_word(struct source *s, int place, const char *suffix)
{
    static const char consonant[] = "bdfgklmnprstvz", vowel[] = "aeiou";
    char word[16];
    int low = place % 70, high = place / 70;
    snprintf(word, sizeof word, "%c%c%c%c%s", consonant[low % 14], vowel[low / 14],
             consonant[(3 * low + high) % 14], vowel[(low + high) % 5], suffix);
    put(s, word);
}

static void put_noun(struct source *s, int topic, int number)
{
    put_word(s, topic * N_NOUNS + draw(s, &s->noun), number == 0 ? "n" : "ns");
}

static void put_verb(struct source *s, int topic, int number)
{
    put_word(s, topic * N_VERBS + draw(s, &s->verb), number == 0 ? "th" : "re");
}

static void put_adverbs(struct source *s)
{
    do {
        int i = draw(s, &s->adverb);
        if (i == N_ADVERBS - 1)
            put(s, "<unk>");
        else
            put_word(s, i, "ly");
    } while (draw(s, &adverb_more) == 1);
}

static int draw_np(struct source *s, int topic, int depth);

static void draw_post(struct source *s, int topic, int depth)
{
    static const char *const relative[] = {"that", "whom"};
    static const char *const open[N_BRACKETS] = {"(", "[", "{"};
    static const char *const close[N_BRACKETS] = {")", "]", "}"};
    int bracket, number;
    switch (draw(s, post_at(depth))) {
    case POST_ADVERBS:
        put_adverbs(s);
        break;
    case POST_RELATIVE:
        put(s, relative[draw(s, &relative_choice)]);
        number = draw_np(s, topic, depth + 1);
        put_verb(s, topic, number);
        break;
    case POST_BRACKET:
        bracket = draw(s, &bracket_choice);
        put(s, open[bracket]);
        draw_np(s, topic, depth + 1);
        put(s, close[bracket]);
        break;
    default:
        break;
    }
}

/* Draws a noun phrase and returns its number. */
static int draw_np(struct source *s, int topic, int depth)
{
    static const char *const determiner[2][3] = {{"the", "a", "this"}, {"some", "all", "these"}};
    int number = draw(s, &number_choice);
    put(s, determiner[number][draw(s, &determiner_choice)]);
    while (draw(s, &adjective_more) == 1)
        put_word(s, draw(s, &s->adjective), "ic");
    put_noun(s, topic, number);
    draw_post(s, topic, depth);
    return number;
}

static void draw_sentence(struct source *s)
{
    int topic = draw(s, &topic_choice);
    s->first_in_line = 1;
    put_verb(s, topic, draw_np(s, topic, 0));
    if (draw(s, &object_choice) == 1)
        draw_np(s, topic, 1);
    strbuf_add(&s->out->text, "\n");
    s->out->n_lines++;
    s->out->n_tokens++;
}

enum status standin_draw(uint64_t seed, uint64_t stream, size_t n_tokens, struct standin_text *out)
{
    struct source s = {.out = out, .noun = zipf(N_NOUNS), .verb = zipf(N_VERBS)};
    s.adjective = zipf(N_ADJECTIVES);
    s.adverb = zipf(N_ADVERBS);
    rng_seed(&s.rng, seed, stream);
    *out = (struct standin_text){0};
    while (out->n_tokens < n_tokens && !out->text.failed)
        draw_sentence(&s);
    enum status status = strbuf_check(&out->text);
    if (status != OK)
        standin_release(out);
    return status;
}

enum status standin_split(int split, struct standin_text *out)
{
    return standin_draw(SEED, (uint64_t)split, split == 0 ? 60000 : 6000, out);
}

void standin_release(struct standin_text *t)
{
    strbuf_release(&t->text);
    *t = (struct standin_text){0};
}

/* ---- expectations ---- */

static double share(const struct choice *c, int i)
{
    return (double)c->weight[i] / c->total;
}

static double entropy(const struct choice *c)
{
    double h = 0;
    for (int i = 0; i < (int)c->n; i++)
        h -= share(c, i) * log(share(c, i));
    return h;
}

static double entropy_zipf(uint32_t n)
{
    struct choice c = zipf(n);
    return entropy(&c);
}

/* Expected nats and tokens of a piece. */
struct expected {
    double nats, tokens;
};

/* A run that goes on with probability q has 1/(1-q) decisions, of which q/(1-q) go on. */
static struct expected expect_np(int depth)
{
    const struct choice *post = post_at(depth);
    double more = 1 / share(&adjective_more, 0), run = 1 / share(&adverb_more, 0);
    struct expected e = {
        .nats = entropy(&number_choice) + entropy(&determiner_choice) +
                more * entropy(&adjective_more) + (more - 1) * entropy_zipf(N_ADJECTIVES) +
                entropy_zipf(N_NOUNS) + entropy(post),
        .tokens = 1 + (more - 1) + 1,
    };
    e.nats += share(post, POST_ADVERBS) * run * (entropy(&adverb_more) + entropy_zipf(N_ADVERBS));
    e.tokens += share(post, POST_ADVERBS) * run;
    if (depth == MAX_DEPTH)
        return e;
    struct expected inner = expect_np(depth + 1);
    e.nats += share(post, POST_RELATIVE) *
              (entropy(&relative_choice) + inner.nats + entropy_zipf(N_VERBS));
    e.nats += share(post, POST_BRACKET) * (entropy(&bracket_choice) + inner.nats);
    e.tokens += (share(post, POST_RELATIVE) + share(post, POST_BRACKET)) * (inner.tokens + 2);
    return e;
}

double standin_sentence_nats(void)
{
    return entropy(&topic_choice) + expect_np(0).nats + entropy_zipf(N_VERBS) +
           entropy(&object_choice) + share(&object_choice, 1) * expect_np(1).nats;
}

double standin_sentence_tokens(void)
{
    return expect_np(0).tokens + 1 + share(&object_choice, 1) * expect_np(1).tokens + 1;
}

double standin_entropy_nats(void)
{
    return standin_sentence_nats() / standin_sentence_tokens();
}
