#include "datasets/imdb_find.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/folder.h"
#include "datasets/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { FOLDER_DEPTH = 4, N_TAIL = 3 };

struct search {
    const char *path;
    struct bundle tree, table; /* reviews of the tree, and of a CSV */
};

/* The last three components of a name, or NULL if it has fewer. */
static const char *tail_of(const char *member)
{
    int slashes = 0;
    for (const char *p = member + strlen(member); p != member; p--)
        if (p[-1] == '/' && ++slashes == N_TAIL)
            return p;
    return slashes == N_TAIL - 1 ? member : NULL;
}

/* 1 if a name's last three components are those of a review, whatever the file's own name. */
static int is_review(const char *member)
{
    static const char *const folder[] = {"train/neg/", "train/pos/", "test/neg/", "test/pos/"};
    const char *tail = tail_of(member);
    for (int i = 0; tail != NULL && i < 4; i++)
        if (strncmp(tail, folder[i], strlen(folder[i])) == 0)
            return tail[strlen(folder[i])] != '.'; /* what desktops leave in folders */
    return 0;
}

static int is_table(const char *member)
{
    const char *slash = strrchr(member, '/');
    return strcasecmp(slash != NULL ? slash + 1 : member, "IMDB Dataset.csv") == 0;
}

static int want(void *ctx, const char *member)
{
    return is_review(member) || is_table(member);
}

/* ID_RATING.txt, the rating on the side of its folder. */
static enum status check_name(const char *full, const char *tail)
{
    const char *file = strrchr(tail, '/') + 1;
    size_t id = strspn(file, "0123456789"), rating = 0;
    if (id != 0 && file[id] == '_')
        rating = strspn(file + id + 1, "0123456789");
    if (rating == 0 || rating > 2 || strcmp(file + id + 1 + rating, ".txt") != 0)
        return fail(E_FORMAT, "%s: the name is no review's (expected ID_RATING.txt)", full);
    const int stars = atoi(file + id + 1), pos = strstr(tail, "/pos/") != NULL;
    if (pos ? stars < 7 || stars > 10 : stars < 1 || stars > 4)
        return fail(E_FORMAT, "%s: rated %d among the %s reviews (expected %s)", full, stars,
                    pos ? "positive" : "negative", pos ? "7 to 10" : "1 to 4");
    return OK;
}

static enum status no_line(void *ctx, const char *line, size_t n, size_t number)
{
    return OK;
}

static enum status take_review(struct search *s, const char *full, const char *member,
                               const char *bytes, size_t n)
{
    const char *tail = tail_of(member);
    TRY(check_name(full, tail));
    TRY(text_each_line(bytes, n, full, no_line, NULL));
    return bundle_add(&s->tree, tail, NULL, bytes, n);
}

static enum status take(void *ctx, const char *member, const char *bytes, size_t n)
{
    struct search *search = ctx;
    char *full;
    TRY(file_join(&full, search->path, member));
    enum status s = is_review(member) ? take_review(search, full, member, bytes, n)
                                      : imdb_read_csv(bytes, n, full, &search->table);
    mem_free(full);
    return s;
}

static int is_csv_file(const char *path)
{
    size_t n = strlen(path);
    return n > 4 && strcasecmp(path + n - 4, ".csv") == 0 && !file_is_folder(path);
}

static enum status walk_csv(struct search *search, size_t most)
{
    char *bytes;
    size_t n;
    TRY(file_read(search->path, most, &bytes, &n));
    enum status s = imdb_read_csv(bytes, n, search->path, &search->table);
    mem_free(bytes);
    return s;
}

static enum status walk(struct search *search, uint64_t expected_bytes)
{
    struct member_visitor v = {want, take, search, expected_bytes};
    if (is_csv_file(search->path))
        return walk_csv(search, (size_t)(MEMBER_EXCESS * expected_bytes));
    if (file_is_folder(search->path))
        return folder_walk(search->path, FOLDER_DEPTH, &v);
    return archive_walk(search->path, &v);
}

enum status imdb_find(const char *path, uint64_t expected_bytes, struct bundle *out)
{
    struct search search = {.path = path};
    *out = (struct bundle){0};
    enum status s = walk(&search, expected_bytes);
    struct bundle *found = search.tree.n != 0 ? &search.tree : &search.table;
    if (s == OK && found->n == 0)
        s = fail(E_FORMAT,
                 "%s: no review in it (expected aclImdb with {train,test}/{pos,neg}/*.txt, or "
                 "'IMDB Dataset.csv')",
                 path);
    if (s == OK)
        s = bundle_sort(found, path);
    if (s == OK) {
        *out = *found;
        *found = (struct bundle){0};
    }
    bundle_release(&search.tree);
    bundle_release(&search.table);
    return s;
}
