/* pattern_free.c - patterns that leave rows unequal: unstructured, column, block. */
#include "base/mem.h"
#include "model/pattern_type.h"

#include <math.h>
#include <stdlib.h>

static enum status mask_largest(const struct pattern_job *j, const float *w, size_t n,
                                uint8_t *keep)
{
    pattern_largest(w, (size_t)j->rows * (size_t)j->cols, 1, n, j->room, keep);
    return OK;
}

static size_t fit_nonzeros(const struct pattern_job *j, const float *w, int k)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)j->rows * (size_t)j->cols; i++)
        n += w[i] != 0;
    return n;
}

/* column */

static enum status mask_columns(const struct pattern_job *j, const float *w, size_t n,
                                uint8_t *keep)
{
    size_t cols = (size_t)j->cols, c = (2 * n + cols) / (2 * cols);
    c = c == 0 && n > 0 ? 1 : c;
    for (size_t i = 0; i < cols; i++)
        pattern_largest(w + i, (size_t)j->rows, cols, c, j->room, keep + i);
    return OK;
}

static size_t fit_columns(const struct pattern_job *j, const float *w, int k)
{
    size_t most = 0, cols = (size_t)j->cols;
    for (size_t i = 0; i < cols; i++) {
        size_t n = 0;
        for (size_t r = 0; r < (size_t)j->rows; r++)
            n += w[r * cols + i] != 0;
        most = n > most ? n : most;
    }
    return most * cols;
}

static enum status check_columns(const struct pattern_job *j, const uint8_t *keep, int k)
{
    int first = 0;
    for (int c = 0; c < j->cols; c++) {
        int n = 0;
        for (int r = 0; r < j->rows; r++)
            n += keep[(size_t)r * (size_t)j->cols + (size_t)c] != 0;
        first = c == 0 ? n : first;
        if (n != first)
            return fail(E_CHECK, "column %d keeps %d (expected %d, as column 0)", c, n, first);
    }
    return OK;
}

/* block */

struct block {
    double mean; /* of |w| */
    int r0, r1, c0, c1;
    size_t at; /* place in reading order */
};

static size_t area(const struct block *b)
{
    return (size_t)(b->r1 - b->r0) * (size_t)(b->c1 - b->c0);
}

static int parts(int whole, int part)
{
    return (int)(((int64_t)whole + part - 1) / part);
}

static size_t n_blocks(const struct pattern_job *j)
{
    return (size_t)parts(j->rows, j->p->a) * (size_t)parts(j->cols, j->p->b);
}

static int least(int64_t a, int64_t b)
{
    return (int)(a < b ? a : b);
}

/* Block number i in reading order. */
static struct block block_at(const struct pattern_job *j, size_t i)
{
    size_t across = (size_t)parts(j->cols, j->p->b);
    int64_t r = (int64_t)(i / across) * j->p->a, c = (int64_t)(i % across) * j->p->b;
    return (struct block){.r0 = (int)r,
                          .r1 = least(r + j->p->a, j->rows),
                          .c0 = (int)c,
                          .c1 = least(c + j->p->b, j->cols),
                          .at = i};
}

static double mean_of(const struct block *b, const float *w, int cols)
{
    double sum = 0;
    for (int r = b->r0; r < b->r1; r++)
        for (int c = b->c0; c < b->c1; c++)
            sum += fabs((double)w[(size_t)r * (size_t)cols + (size_t)c]);
    return sum / (double)area(b);
}

static void fill(const struct block *b, int cols, uint8_t value, uint8_t *keep)
{
    for (int r = b->r0; r < b->r1; r++)
        for (int c = b->c0; c < b->c1; c++)
            keep[(size_t)r * (size_t)cols + (size_t)c] = value;
}

/* Larger first; among equals the earlier. */
static int by_mean(const void *a, const void *b)
{
    const struct block *x = a, *y = b;
    if (x->mean != y->mean)
        return x->mean > y->mean ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* 1 if another `more` weights bring the count nearer to n. */
static int nearer(size_t kept, size_t more, size_t n)
{
    return kept < n && (kept + more <= n || kept + more - n < n - kept);
}

static enum status mask_blocks(const struct pattern_job *j, const float *w, size_t n, uint8_t *keep)
{
    struct block *b;
    size_t count = n_blocks(j), kept = 0;
    TRY(mem_new(&b, count, sizeof *b));
    for (size_t i = 0; i < count; i++) {
        b[i] = block_at(j, i);
        b[i].mean = mean_of(&b[i], w, j->cols);
    }
    qsort(b, count, sizeof *b, by_mean);
    for (size_t i = 0, open = n > 0; i < count; i++) {
        open = open && (i == 0 || nearer(kept, area(&b[i]), n));
        fill(&b[i], j->cols, (uint8_t)open, keep);
        kept += open ? area(&b[i]) : 0;
    }
    mem_free(b);
    return OK;
}

static int has_weight(const struct block *b, const float *w, int cols)
{
    for (int r = b->r0; r < b->r1; r++)
        for (int c = b->c0; c < b->c1; c++)
            if (w[(size_t)r * (size_t)cols + (size_t)c] != 0)
                return 1;
    return 0;
}

static size_t fit_blocks(const struct pattern_job *j, const float *w, int k)
{
    size_t n = 0;
    for (size_t i = 0; i < n_blocks(j); i++) {
        struct block b = block_at(j, i);
        n += has_weight(&b, w, j->cols) ? area(&b) : 0;
    }
    return n;
}

static enum status check_blocks(const struct pattern_job *j, const uint8_t *keep, int k)
{
    for (size_t i = 0; i < n_blocks(j); i++) {
        struct block b = block_at(j, i);
        int first = keep[(size_t)b.r0 * (size_t)j->cols + (size_t)b.c0] != 0;
        for (int r = b.r0; r < b.r1; r++)
            for (int c = b.c0; c < b.c1; c++)
                if ((keep[(size_t)r * (size_t)j->cols + (size_t)c] != 0) != first)
                    return fail(E_CHECK,
                                "row %d, column %d: the block from row %d, column %d is %s", r, c,
                                b.r0, b.c0, "kept in part (expected all or none)");
    }
    return OK;
}

const struct pattern_type pattern_unstructured = {
    .word = "unstructured",
    .form = "unstructured",
    .about = "the largest weights of each matrix, anywhere",
    .mask = mask_largest,
    .fit = fit_nonzeros,
};

/* prune_net gives each matrix its n by one threshold for all; the mask is then that of above. */
const struct pattern_type pattern_global = {
    .word = "unstructured:global",
    .form = "unstructured:global",
    .about = "the largest weights of all matrices together",
    .mask = mask_largest,
    .fit = fit_nonzeros,
};

const struct pattern_type pattern_block = {
    .word = "block",
    .form = "block:RxC",
    .about = "whole blocks of R rows and C columns",
    .n_params = 2,
    .between = 'x',
    .mask = mask_blocks,
    .fit = fit_blocks,
    .check = check_blocks,
};

const struct pattern_type pattern_column = {
    .word = "column",
    .form = "column",
    .about = "as many weights in every column",
    .mask = mask_columns,
    .fit = fit_columns,
    .check = check_columns,
};
