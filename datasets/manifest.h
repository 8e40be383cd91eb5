/* manifest.h - corpus.json: what was added under a label, so that it can be checked again. */
#ifndef DATASETS_MANIFEST_H
#define DATASETS_MANIFEST_H

#include "base/hash.h"
#include "base/status.h"
#include "datasets/dataset.h"
#include "datasets/store.h"

#include <stddef.h>

#define MANIFEST_FILE "corpus.json"

struct manifest {
    struct store_entry entry; /* .known is derived from the digests, never read from the file */
    char sha256[N_SPLITS][HASH_HEX]; /* of the bytes of each split */
    size_t n_bytes[N_SPLITS];
};

/* Clears a manifest and sets form and label. */
void manifest_begin(struct manifest *m, const char *corpus, const char *label);
/* Adds a fact for people, such as how many duplicates there are. */
void manifest_fact(struct manifest *m, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Once digests and counts are set: sha256 of the whole, and whether that is a known corpus. */
enum status manifest_finish(struct manifest *m);

/* The digest of the whole: SHA-256 of the three hex digests in the order train, valid, test, each
 * followed by LF. */
enum status manifest_whole(char sha256[N_SPLITS][HASH_HEX], char whole[HASH_HEX]);

/* The digest of a member of the real PTB, and the size of all three together. */
const char *manifest_ptb_sha256(enum split s);
enum { MANIFEST_PTB_BYTES = 5101618 + 399782 + 449945 };

/* E_FORMAT, naming the file and the count, unless the counts are those of SPEC 8. */
enum status manifest_check_ptb(const struct manifest *m);

/* Writes and reads the file at `path`. manifest_read: E_IO if it cannot be opened, E_FORMAT for
 * anything but what manifest_write writes. */
enum status manifest_write(const struct manifest *m, const char *path);
enum status manifest_read(const char *path, struct manifest *out);

#endif
