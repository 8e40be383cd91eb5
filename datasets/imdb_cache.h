/* imdb_cache.h - tokenised reviews in one file, so that only the first start reads the text.
 *
 * The file holds a head with version and sizes, the SHA-256 of the reviews that it was made from,
 * vocabulary, offsets, classes, marks and ids, and at its end the SHA-256 of all that in hex. Ids
 * and offsets are in the byte order of the machine; another machine's file is refused. */
#ifndef DATASETS_IMDB_CACHE_H
#define DATASETS_IMDB_CACHE_H

#include "base/hash.h"
#include "base/status.h"
#include "datasets/dataset.h"

#include <stddef.h>

/* Raised whenever tokenising, splitting or this layout changes. */
enum { IMDB_CACHE_VERSION = 1 };

/* Writes ds, which imdb_make made of the reviews with digest `source`. E_IO. */
enum status imdb_cache_save(const char *path, const struct dataset *ds,
                            const char source[HASH_HEX]);

/* Reads it back. E_IO if it cannot be opened; E_FORMAT if it is of another version or of other
 * reviews, cut short or changed. */
enum status imdb_cache_load(const char *path, const char source[HASH_HEX], struct dataset **out);

/* The same from bytes in memory. */
enum status imdb_cache_parse(const char *bytes, size_t n, const char *name,
                             const char source[HASH_HEX], struct dataset **out);

#endif
