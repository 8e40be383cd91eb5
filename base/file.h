/* file.h - whole-file reads, atomic writes, folders and locks. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stddef.h>
#include <stdio.h>

/* Reads a whole regular file of at most `max` bytes. *data gets n bytes and one more, a NUL; free
 * with mem_free. E_IO if it cannot be opened or read; E_FORMAT if it is larger than max. */
enum status file_read(const char *path, size_t max, char **data, size_t *n);

/* A file that appears under its name only when whole: begin, write to .f, then commit (fsync,
 * rename, fsync of the folder) or drop (the old file, if any, stays as it was). */
struct outfile {
    FILE *f;
    char *path, *temp;
};
enum status outfile_begin(struct outfile *o, const char *path);
enum status outfile_write(struct outfile *o, const void *data, size_t n);
enum status outfile_commit(struct outfile *o);
void outfile_drop(struct outfile *o);

/* outfile_begin, write, commit in one. */
enum status file_write(const char *path, const void *data, size_t n);

/* Makes the folder and its parents; fine if it is there. */
enum status file_mkdirs(const char *path);

int file_exists(const char *path);
int file_is_folder(const char *path);

/* Removes the file; fine if it is absent. */
enum status file_remove(const char *path);

/* An exclusive advisory lock on `path` (created if need be), waiting for other processes; *fd is
 * the handle for file_unlock. */
enum status file_lock(const char *path, int *fd);
void file_unlock(int fd);

/* dir + "/" + name in a new string; free with mem_free. */
enum status file_join(char **out, const char *dir, const char *name);

/* The user's folders for this program, never with a trailing slash; free with mem_free.
 * data: BRDS_DATA, else $XDG_DATA_HOME/brds, else $HOME/.local/share/brds.
 * cache: BRDS_CACHE, else $XDG_CACHE_HOME/brds, else $HOME/.cache/brds. */
enum status file_data_home(char **out);
enum status file_cache_home(char **out);

#endif
