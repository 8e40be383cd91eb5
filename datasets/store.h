/* store.h - the data folder: corpora that the user added, with their checksums.
 *
 * DIR/LABEL holds one corpus in the files of its form (form.h) and corpus.json, which names the
 * label, the digests and the counts. Labels are ptb, imdb, imdb-kaggle, timit and timit-sample for
 * the real ones, and the user's own (--as LABEL) for other corpora of the same forms. */
#ifndef DATASETS_STORE_H
#define DATASETS_STORE_H

#include "base/hash.h"
#include "base/status.h"

#include <stddef.h>

/* Something worth knowing of a corpus, such as its duplicates; found when it was read. */
struct store_fact {
    char name[32], text[160];
};
enum { STORE_FACTS = 8 };

/* Facts about one added corpus. Counts are of train, valid and test; a corpus that is parted anew
 * for each fold has all of it in the first. */
struct store_entry {
    char label[64];  /* name of its folder, and of the column `dataset` */
    char corpus[16]; /* its form: "ptb", "imdb", "timit" */
    char sha256[HASH_HEX];
    size_t n_lines[3];  /* lines, reviews or utterances */
    size_t n_tokens[3]; /* tokens (PTB: one <eos> a line is counted) or frames */
    size_t n_words;     /* the vocabulary, or the phones */
    int known; /* 1 if the digests (or, where none is known, the counts) are the real ones */
    struct store_fact fact[STORE_FACTS];
    int n_facts;
};

/* Adds corpus `name` (ptb, imdb, timit) from a folder (or some levels below it), one of its files,
 * or a tar (gz, xz) or zip archive. Copies what it needs, checks digests and counts. An unknown
 * digest is E_FORMAT unless `label` is given (--as). The same corpus again is fine; another one
 * under a label that is taken is E_USAGE, and what is there stays. Nothing is left behind on
 * failure. *entry tells what was added. `data_dir` NULL is the user's folder. Progress and licence
 * are the caller's to print.
 * E_USAGE: unknown corpus; a label that is no safe file name or reserved (label.h). E_IO: PATH
 * cannot be opened. E_FORMAT: a missing member, or bytes that the corpus' reader refuses. */
enum status store_add(const char *data_dir, const char *name, const char *path, const char *label,
                      struct store_entry *entry);

/* Reads what was recorded about a label. E_ABSENT if it was not added. */
enum status store_find(const char *data_dir, const char *label, struct store_entry *entry);

/* Calls fn for every corpus found, in order of label. */
typedef enum status store_entry_fn(void *ctx, const struct store_entry *entry);
enum status store_each(const char *data_dir, store_entry_fn *fn, void *ctx);

/* Digests every member of `label` again and counts it; E_FORMAT with the file that differs. */
enum status store_verify(const char *data_dir, const char *label, struct store_entry *entry);

/* Opens the corpus `label` as a dataset (rq tells how, its name is not looked at); E_FORMAT with
 * the file that is not what was added, E_ABSENT if the label was not added. */
struct dataset;
struct dataset_request;
enum status store_open(const char *label, const struct dataset_request *rq, struct dataset **out);

/* One line about licence and source of a corpus name; NULL if the name is unknown. */
const char *store_licence(const char *name);

#endif
