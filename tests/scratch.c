#include "tests/scratch.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/folder.h"

#include <archive.h>
#include <archive_entry.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A broken helper must not look like a passed test. */
static void need(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "scratch: %s failed: %s\n", what, status_message());
        abort();
    }
}

void scratch_make(struct scratch *s)
{
    const char *tmp = getenv("TMPDIR");
    int n = snprintf(s->dir, sizeof s->dir, "%s/brds-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
    need(n > 0 && n < (int)sizeof s->dir && mkdtemp(s->dir) != NULL, "mkdtemp");
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *f)
{
    (void)st, (void)flag, (void)f;
    return remove(path);
}

void scratch_remove(struct scratch *s)
{
    need(nftw(s->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, "removal");
}

const char *scratch_path(const struct scratch *s, const char *name)
{
    static char buffer[8][512];
    static int next;
    char *p = buffer[next++ % 8];
    snprintf(p, sizeof buffer[0], "%s/%s", s->dir, name);
    return p;
}

void scratch_write(const struct scratch *s, const char *name, const void *bytes, size_t n)
{
    char dir[512];
    const char *path = scratch_path(s, name);
    snprintf(dir, sizeof dir, "%s", path);
    *strrchr(dir, '/') = '\0';
    need(file_mkdirs(dir) == OK, "mkdirs");
    need(file_write(path, bytes, n) == OK, "write");
}

static void list_below(const char *root, const char *below, struct strbuf *out);

static void list_one(const char *root, const char *child, struct strbuf *out)
{
    struct stat st;
    char *path;
    need(file_join(&path, root, child) == OK && lstat(path, &st) == 0, "lstat");
    mem_free(path);
    if (S_ISDIR(st.st_mode)) {
        strbuf_addf(out, "%s/\n", child);
        list_below(root, child, out);
    } else {
        strbuf_addf(out, "%s %lld\n", child, (long long)st.st_size);
    }
}

static void list_below(const char *root, const char *below, struct strbuf *out)
{
    char *path;
    struct names l;
    need(file_join(&path, root, below) == OK && folder_names(path, &l) == OK, "listing");
    for (size_t i = 0; i < l.n; i++) {
        struct strbuf child = {0};
        strbuf_addf(&child, "%s%s%s", below, *below ? "/" : "", l.name[i]);
        list_one(root, child.s, out);
        strbuf_release(&child);
    }
    names_release(&l);
    mem_free(path);
}

void scratch_list(const char *dir, struct strbuf *out)
{
    if (!file_exists(dir))
        strbuf_add(out, "(absent)");
    else
        list_below(dir, "", out);
}

static struct archive *own(struct archive_maker *m)
{
    return (struct archive *)m;
}

struct archive_maker *archive_make(const char *path, const char *format)
{
    struct archive *a = archive_write_new();
    need(a != NULL, "archive_write_new");
    if (strcmp(format, "zip") == 0)
        need(archive_write_set_format_zip(a) == ARCHIVE_OK, "zip");
    else
        need(archive_write_set_format_pax_restricted(a) == ARCHIVE_OK, "tar");
    if (strcmp(format, "tar.gz") == 0)
        need(archive_write_add_filter_gzip(a) == ARCHIVE_OK, "gzip");
    if (strcmp(format, "tar.xz") == 0)
        need(archive_write_add_filter_xz(a) == ARCHIVE_OK, "xz");
    need(archive_write_open_filename(a, path) == ARCHIVE_OK, "open");
    return (struct archive_maker *)a;
}

static struct archive_entry *entry(const char *name, unsigned type, size_t n)
{
    struct archive_entry *e = archive_entry_new();
    need(e != NULL, "archive_entry_new");
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, type);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)n);
    return e;
}

static void put_header(struct archive_maker *m, struct archive_entry *e)
{
    need(archive_write_header(own(m), e) == ARCHIVE_OK, "header");
    archive_entry_free(e);
}

void archive_put(struct archive_maker *m, const char *name, const void *bytes, size_t n)
{
    put_header(m, entry(name, AE_IFREG, n));
    need(archive_write_data(own(m), bytes, n) == (la_ssize_t)n, "data");
}

void archive_put_many(struct archive_maker *m, const char *name, int byte, size_t n)
{
    char block[1 << 16];
    memset(block, byte, sizeof block);
    put_header(m, entry(name, AE_IFREG, n));
    for (size_t left = n; left != 0;) {
        size_t k = left < sizeof block ? left : sizeof block;
        need(archive_write_data(own(m), block, k) == (la_ssize_t)k, "data");
        left -= k;
    }
}

void archive_put_symlink(struct archive_maker *m, const char *name, const char *target)
{
    struct archive_entry *e = entry(name, AE_IFLNK, 0);
    archive_entry_set_symlink(e, target);
    put_header(m, e);
}

void archive_put_hardlink(struct archive_maker *m, const char *name, const char *target)
{
    struct archive_entry *e = entry(name, AE_IFREG, 0);
    archive_entry_set_hardlink(e, target);
    put_header(m, e);
}

void archive_put_device(struct archive_maker *m, const char *name)
{
    struct archive_entry *e = entry(name, AE_IFCHR, 0);
    archive_entry_set_rdevmajor(e, 1);
    archive_entry_set_rdevminor(e, 3);
    put_header(m, e);
}

void archive_done(struct archive_maker *m)
{
    need(archive_write_close(own(m)) == ARCHIVE_OK, "close");
    archive_write_free(own(m));
}
