/* vocab.h - words and their ids. */
#ifndef DATASETS_VOCAB_H
#define DATASETS_VOCAB_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdint.h>

struct vocab;

/* An empty vocabulary, or one with the words, ids and counts of another; release with
 * vocab_release (NULL is fine there). */
enum status vocab_new(struct vocab **out);
enum status vocab_copy(const struct vocab *v, struct vocab **out);
void vocab_release(struct vocab *v);

/* Counts one more occurrence of a word (n bytes, any but NUL and LF), adding it if new. Until
 * vocab_rank a word's id is its place in the order of first occurrence. */
enum status vocab_count(struct vocab *v, const char *word, size_t n);
/* Gives ids anew: by falling count, ties by bytes; words beyond `limit` (0: none) are dropped. */
enum status vocab_rank(struct vocab *v, size_t limit);

/* Number of words. */
size_t vocab_size(const struct vocab *v);
/* The id of a word, or -1. */
int32_t vocab_find(const struct vocab *v, const char *word, size_t n);
/* The word of an id, 0 <= id < vocab_size; valid until the next vocab_count. */
const char *vocab_word(const struct vocab *v, int32_t id);

/* The words in id order with LF between them (as kept in a weights file), and back.
 * vocab_parse: one LF behind the last word is allowed; E_FORMAT for an empty or a double word,
 * naming `name` and the id. */
enum status vocab_join(const struct vocab *v, struct strbuf *out);
enum status vocab_parse(const char *text, const char *name, struct vocab **out);

#endif
