/* compare_cells.h - what the tables of compare.h share. */
#ifndef RESULTS_COMPARE_CELLS_H
#define RESULTS_COMPARE_CELLS_H

#include "base/strbuf.h"
#include "results/grid.h"
#include "results/number.h"
#include "results/row.h"
#include "results/rowfile.h"
#include "results/sheet_out.h"

/* The cells of one line of a grid. */
enum { COMPARE_CELLS = 16 };
struct compare_line {
    char cell[COMPARE_CELLS][96];
    size_t n;
    int failed; /* 1: no memory for a cell; compare_add tells */
};

/* Add a cell: a text, a number to some digits ("" unless finite), a change with its sign. */
void compare_text(struct compare_line *l, const char *text);
void compare_number(struct compare_line *l, double v, int digits);
void compare_change(struct compare_line *l, double v, int digits, const char *unit);
enum status compare_add(struct grid *g, const struct compare_line *l);

/* A number cell of a row, NaN if it is none. */
double compare_value(const struct row *r, enum column c);

/* 1 if both rows have the same text there. */
int compare_same(const struct row *a, const struct row *b, const enum column *c, size_t n);

/* 1 if both rows are of the same weights on the same split of the same data. */
int compare_same_weights(const struct row *a, const struct row *b);

/* Which part of its split a row's score is of, as its note tells: "the first 3000 tokens", "unseen
 * texts"; "" for all of it. */
enum { COMPARE_PART = 64 };
const char *compare_part(const struct row *r, char room[COMPARE_PART]);

/* 1 if both rows are of the same weights on the same part of the same split. */
int compare_same_score(const struct row *a, const struct row *b);

/* 1 if rows[i] is the first that scores its weights on its part of the split. */
int compare_is_first_score(const struct rows *rows, size_t i);

/* The first score in a number format of the weights of `r` on the same part; NaN if there is
 * none. */
double compare_score_in(const struct rows *rows, const struct row *r, const char *precision);

/* The columns that tell which weights were scored on what, and their cells of a row. */
/* clang-format off */
#define COMPARE_NET_COLUMNS                                                                        \
    {"data set", 0}, {"split", 0}, {"net", 0}, {"seed", 1}, {"pattern", 0}, {"S_x/S_h", 1},        \
    {"overall", 1}
/* clang-format on */
void compare_net(struct compare_line *l, const struct row *r);

/* Fills a table with a line for every net that was scored: add_line of the first row that scores
 * it, which may add none. Nothing is appended if no line was added. Releases the grid. */
typedef enum status compare_line_fn(struct grid *g, const struct rows *rows, const struct row *r);
enum status compare_each_net(const struct rows *rows, struct grid *g, compare_line_fn *add_line,
                             const char *title, const char *notes, struct sheet_out *out);

/* 1 if the rows have about the same overall sparsity: patterns round it. */
int compare_same_overall(const struct row *a, const struct row *b);

/* 1 if the row's metric counts: it is there, and what is invalid about the row is its latency at
 * most. */
int compare_has_score(const struct row *r);

/* 1 if S_x is S_h. */
int compare_has_one_ratio(const struct row *r);

/* 1 if lower values of this row's metric are better. */
int compare_lower_is_better(const struct row *r);

#endif
