#include "datasets/archive.h"

#include "base/file.h"
#include "base/strbuf.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct walker {
    struct archive *a;
    const char *path;
    const struct member_visitor *v;
    uint64_t most_wanted, most_skipped; /* limits in bytes */
    uint64_t wanted, skipped;           /* bytes so far */
    size_t n_entries;
};

static const char *reason(struct archive *a)
{
    const char *text = archive_error_string(a);
    return text != NULL ? text : "unknown error";
}

static enum status damaged(const struct walker *w)
{
    return fail(E_FORMAT, "%s: cut short, damaged, or no tar, tar.gz, tar.xz or zip archive: %s",
                w->path, reason(w->a));
}

/* 1 if `target`, seen from `depth` folders below the root, points out of it. */
static int leaves_root(const char *target, long depth)
{
    if (target[0] == '/')
        return 1;
    for (const char *p = target; *p != '\0';) {
        size_t n = strcspn(p, "/");
        if (n == 2 && memcmp(p, "..", 2) == 0)
            depth--;
        else if (n != 0 && !(n == 1 && p[0] == '.'))
            depth++;
        if (depth < 0)
            return 1;
        p += n + (p[n] == '/');
    }
    return 0;
}

static int has_dotdot(const char *name)
{
    for (const char *p = name; *p != '\0';) {
        size_t n = strcspn(p, "/");
        if (n == 2 && memcmp(p, "..", 2) == 0)
            return 1;
        p += n + (p[n] == '/');
    }
    return 0;
}

static long depth_of(const char *name)
{
    long depth = 0;
    for (const char *p = name; (p = strchr(p, '/')) != NULL; p++)
        depth += p != name && p[-1] != '/';
    return depth;
}

static enum status check_name(const struct walker *w, const char *name)
{
    if (name == NULL || *name == '\0')
        return fail(E_FORMAT, "%s: entry %zu has no readable name", w->path, w->n_entries);
    if (name[0] == '/')
        return fail(E_FORMAT, "%s: %s: an absolute name (expected names below the root)", w->path,
                    name);
    if (has_dotdot(name))
        return fail(E_FORMAT, "%s: %s: a name with '..' (expected names below the root)", w->path,
                    name);
    return OK;
}

static enum status check_links(const struct walker *w, struct archive_entry *e, const char *name)
{
    const char *hard = archive_entry_hardlink(e), *soft = archive_entry_symlink(e);
    if (hard != NULL && leaves_root(hard, 0))
        return fail(E_FORMAT, "%s: %s: a link that leaves the root, to %s", w->path, name, hard);
    if (soft != NULL && leaves_root(soft, depth_of(name)))
        return fail(E_FORMAT, "%s: %s: a link that leaves the root, to %s", w->path, name, soft);
    return OK;
}

static int is_link(struct archive_entry *e)
{
    return archive_entry_hardlink(e) != NULL || archive_entry_filetype(e) == AE_IFLNK;
}

static enum status check_type(const struct walker *w, struct archive_entry *e, const char *name)
{
    unsigned type = archive_entry_filetype(e);
    if (is_link(e) || type == AE_IFREG || type == AE_IFDIR)
        return OK;
    return fail(E_FORMAT, "%s: %s: a device, pipe or socket (expected files)", w->path, name);
}

static enum status too_large(const struct walker *w, const char *name, uint64_t most)
{
    return fail(E_FORMAT,
                "%s: %s: unpacks to more than %llu bytes together with what stands "
                "before it (%llu were expected of the corpus)",
                w->path, name, (unsigned long long)most, (unsigned long long)w->v->expected_bytes);
}

/* A declared size is never trusted for memory: the text grows as bytes arrive. */
static enum status read_member(struct walker *w, const char *name, struct strbuf *b)
{
    char block[1 << 14];
    la_ssize_t n;
    while ((n = archive_read_data(w->a, block, sizeof block)) > 0) {
        w->wanted += (uint64_t)n;
        if (w->wanted > w->most_wanted)
            return too_large(w, name, w->most_wanted);
        strbuf_add_bytes(b, block, (size_t)n);
        TRY(strbuf_check(b));
    }
    return n == 0 ? OK : damaged(w);
}

