#include "datasets/folder.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status add_name(struct names *l, size_t *cap, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return OK;
    if (l->n == *cap) {
        size_t more = *cap != 0 ? 2 * *cap : 16;
        TRY(mem_grow(&l->name, l->n, more, sizeof *l->name));
        *cap = more;
    }
    TRY(mem_text(&l->name[l->n], name));
    l->n++;
    return OK;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

enum status folder_names(const char *path, struct names *out)
{
    size_t cap = 0;
    enum status s = OK;
    *out = (struct names){0};
    DIR *d = opendir(path);
    if (d == NULL)
        return fail(E_IO, "%s: cannot open: %s", path, strerror(errno));
    for (struct dirent *e; s == OK && (e = readdir(d)) != NULL;) {
        s = add_name(out, &cap, e->d_name);
        if (s == OK && out->n > MEMBER_MAX)
            s = fail(E_FORMAT, "%s: more than %d files", path, MEMBER_MAX);
    }
    closedir(d);
    if (s != OK)
        names_release(out);
    else if (out->n > 1)
        qsort(out->name, out->n, sizeof *out->name, by_bytes);
    return s;
}

void names_release(struct names *l)
{
    for (size_t i = 0; i < l->n; i++)
        mem_free(l->name[i]);
    mem_free(l->name);
    *l = (struct names){0};
}

struct walker {
    const char *root;
    const struct member_visitor *v;
    uint64_t left; /* bytes that wanted files may still hold */
    size_t n_entries;
};

static enum status walk_below(struct walker *w, const char *member, int depth);

static enum status take_file(struct walker *w, const char *member, const char *path,
                             const struct stat *st)
{
    char *bytes;
    size_t n;
    if (!S_ISREG(st->st_mode))
        return fail(E_FORMAT, "%s: is no regular file", path);
    if ((uint64_t)st->st_size > w->left)
        return fail(E_FORMAT, "%s: has %lld bytes (%llu were expected of the whole corpus)", path,
                    (long long)st->st_size, (unsigned long long)w->v->expected_bytes);
    TRY(file_read(path, (size_t)w->left, &bytes, &n));
    w->left -= n;
    enum status s = w->v->take(w->v->ctx, member, bytes, n);
    mem_free(bytes);
    return s;
}

static enum status visit(struct walker *w, const char *member, int depth)
{
    struct stat st;
    char *path;
    if (++w->n_entries > MEMBER_MAX)
        return fail(E_FORMAT, "%s: more than %d files below it", w->root, MEMBER_MAX);
    TRY(file_join(&path, w->root, member));
    enum status s = OK;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        s = depth > 0 ? walk_below(w, member, depth - 1) : OK;
    else if (w->v->want(w->v->ctx, member))
        s = stat(path, &st) == 0 ? take_file(w, member, path, &st)
                                 : fail(E_IO, "%s: cannot open: %s", path, strerror(errno));
    mem_free(path);
    return s;
}

/* `member` is the folder's own name below the root, "" for the root. */
static enum status walk_below(struct walker *w, const char *member, int depth)
{
    struct names l = {0};
    char *path = NULL, *child = NULL;
    enum status s;
    TRY_OUT(file_join(&path, w->root, member));
    TRY_OUT(folder_names(path, &l));
    for (size_t i = 0; i < l.n; i++) {
        if (*member == '\0')
            TRY_OUT(mem_text(&child, l.name[i]));
        else
            TRY_OUT(file_join(&child, member, l.name[i]));
        TRY_OUT(visit(w, child, depth));
        mem_free(child);
        child = NULL;
    }
out:
    mem_free(child);
    mem_free(path);
    names_release(&l);
    return s;
}

enum status folder_walk(const char *path, int depth, const struct member_visitor *v)
{
    struct walker w = {.root = path, .v = v, .left = MEMBER_EXCESS * v->expected_bytes};
    return walk_below(&w, "", depth);
}

enum status folder_remove(const char *path)
{
    struct names l;
    TRY(folder_names(path, &l));
    enum status s = OK;
    for (size_t i = 0; s == OK && i < l.n; i++) {
        char *p;
        s = file_join(&p, path, l.name[i]);
        if (s == OK)
            s = file_remove(p);
        mem_free(p);
    }
    names_release(&l);
    if (s == OK && rmdir(path) != 0)
        s = fail(E_IO, "%s: cannot remove: %s", path, strerror(errno));
    return s;
}

void folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}
