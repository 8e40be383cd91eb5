#include "datasets/members.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "datasets/archive.h"
#include "datasets/folder.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>

enum { N_STYLES = 3, FOLDER_DEPTH = 4 };

/* The first is Mikolov's, and ours in the data folder. */
static const char *const style_file[N_STYLES][N_SPLITS] = {
    {"ptb.train.txt", "ptb.valid.txt", "ptb.test.txt"},
    {"train.txt", "valid.txt", "test.txt"},
    {"wiki.train.tokens", "wiki.valid.tokens", "wiki.test.tokens"},
};

/* A style may be met twice with different bytes, which matters only if it is the one chosen: an
 * archive with all of ptb.*.txt may hold any number of other train.txt. */
struct search {
    const char *path;
    struct members found[N_STYLES];
    char *twin[N_STYLES]; /* a second, different file of one name */
    int twin_split[N_STYLES];
};

const char *members_file(enum split s)
{
    return style_file[0][s];
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static int find_style(const char *member, int *style, int *split)
{
    for (*style = 0; *style < N_STYLES; ++*style)
        for (*split = 0; *split < N_SPLITS; ++*split)
            if (strcmp(base_name(member), style_file[*style][*split]) == 0)
                return 1;
    return 0;
}

static int want(void *ctx, const char *member)
{
    int style, split;
    return find_style(member, &style, &split);
}

static enum status take(void *ctx, const char *member, const char *bytes, size_t n)
{
    struct search *search = ctx;
    int style, i;
    if (!find_style(member, &style, &i))
        return OK;
    struct members *m = &search->found[style];
    if (m->bytes[i] != NULL && m->n_bytes[i] == n && memcmp(m->bytes[i], bytes, n) == 0)
        return OK;
    if (m->bytes[i] != NULL) {
        search->twin_split[style] = i;
        return search->twin[style] == NULL ? file_join(&search->twin[style], search->path, member)
                                           : OK;
    }
    TRY(file_join(&m->name[i], search->path, member));
    TRY(mem_copy(&m->bytes[i], bytes, n, 1));
    m->n_bytes[i] = n;
    return OK;
}

/* A file that is itself a member stands for its folder. */
static enum status walk_siblings(struct search *search, struct member_visitor *v)
{
    char *dir;
    TRY(mem_text(&dir, search->path));
    char *slash = strrchr(dir, '/');
    if (slash == NULL)
        strcpy(dir, "."); /* fits: a path has at least one byte */
    else
        slash[slash == dir] = '\0';
    search->path = dir;
    enum status s = folder_walk(dir, 0, v);
    search->path = "";
    mem_free(dir);
    return s;
}

static enum status walk(struct search *search, uint64_t expected_bytes)
{
    struct member_visitor v = {want, take, search, expected_bytes};
    struct stat st;
    if (stat(search->path, &st) != 0)
        return fail(E_IO, "%s: cannot open: %s", search->path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return folder_walk(search->path, FOLDER_DEPTH, &v);
    if (want(NULL, search->path))
        return walk_siblings(search, &v);
    return archive_walk(search->path, &v);
}

static int count_found(const struct members *m)
{
    int n = 0;
    for (int i = 0; i < N_SPLITS; i++)
        n += m->bytes[i] != NULL;
    return n;
}

/* Names the first file that lacks in the style that is nearest to complete. */
static enum status missing(const struct search *search, const char *path)
{
    int best = 0, i = 0;
    for (int style = 1; style < N_STYLES; style++)
        if (count_found(&search->found[style]) > count_found(&search->found[best]))
            best = style;
    while (search->found[best].bytes[i] != NULL)
        i++;
    return fail(E_FORMAT, "%s: %s is missing (expected %s, %s and %s)", path, style_file[best][i],
                style_file[best][0], style_file[best][1], style_file[best][2]);
}

/* Moves the first complete style out of the search. */
static enum status choose(struct search *search, const char *path, struct members *out)
{
    int style = 0;
    while (style < N_STYLES && count_found(&search->found[style]) < N_SPLITS)
        style++;
    if (style == N_STYLES)
        return missing(search, path);
    struct members *m = &search->found[style];
    if (search->twin[style] != NULL)
        return fail(E_FORMAT, "%s: two different files of one name, %s and %s", path,
                    m->name[search->twin_split[style]], search->twin[style]);
    *out = *m;
    *m = (struct members){0};
    return OK;
}

enum status members_find(const char *path, uint64_t expected_bytes, struct members *out)
{
    struct search search = {.path = path};
    *out = (struct members){0};
    enum status s = walk(&search, expected_bytes);
    if (s == OK)
        s = choose(&search, path, out);
    for (int i = 0; i < N_STYLES; i++) {
        members_release(&search.found[i]);
        mem_free(search.twin[i]);
    }
    return s;
}

void members_release(struct members *m)
{
    for (int i = 0; i < N_SPLITS; i++) {
        mem_free(m->name[i]);
        mem_free(m->bytes[i]);
    }
    *m = (struct members){0};
}

void members_view(const struct members *m, struct ptb_member view[N_SPLITS])
{
    for (int i = 0; i < N_SPLITS; i++)
        view[i] = (struct ptb_member){m->name[i], m->bytes[i], m->n_bytes[i]};
}

enum status members_digests(const struct members *m, char sha256[N_SPLITS][HASH_HEX])
{
    for (int i = 0; i < N_SPLITS; i++)
        TRY(hash_bytes(m->bytes[i], m->n_bytes[i], sha256[i]));
    return OK;
}

enum status members_dataset(const struct members *m, struct dataset **out)
{
    struct ptb_member view[N_SPLITS];
    struct ptb_corpus c;
    struct dataset *ds;
    members_view(m, view);
    TRY(ptb_read(view, &c));
    enum status s = mem_new(&ds, 1, sizeof *ds);
    if (s != OK) {
        ptb_release(&c);
        return s;
    }
    *ds = (struct dataset){.task = TASK_LM, .vocab = c.vocab, .entropy_nats = NAN};
    memcpy(ds->tokens, c.tokens, sizeof ds->tokens);
    memcpy(ds->n_tokens, c.n_tokens, sizeof ds->n_tokens);
    *out = ds;
    return OK;
}
