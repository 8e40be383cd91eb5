/* pattern_type.h - what one kind of pattern is to pattern.c; private to model/pattern*.c. */
#ifndef MODEL_PATTERN_TYPE_H
#define MODEL_PATTERN_TYPE_H

#include "model/pattern.h"

/* A matrix, or its mask, with the pattern that it is to have. */
struct pattern_job {
    const struct pattern *p;
    int rows, cols;
    uint32_t *room; /* [rows*cols] for pattern_largest */
};

struct pattern_type {
    const char *word;  /* "bank" */
    const char *form;  /* "bank:B" */
    const char *about; /* one line for help */
    int n_params;      /* 0, 1 or 2 */
    char between;      /* parts two parameters */
    int is_balanced;   /* 1: every row keeps the same count */
    /* pattern_mask of n weights. */
    enum status (*mask)(const struct pattern_job *j, const float *w, size_t n, uint8_t *keep);
    /* The n for which `mask` gives back a mask whose nonzeros are w's. */
    size_t (*fit)(const struct pattern_job *j, const float *w, int k);
    /* What must hold beside the counts of the rows; NULL: nothing. */
    enum status (*check)(const struct pattern_job *j, const uint8_t *keep, int k);
};

extern const struct pattern_type pattern_dense, pattern_row, pattern_bank, pattern_nm;
extern const struct pattern_type pattern_unstructured, pattern_global, pattern_block,
    pattern_column;

#endif
