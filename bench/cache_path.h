/* cache_path.h - where a kind of thing lies in the cache: DIR/KIND/KEY.SUFFIX. */
#ifndef BENCH_CACHE_PATH_H
#define BENCH_CACHE_PATH_H

#include "base/status.h"

/* The path in a new string; free with mem_free. */
enum status cache_path(const char *dir, const char *kind, const char *key, const char *suffix,
                       char **out);

/* Makes DIR/KIND. */
enum status cache_folder(const char *dir, const char *kind);

#endif
