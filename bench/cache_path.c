#include "bench/cache_path.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"

enum status cache_path(const char *dir, const char *kind, const char *key, const char *suffix,
                       char **out)
{
    struct strbuf b = {0};
    strbuf_addf(&b, "%s/%s/%s.%s", dir, kind, key, suffix);
    *out = b.s;
    return strbuf_check(&b);
}

enum status cache_folder(const char *dir, const char *kind)
{
    char *path;
    TRY(file_join(&path, dir, kind));
    enum status s = file_mkdirs(path);
    mem_free(path);
    return s;
}
