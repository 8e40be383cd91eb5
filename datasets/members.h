/* members.h - the three files of a corpus of PTB's form, found in a folder or an archive. */
#ifndef DATASETS_MEMBERS_H
#define DATASETS_MEMBERS_H

#include "base/status.h"
#include "datasets/dataset.h"
#include "datasets/ptb.h"

#include <stddef.h>
#include <stdint.h>

/* The bytes of train, valid and test, owned. */
struct members {
    char *name[N_SPLITS]; /* what messages call them: PATH/member */
    char *bytes[N_SPLITS];
    size_t n_bytes[N_SPLITS];
};

/* Finds ptb.{train,valid,test}.txt, else {train,valid,test}.txt, else wiki.{..}.tokens (the first
 * of these styles of which all three are there) in a folder and up to four levels below it, beside
 * a single such file, or in an archive. `expected_bytes` bounds what is read (archive.h).
 * E_IO if `path` cannot be opened; E_FORMAT, naming what lacks, when no style is complete, when two
 * different files of the chosen style have one name, and for all that the walks refuse. On failure
 * *out is empty. */
enum status members_find(const char *path, uint64_t expected_bytes, struct members *out);
void members_release(struct members *m);

/* A borrowed view for ptb_read. */
void members_view(const struct members *m, struct ptb_member view[N_SPLITS]);

/* Digests of the three members. */
enum status members_digests(const struct members *m, char sha256[N_SPLITS][HASH_HEX]);

/* Reads the members (ptb_read) into a new dataset without name, kind and sha256. */
enum status members_dataset(const struct members *m, struct dataset **out);

/* The name under which a split is kept in the data folder: ptb.train.txt, .. */
const char *members_file(enum split s);

#endif
