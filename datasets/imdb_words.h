/* imdb_words.h - words of a review: [a-z0-9]+('[a-z]+)? of the text in ASCII lower case, with every
 * `<br />` a blank. Bytes beyond ASCII part words. */
#ifndef DATASETS_IMDB_WORDS_H
#define DATASETS_IMDB_WORDS_H

#include "base/status.h"

#include <stddef.h>

typedef enum status imdb_word_fn(void *ctx, const char *word, size_t n);

/* Calls fn for every word of n bytes, in order; anything but OK stops. */
enum status imdb_each_word(const char *text, size_t n, imdb_word_fn *fn, void *ctx);

#endif
