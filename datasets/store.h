/* store.h - the data folder: corpora that the user added, with their checksums.
 *
 * DIR/ptb/{ptb.train.txt,ptb.valid.txt,ptb.test.txt,corpus.json}; corpus.json names the label, the
 * digests and the counts. Another corpus of the same form, added with --as LABEL, lies in
 * DIR/LABEL. */
#ifndef DATASETS_STORE_H
#define DATASETS_STORE_H

#include "base/hash.h"
#include "base/status.h"

#include <stddef.h>

/* Facts about one added corpus. */
struct store_entry {
    char label[64];  /* name of its folder, and of the column `dataset` */
    char corpus[16]; /* its form: "ptb" */
    char sha256[HASH_HEX];
    size_t n_lines[3], n_tokens[3], n_words; /* n_tokens counts one <eos> a line */
    int known;                               /* 1 if the digests are those of the real corpus */
};

/* Adds corpus `name` (ptb) from a folder (or one level below it: data/, simple-examples/data/), a
 * single member file whose siblings are beside it, or a tar (gz, xz) or zip archive. Copies the
 * members it needs, checks digests and counts. An unknown digest is E_FORMAT unless `label` is
 * given (--as). The same corpus again is fine; another one under a label that is taken is E_USAGE,
 * and what is there stays. Nothing is left behind on failure. *entry tells what was added.
 * `data_dir` NULL is the user's folder. Progress and licence are the caller's to print.
 * E_USAGE: unknown corpus; a label that is no safe file name or reserved (ptb, imdb, timit,
 * *-standin). E_ABSENT: imdb, timit. E_IO: PATH cannot be opened. E_FORMAT: a missing member, or
 * bytes that members_find or ptb_read refuses. */
enum status store_add(const char *data_dir, const char *name, const char *path, const char *label,
                      struct store_entry *entry);

/* Reads what was recorded about a label. E_ABSENT if it was not added. */
enum status store_find(const char *data_dir, const char *label, struct store_entry *entry);

/* Calls fn for every corpus found, in order of label. */
typedef enum status store_entry_fn(void *ctx, const struct store_entry *entry);
enum status store_each(const char *data_dir, store_entry_fn *fn, void *ctx);

/* Digests every member of `label` again and counts it; E_FORMAT with the file that differs. */
enum status store_verify(const char *data_dir, const char *label, struct store_entry *entry);

/* Reads the members of `label` into memory; E_FORMAT with the file whose digest is not the one that
 * was recorded, E_ABSENT if the label was not added. Release with members_release. */
struct members;
enum status store_load(const char *data_dir, const char *label, struct store_entry *entry,
                       struct members *out);

/* One line about licence and source of a corpus name; NULL if the name is unknown. */
const char *store_licence(const char *name);

#endif
