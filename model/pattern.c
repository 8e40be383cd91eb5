#include "model/pattern.h"

#include "base/mem.h"
#include "model/pattern_type.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct pattern_type *const types[PATTERN_KINDS] = {
    [PATTERN_DENSE] = &pattern_dense,   [PATTERN_ROW] = &pattern_row,
    [PATTERN_BANK] = &pattern_bank,     [PATTERN_NM] = &pattern_nm,
    [PATTERN_BLOCK] = &pattern_block,   [PATTERN_UNSTRUCTURED] = &pattern_unstructured,
    [PATTERN_COLUMN] = &pattern_column, [PATTERN_GLOBAL] = &pattern_global,
};

static const char RANDOM[] = "+random";

/* A parameter without sign or leading zero; what follows it, or NULL. */
static const char *read_whole(const char *text, int *out)
{
    int v = 0;
    const char *p = text;
    if (*p == '0')
        return NULL;
    for (; *p >= '0' && *p <= '9' && v <= PATTERN_MOST; p++)
        v = 10 * v + (*p - '0');
    *out = v;
    return p == text || v > PATTERN_MOST ? NULL : p;
}

/* ":32" or ":2:4" or ""; what follows, or NULL. */
static const char *read_params(const struct pattern_type *t, const char *rest, struct pattern *p)
{
    if (t->n_params == 0)
        return rest;
    if (*rest != ':')
        return NULL;
    rest = read_whole(rest + 1, &p->a);
    if (rest == NULL || t->n_params == 1)
        return rest;
    return *rest == t->between ? read_whole(rest + 1, &p->b) : NULL;
}

/* 1 if the whole text is of this kind. */
static int read_kind(enum pattern_kind kind, const char *text, struct pattern *out)
{
    const struct pattern_type *t = types[kind];
    size_t n = strlen(t->word);
    struct pattern p = {.kind = kind};
    if (strncmp(text, t->word, n) != 0)
        return 0;
    const char *rest = read_params(t, text + n, &p);
    p.random = rest != NULL && kind != PATTERN_DENSE && strcmp(rest, RANDOM) == 0;
    if (rest == NULL || (*rest != '\0' && !p.random) || (kind == PATTERN_NM && p.a > p.b))
        return 0;
    *out = p;
    return 1;
}

enum status pattern_parse(const char *text, struct pattern *out)
{
    for (int kind = 0; kind < PATTERN_KINDS; kind++)
        if (read_kind((enum pattern_kind)kind, text, out))
            return OK;
    return fail(E_USAGE, "unknown pattern '%.60s' (expected %s; B, N, M, R, C from 1, N <= M)",
                text, pattern_forms());
}

const char *pattern_text(const struct pattern *p, char room[PATTERN_TEXT])
{
    const struct pattern_type *t = types[p->kind];
    const char *tail = p->random ? RANDOM : "";
    if (t->n_params == 0)
        snprintf(room, PATTERN_TEXT, "%s%s", t->word, tail);
    else if (t->n_params == 1)
        snprintf(room, PATTERN_TEXT, "%s:%d%s", t->word, p->a, tail);
    else
        snprintf(room, PATTERN_TEXT, "%s:%d%c%d%s", t->word, p->a, t->between, p->b, tail);
    return room;
}

const char *pattern_forms(void)
{
    return "dense, row, bank:B, nm:N:M, unstructured, unstructured:global, block:RxC, column, "
           "with +random behind it for the control";
}

const char *pattern_form(enum pattern_kind kind)
{
    return types[kind]->form;
}

const char *pattern_about(enum pattern_kind kind)
{
    return types[kind]->about;
}

int pattern_is_balanced(const struct pattern *p)
{
    return types[p->kind]->is_balanced;
}

int pattern_takes_ratios(const struct pattern *p)
{
    return p->kind != PATTERN_DENSE && p->kind != PATTERN_NM && p->kind != PATTERN_GLOBAL;
}

int pattern_own_sparsity(const struct pattern *p, double *s)
{
    if (p->kind != PATTERN_NM)
        return 0;
    *s = 1 - (double)p->a / p->b;
    return 1;
}

enum status pattern_mask(const struct pattern *p, const float *w, int rows, int cols, size_t n,
                         uint8_t *keep)
{
    struct pattern_job j = {.p = p, .rows = rows, .cols = cols};
    TRY(mem_new(&j.room, (size_t)rows * (size_t)cols, sizeof *j.room));
    enum status s = types[p->kind]->mask(&j, w, n, keep);
    mem_free(j.room);
    return s;
}

enum status pattern_complete(const struct pattern *p, const float *w, int rows, int cols, int k,
                             uint8_t *keep)
{
    struct pattern_job j = {.p = p, .rows = rows, .cols = cols};
    char text[PATTERN_TEXT];
    TRY(pattern_mask(p, w, rows, cols, types[p->kind]->fit(&j, w, k), keep));
    for (size_t i = 0; i < (size_t)rows * (size_t)cols; i++)
        if (w[i] != 0 && !keep[i])
            return fail(E_FORMAT, "row %zu, column %zu: a weight that pattern %s has no place for",
                        i / (size_t)cols, i % (size_t)cols, pattern_text(p, text));
    return OK;
}

static int kept_of(const uint8_t *row, int cols)
{
    int n = 0;
    for (int j = 0; j < cols; j++)
        n += row[j] != 0;
    return n;
}

int pattern_fullest(const uint8_t *keep, int rows, int cols)
{
    int most = 0;
    for (int r = 0; r < rows; r++) {
        int n = kept_of(keep + (size_t)r * (size_t)cols, cols);
        most = n > most ? n : most;
    }
    return most;
}

enum status pattern_check(const struct pattern *p, const uint8_t *keep, int rows, int cols, int k)
{
    const struct pattern_type *t = types[p->kind];
    const struct pattern_job j = {.p = p, .rows = rows, .cols = cols};
    for (int r = 0; r < rows; r++) {
        int n = kept_of(keep + (size_t)r * (size_t)cols, cols);
        if (n > k || (t->is_balanced && n != k))
            return fail(E_CHECK, "row %d: the mask keeps %d (expected %s%d)", r, n,
                        t->is_balanced ? "" : "at most ", k);
    }
    return t->check != NULL ? t->check(&j, keep, k) : OK;
}

static uint32_t size_bits(const float *w)
{
    uint32_t bits;
    memcpy(&bits, w, sizeof bits);
    return bits & 0x7fffffff; /* of |w|; orders as |w| does */
}

/* The k-th largest of size[0..n), 1 <= k <= n, and in *equal how many of that size are among the k:
 * a digit of 8 bits a pass. */
static uint32_t kth_largest(const uint32_t *size, size_t n, size_t k, size_t *equal)
{
    uint32_t found = 0, mask = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        size_t count[256] = {0};
        for (size_t i = 0; i < n; i++)
            count[size[i] >> shift & 255] += (size[i] & mask) == found;
        uint32_t digit = 255;
        for (; count[digit] < k; digit--)
            k -= count[digit];
        found |= digit << shift;
        mask |= UINT32_C(255) << shift;
    }
    *equal = k;
    return found;
}

void pattern_largest(const float *w, size_t n, size_t stride, size_t k, uint32_t *room,
                     uint8_t *keep)
{
    size_t equal = 0;
    for (size_t i = 0; i < n; i++)
        room[i] = size_bits(&w[i * stride]);
    uint32_t least = k > 0 ? kth_largest(room, n, k, &equal) : UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        int tie = room[i] == least && equal > 0;
        keep[i * stride] = k > 0 && (room[i] > least || tie);
        equal -= (size_t)tie;
    }
}
