/* scratch.h - a folder of its own for a test, and archives made in it. */
#ifndef TESTS_SCRATCH_H
#define TESTS_SCRATCH_H

#include "base/strbuf.h"

#include <stddef.h>

/* A new, empty folder under the system's temporary one; scratch_remove deletes all below it. */
struct scratch {
    char dir[64];
};
void scratch_make(struct scratch *s);
void scratch_remove(struct scratch *s);

/* dir/name in one of eight rotating buffers. */
const char *scratch_path(const struct scratch *s, const char *name);

/* Writes dir/name, making the folders that it needs. */
void scratch_write(const struct scratch *s, const char *name, const void *bytes, size_t n);

/* Appends every path below `dir` (or "(absent)") with the size of files, sorted. */
void scratch_list(const char *dir, struct strbuf *out);

/* An archive written entry by entry; `format` is "tar", "tar.gz", "tar.xz" or "zip". */
struct archive_maker;
struct archive_maker *archive_make(const char *path, const char *format);
void archive_put(struct archive_maker *m, const char *name, const void *bytes, size_t n);
/* n bytes of one value, without holding them. */
void archive_put_many(struct archive_maker *m, const char *name, int byte, size_t n);
void archive_put_symlink(struct archive_maker *m, const char *name, const char *target);
void archive_put_hardlink(struct archive_maker *m, const char *name, const char *target);
void archive_put_device(struct archive_maker *m, const char *name);
void archive_done(struct archive_maker *m);

#endif
