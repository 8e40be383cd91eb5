/* archive.h - members of a folder's or an archive's files, read without unpacking anything; and an
 * archive of our own. */
#ifndef DATASETS_ARCHIVE_H
#define DATASETS_ARCHIVE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    MEMBER_MAX = 200000,    /* entries of one walk: aclImdb_v1.tar.gz has just over 100,000 */
    MEMBER_EXCESS = 4,      /* wanted members may hold this many times the expected size */
    MEMBER_SKIP_RATIO = 16, /* skipped ones that, and this many times the archive's own size */
};

/* Who is shown the members. Names are relative to the root, without a leading "./". */
struct member_visitor {
    int (*want)(void *ctx, const char *member); /* 1: read this file; the rest is passed over */
    enum status (*take)(void *ctx, const char *member, const char *bytes, size_t n);
    void *ctx;
    uint64_t expected_bytes; /* size of all wanted members together, as far as known */
};

/* Walks a tar (plain, gzip, xz) or zip archive in its own order. Skipped members are not kept in
 * memory. `take` may stop the walk with a failure.
 * E_IO if the file cannot be opened. E_FORMAT, naming the archive and the member: no such archive,
 * cut short or damaged; a name that is absolute or holds ".."; a link that leaves the root; a
 * device, pipe or socket; a wanted member that is a link; more than MEMBER_MAX entries; wanted
 * members beyond MEMBER_EXCESS * expected_bytes; skipped ones beyond that plus MEMBER_SKIP_RATIO
 * times the size of the archive (a decompression bomb). */
enum status archive_walk(const char *path, const struct member_visitor *v);

/* A file of an archive. */
struct member {
    char *name, *bytes;
    size_t n_bytes;
    char *origin; /* what messages call it, or NULL: its name */
};

/* Writes a plain tar of n members in their order, whole or not at all. Names are relative. E_IO if
 * it cannot be written. */
enum status archive_save(const char *path, const struct member *member, size_t n);

#endif