static enum status take_member(struct walker *w, struct archive_entry *e, const char *name)
{
    struct strbuf b = {0};
    if (is_link(e))
        return fail(E_FORMAT, "%s: %s: is a link (expected a file)", w->path, name);
    enum status s = read_member(w, name, &b);
    if (s == OK)
        s = w->v->take(w->v->ctx, name, strbuf_text(&b), b.n);
    strbuf_release(&b);
    return s;
}

/* Passing over a compressed member costs time only, yet a bomb would cost hours. */
static enum status skip_member(struct walker *w, struct archive_entry *e, const char *name)
{
    int64_t size = archive_entry_size_is_set(e) ? archive_entry_size(e) : 0;
    w->skipped += size > 0 ? (uint64_t)size : 0;
    return w->skipped > w->most_skipped ? too_large(w, name, w->most_skipped) : OK;
}

static enum status visit(struct walker *w, struct archive_entry *e)
{
    const char *name = archive_entry_pathname(e);
    if (++w->n_entries > MEMBER_MAX)
        return fail(E_FORMAT, "%s: more than %d entries", w->path, MEMBER_MAX);
    if (name == NULL) /* not in the locale's characters */
        name = archive_entry_pathname_utf8(e);
    TRY(check_name(w, name));
    while (name[0] == '.' && name[1] == '/')
        name += 2 + strspn(name + 2, "/");
    TRY(check_links(w, e, name));
    TRY(check_type(w, e, name));
    if (archive_entry_filetype(e) != AE_IFDIR && w->v->want(w->v->ctx, name))
        return take_member(w, e, name);
    return skip_member(w, e, name);
}

static enum status walk_all(struct walker *w)
{
    struct archive_entry *e;
    for (;;) {
        int r = archive_read_next_header(w->a, &e);
        if (r == ARCHIVE_EOF)
            return OK;
        if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
            return damaged(w);
        TRY(visit(w, e));
    }
}

static int open_archive(struct archive *a, const char *path)
{
    return archive_read_support_filter_gzip(a) >= ARCHIVE_WARN &&
           archive_read_support_filter_xz(a) >= ARCHIVE_WARN &&
           archive_read_support_format_tar(a) >= ARCHIVE_WARN &&
           archive_read_support_format_zip(a) >= ARCHIVE_WARN &&
           archive_read_open_filename(a, path, 1 << 16) == ARCHIVE_OK;
}

enum status archive_walk(const char *path, const struct member_visitor *v)
{
    struct stat st;
    struct walker w = {.path = path, .v = v};
    if (stat(path, &st) != 0)
        return fail(E_IO, "%s: cannot open: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return fail(E_FORMAT, "%s: neither a file nor a folder", path);
    w.most_wanted = MEMBER_EXCESS * v->expected_bytes;
    w.most_skipped = w.most_wanted + MEMBER_SKIP_RATIO * (uint64_t)st.st_size;
    w.a = archive_read_new();
    if (w.a == NULL)
        return fail(E_NOMEM, "%s: no memory to read it", path);
    enum status s = open_archive(w.a, path) ? walk_all(&w) : damaged(&w);
    archive_read_free(w.a);
    return s;
}

static int put_member(struct archive *a, struct archive_entry *e, const struct member *m)
{
    archive_entry_clear(e);
    archive_entry_set_pathname(e, m->name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)m->n_bytes);
    return archive_write_header(a, e) == ARCHIVE_OK &&
           archive_write_data(a, m->bytes, m->n_bytes) == (la_ssize_t)m->n_bytes;
}

static int put_all(struct archive *a, FILE *f, const struct member *member, size_t n)
{
    struct archive_entry *e = archive_entry_new();
    int good = e != NULL && archive_write_set_format_ustar(a) == ARCHIVE_OK &&
               archive_write_open_FILE(a, f) == ARCHIVE_OK;
    for (size_t i = 0; good && i < n; i++)
        good = put_member(a, e, &member[i]);
    archive_entry_free(e);
    return good && archive_write_close(a) == ARCHIVE_OK;
}

enum status archive_save(const char *path, const struct member *member, size_t n)
{
    struct outfile o;
    struct archive *a = archive_write_new();
    if (a == NULL)
        return fail(E_NOMEM, "%s: no memory to write it", path);
    enum status s = outfile_begin(&o, path);
    if (s == OK && !put_all(a, o.f, member, n))
        s = fail(E_IO, "%s: cannot write: %s", path, reason(a));
    archive_write_free(a);
    if (s == OK)
        return outfile_commit(&o);
    outfile_drop(&o);
    return s;
}
