/* bundle.h - the many small files of a corpus (reviews, utterances), in one order for everyone. */
#ifndef DATASETS_BUNDLE_H
#define DATASETS_BUNDLE_H

#include "base/hash.h"
#include "base/status.h"
#include "datasets/archive.h"

#include <stddef.h>
#include <stdint.h>

/* Zero-initialise, add, sort, release. */
struct bundle {
    struct member *file; /* [n], owned */
    size_t n, cap;
};

/* Adds a copy of a file under a name of ours; `origin` (or NULL) is what it was called before. */
enum status bundle_add(struct bundle *b, const char *name, const char *origin, const char *bytes,
                       size_t n_bytes);

/* Sorts by the bytes of names. A file that is there twice is kept once; E_FORMAT, beginning with
 * `where`, if two of one name differ. */
enum status bundle_sort(struct bundle *b, const char *where);

/* SHA-256 of the lines `HEX  NAME`, as sha256sum prints them, of the files whose pick is `which`
 * (pick NULL: of all), in order; and how many bytes those hold. */
enum status bundle_digest(const struct bundle *b, const uint8_t *pick, uint8_t which,
                          char hex[HASH_HEX], size_t *n_bytes);

/* Reads what bundle_save wrote, of about `expected_bytes`: an archive of plain files, in any order.
 * E_FORMAT for what is none, E_IO if it cannot be opened. On failure *out is empty. */
enum status bundle_load(const char *path, uint64_t expected_bytes, struct bundle *out);
enum status bundle_save(const struct bundle *b, const char *path);

void bundle_release(struct bundle *b);

#endif
