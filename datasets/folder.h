/* folder.h - plain folders: sorted listing, bounded walk, removal. */
#ifndef DATASETS_FOLDER_H
#define DATASETS_FOLDER_H

#include "base/status.h"
#include "datasets/archive.h"

#include <stddef.h>

/* The names in a folder without "." and "..", sorted by bytes (not by locale). E_IO if it cannot
 * be read, E_FORMAT beyond MEMBER_MAX names. Release with names_release. */
struct names {
    char **name; /* [n] */
    size_t n;
};
enum status folder_names(const char *path, struct names *out);
void names_release(struct names *l);

/* Walks the files of a folder and of at most `depth` levels below it, sorted by name, files and
 * folders alike. A link to a file is followed (the tree is the user's own), one to a folder is not,
 * so no walk goes in circles. E_IO if something cannot be read; E_FORMAT for a wanted name that is
 * no regular file, beyond MEMBER_MAX entries, and beyond MEMBER_EXCESS * expected_bytes. */
enum status folder_walk(const char *path, int depth, const struct member_visitor *v);

/* Removes a folder and the files right in it; E_IO if anything stays. */
enum status folder_remove(const char *path);

/* Makes a rename in the folder last through a power cut, as far as the system allows. */
void folder_sync(const char *path);

#endif
