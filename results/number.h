/* number.h - numbers as text, the same under every locale. */
#ifndef RESULTS_NUMBER_H
#define RESULTS_NUMBER_H

#include <stdint.h>

enum { NUMBER_TEXT = 48 }; /* bytes that every number written here fits in, with its NUL */

/* Writes v as %.9g with a point whatever LC_NUMERIC says; "" if v is not finite. Returns out. */
char *number_write(char out[NUMBER_TEXT], double v);

/* Writes v for a person: `digits` significant digits (1..9), never fewer than those before the
 * point, no exponent within 1e-4 <= |v| < 1e9; "" if v is not finite. Returns out. */
char *number_round(char out[NUMBER_TEXT], double v, int digits);

/* 1 and the value in *out if the whole text is one finite decimal number with a point (no blanks,
 * no hexadecimal), else 0. */
int number_read(const char *text, double *out);

/* 1 and the value in *out if the whole text is one decimal integer that fits, else 0. */
int number_read_whole(const char *text, int64_t *out);

#endif
