#include "base/file.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static enum status io_error(const char *path, const char *doing)
{
    return fail(E_IO, "%s: cannot %s: %s", path, doing, strerror(errno));
}

static enum status read_stream(FILE *f, const char *path, size_t max, struct strbuf *b)
{
    char block[1 << 16];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) {
        strbuf_add_bytes(b, block, n);
        if (b->n > max)
            return fail(E_FORMAT, "%s: larger than %zu bytes (the most that is read here)", path,
                        max);
        TRY(strbuf_check(b));
    }
    return ferror(f) ? io_error(path, "read") : OK;
}

enum status file_read(const char *path, size_t max, char **data, size_t *n)
{
    struct strbuf b = {0};
    struct stat st;
    *data = NULL;
    *n = 0;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return io_error(path, "open");
    enum status s = OK;
    if (fstat(fileno(f), &st) != 0 || S_ISDIR(st.st_mode))
        s = fail(E_IO, "%s: is a folder (expected a file)", path);
    strbuf_add(&b, "");
    if (s == OK)
        s = read_stream(f, path, max, &b);
    fclose(f);
    if (s == OK)
        s = strbuf_check(&b);
    if (s != OK) {
        strbuf_release(&b);
        return s;
    }
    *data = b.s;
    *n = b.n;
    return OK;
}

enum status outfile_begin(struct outfile *o, const char *path)
{
    struct strbuf b = {0};
    *o = (struct outfile){0};
    TRY(mem_text(&o->path, path));
    strbuf_addf(&b, "%s.%ld.tmp", path, (long)getpid());
    o->temp = b.s;
    enum status s = strbuf_check(&b);
    if (s == OK && (o->f = fopen(o->temp, "wb")) == NULL)
        s = io_error(path, "write");
    if (s != OK)
        outfile_drop(o);
    return s;
}

enum status outfile_write(struct outfile *o, const void *data, size_t n)
{
    if (n != 0 && fwrite(data, 1, n, o->f) != n)
        return io_error(o->path, "write");
    return OK;
}

static void sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = NULL;
    if (slash == NULL)
        dir = strdup(".");
    else
        dir = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    int fd = dir != NULL ? open(dir, O_RDONLY | O_DIRECTORY) : -1;
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
    free(dir);
}

enum status outfile_commit(struct outfile *o)
{
    enum status s = OK;
    if (fflush(o->f) != 0 || fsync(fileno(o->f)) != 0)
        s = io_error(o->path, "write");
    if (fclose(o->f) != 0 && s == OK)
        s = io_error(o->path, "write");
    o->f = NULL;
    if (s == OK && rename(o->temp, o->path) != 0)
        s = io_error(o->path, "replace");
    if (s == OK) {
        sync_folder_of(o->path);
        mem_free(o->temp);
        o->temp = NULL;
    }
    outfile_drop(o);
    return s;
}

void outfile_drop(struct outfile *o)
{
    if (o->f != NULL)
        fclose(o->f);
    if (o->temp != NULL)
        unlink(o->temp);
    mem_free(o->temp);
    mem_free(o->path);
    *o = (struct outfile){0};
}

enum status file_write(const char *path, const void *data, size_t n)
{
    struct outfile o;
    TRY(outfile_begin(&o, path));
    enum status s = outfile_write(&o, data, n);
    if (s != OK) {
        outfile_drop(&o);
        return s;
    }
    return outfile_commit(&o);
}

enum status file_mkdirs(const char *path)
{
    char *p;
    TRY(mem_text(&p, path));
    enum status s = OK;
    for (char *q = p + 1; s == OK && *q != '\0'; q++) {
        if (*q != '/')
            continue;
        *q = '\0';
        if (mkdir(p, 0777) != 0 && errno != EEXIST)
            s = io_error(p, "make the folder");
        *q = '/';
    }
    if (s == OK && mkdir(p, 0777) != 0 && (errno != EEXIST || !file_is_folder(p)))
        s = io_error(p, "make the folder");
    mem_free(p);
    return s;
}

int file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

int file_is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum status file_remove(const char *path)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return io_error(path, "remove");
    return OK;
}

enum status file_lock(const char *path, int *fd)
{
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (*fd < 0)
        return io_error(path, "open");
    int r;
    do {
        r = flock(*fd, LOCK_EX);
    } while (r != 0 && errno == EINTR);
    if (r == 0)
        return OK;
    close(*fd);
    *fd = -1;
    return io_error(path, "lock");
}

void file_unlock(int fd)
{
    if (fd >= 0)
        close(fd);
}

enum status file_join(char **out, const char *dir, const char *name)
{
    struct strbuf b = {0};
    size_t n = strlen(dir);
    strbuf_addf(&b, "%s%s%s", dir, n != 0 && dir[n - 1] == '/' ? "" : "/", name);
    *out = b.s;
    return strbuf_check(&b);
}

static enum status user_folder(char **out, const char *own, const char *xdg, const char *below_home)
{
    const char *v = getenv(own);
    if (v != NULL && *v != '\0')
        return mem_text(out, v);
    v = getenv(xdg);
    if (v != NULL && *v != '\0')
        return file_join(out, v, "brds");
    v = getenv("HOME");
    struct strbuf b = {0};
    strbuf_addf(&b, "%s/%s/brds", v != NULL ? v : ".", below_home);
    *out = b.s;
    return strbuf_check(&b);
}

enum status file_data_home(char **out)
{
    return user_folder(out, "BRDS_DATA", "XDG_DATA_HOME", ".local/share");
}

enum status file_cache_home(char **out)
{
    return user_folder(out, "BRDS_CACHE", "XDG_CACHE_HOME", ".cache");
}
