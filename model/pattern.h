/* pattern.h - where the kept weights of a matrix may stand: every pattern behind one interface. */
#ifndef MODEL_PATTERN_H
#define MODEL_PATTERN_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum pattern_kind {
    PATTERN_DENSE,        /* all stay */
    PATTERN_ROW,          /* in every row the k largest */
    PATTERN_BANK,         /* bank:B - the same, and evenly over banks of B columns */
    PATTERN_NM,           /* nm:N:M - exactly N of every M columns */
    PATTERN_UNSTRUCTURED, /* the largest of a matrix */
    PATTERN_GLOBAL,       /* unstructured:global - the largest of all matrices together */
    PATTERN_BLOCK,        /* block:RxC - whole blocks of R rows and C columns */
    PATTERN_COLUMN,       /* in every column equally many */
    PATTERN_KINDS
};

/* A pattern with its parameters; all zero is dense. */
struct pattern {
    enum pattern_kind kind;
    int a, b;   /* bank: B and 0; nm: N and M; block: R and C; else 0 */
    int random; /* 1: chosen by random numbers in place of magnitudes (the control `+random`) */
};

enum { PATTERN_TEXT = 48, PATTERN_MOST = 1 << 26 }; /* bytes of a text; the largest parameter */

/* Reads "row", "bank:32", "nm:2:4", "unstructured:global", "block:4x4", each also with "+random"
 * behind it. E_USAGE for anything else; the text may come from a file and is of any length. */
enum status pattern_parse(const char *text, struct pattern *out);

/* Writes the text that pattern_parse reads; returns room. */
const char *pattern_text(const struct pattern *p, char room[PATTERN_TEXT]);

/* All forms, "dense, row, bank:B, ...", and one line about each kind for help. */
const char *pattern_forms(void);
const char *pattern_about(enum pattern_kind kind);
const char *pattern_form(enum pattern_kind kind);

/* 1 if every row keeps exactly k; else k is only the fullest row. */
int pattern_is_balanced(const struct pattern *p);

/* 1 if ratios of W_x and W_h apart mean something; 0 for dense, nm and unstructured:global, which
 * fix them by themselves. */
int pattern_takes_ratios(const struct pattern *p);

/* 1 and in *s the sparsity 1 - N/M if the pattern itself fixes it (nm), else 0. */
int pattern_own_sparsity(const struct pattern *p, double *s);

/* The mask of w [rows][cols] that keeps n weights, as near as the pattern comes to it, larger |w|
 * first, ties the one that comes first in reading order. n is rows*k of the row pattern at the same
 * sparsity, so all patterns are asked for equal counts:
 *   row, bank   exactly n. A bank [s,e) of a row keeps floor(e*k/cols) - floor(s*k/cols); the last
 *               one may be short
 *   nm          N of every M columns whatever n is; the t columns of a short last group keep
 *               floor(t*N/M + 1/2), and a row never none
 *   unstructured exactly n
 *   block       by mean |w|, whole blocks as long as the count comes nearer to n (a tie: fewer);
 *               blocks at the edges may be smaller; one at least
 *   column      floor(n/cols + 1/2) in every column, one at least
 * keep [rows][cols] gets 1 or 0. n = 0 keeps none (nm: its own count). */
enum status pattern_mask(const struct pattern *p, const float *w, int rows, int cols, size_t n,
                         uint8_t *keep);

/* The mask of a matrix that was pruned before: its nonzeros and, where a kept weight is 0 by
 * accident, the lowest free places that the pattern needs (block: whole blocks). k is the count of
 * the fullest row, or what the file states. E_FORMAT if the nonzeros are not of this pattern. */
enum status pattern_complete(const struct pattern *p, const float *w, int rows, int cols, int k,
                             uint8_t *keep);

/* Kept weights of the fullest row. */
int pattern_fullest(const uint8_t *keep, int rows, int cols);

/* E_CHECK, saying where, unless keep is of the pattern with k in every row (not balanced: at most
 * k). */
enum status pattern_check(const struct pattern *p, const uint8_t *keep, int rows, int cols, int k);

/* Marks in keep the k largest of |w[0]|, |w[stride]|, .. (n of them; the others get 0), ties the
 * lower index. room [n]. */
void pattern_largest(const float *w, size_t n, size_t stride, size_t k, uint32_t *room,
                     uint8_t *keep);

#endif
