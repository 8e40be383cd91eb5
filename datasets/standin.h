/* standin.h - `ptb-standin`: a text of known entropy, made when the real PTB is not there.
 *
 * A sentence is drawn left to right from a grammar with three kinds of long-range agreement: a
 * topic chosen at the start rules all its nouns and verbs; a noun's number rules its verb, across
 * adverbs, nested relative clauses and brackets; and brackets of three types close in order.
 *
 *     S    -> NP(0) verb [NP(1)] <eos>
 *     NP(d) -> determiner adjective* noun POST(d)
 *     POST(d) -> nothing | adverb adverb* | relative NP(d+1) verb | open NP(d+1) close
 *
 * where the last two are left out at the greatest depth. Every choice shows in the next words, so a
 * sentence has one derivation and its probability is the product of its choices'. Nothing here
 * claims to resemble English; the results' dataset_kind is `synthetic`. */
#ifndef DATASETS_STANDIN_H
#define DATASETS_STANDIN_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>

/* A drawn text: whole sentences, one a line. */
struct standin_text {
    struct strbuf text;
    size_t n_lines, n_tokens; /* <eos> of every line counted */
    double nll_nats;          /* -ln p(text) under the grammar, the sum over all tokens */
};

/* Draws sentences until there are at least n_tokens tokens. Equal (seed, stream) give equal bytes
 * everywhere. Free with standin_release. */
enum status standin_draw(uint64_t seed, uint64_t stream, size_t n_tokens, struct standin_text *out);
void standin_release(struct standin_text *t);

/* The three splits of `ptb-standin` (enum split as int): fixed seed, 60,000, 6,000 and 6,000
 * tokens, in round numbers. */
enum status standin_split(int split, struct standin_text *out);

/* Expected nats a sentence, expected tokens a sentence (<eos> counted), and their quotient, the
 * entropy rate a token of the source: closed forms over the grammar's probabilities. No model can
 * have a lower expected cross-entropy. */
double standin_sentence_nats(void);
double standin_sentence_tokens(void);
double standin_entropy_nats(void);

#endif
