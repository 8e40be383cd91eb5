/* sysfile.h - small files of /proc and /sys: one line, or lines of "key : value". */
#ifndef BASE_SYSFILE_H
#define BASE_SYSFILE_H

#include <stddef.h>

/* Both read `path` below `root` ("" for this machine; tests give a tree of their own). */

/* The first line without its end, cut to fit; "" if there is none. Returns out. */
const char *sysfile_line(const char *root, const char *path, char *out, size_t size);

/* What follows the colon and its blanks on the first line that begins with `key`, cut to fit; 0 and
 * "" if there is none. */
int sysfile_field(const char *root, const char *path, const char *key, char *out, size_t size);

#endif
