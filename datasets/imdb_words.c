#include "datasets/imdb_words.h"

#include "base/mem.h"

#include <string.h>

static int is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static int is_word(char c)
{
    return is_letter(c) || (c >= '0' && c <= '9');
}

/* A copy in lower case, and a NUL behind it, at which every run of letters ends. */
static enum status lowered(const char *text, size_t n, char **out)
{
    static const char tag[] = "<br />";
    const size_t n_tag = sizeof tag - 1;
    TRY(mem_new(out, n + 1, 1));
    for (size_t i = 0; i < n; i++) {
        const char c = text[i];
        if (c == '<' && n - i >= n_tag && memcmp(text + i, tag, n_tag) == 0) {
            memset(*out + i, ' ', n_tag);
            i += n_tag - 1;
        } else {
            (*out)[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
    }
    return OK;
}

/* One past the word that begins at p. */
static const char *end_of_word(const char *p)
{
    while (is_word(*p))
        p++;
    if (*p != '\'' || !is_letter(p[1]))
        return p;
    for (p++; is_letter(*p);)
        p++;
    return p;
}

enum status imdb_each_word(const char *text, size_t n, imdb_word_fn *fn, void *ctx)
{
    char *low;
    TRY(lowered(text, n, &low));
    enum status s = OK;
    for (const char *p = low, *end = low + n; s == OK && p < end;) {
        if (!is_word(*p)) {
            p++;
            continue;
        }
        const char *stop = end_of_word(p);
        s = fn(ctx, p, (size_t)(stop - p));
        p = stop;
    }
    mem_free(low);
    return s;
}
