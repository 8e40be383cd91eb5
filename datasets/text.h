/* text.h - what every text corpus must be before anyone reads words from it. */
#ifndef DATASETS_TEXT_H
#define DATASETS_TEXT_H

#include "base/status.h"

#include <stddef.h>

enum { TEXT_MAX_LINE = 1 << 16 }; /* bytes of the longest line accepted, without its LF */

/* Called for every line, without its LF; lines are numbered from 1. Anything but OK stops. */
typedef enum status text_line_fn(void *ctx, const char *line, size_t n, size_t number);

/* Walks the lines of n bytes. Lines end at LF only (a corpus may hold U+0085 or U+2028 in a line);
 * the last one may lack it. E_FORMAT as `name:line: reason` for an empty file, a byte-order mark,
 * an HTML page or a git-lfs pointer in place of the text, a NUL byte, invalid UTF-8 (Unicode 15,
 * table 3-7: no overlong forms, no surrogates), and a line over TEXT_MAX_LINE. */
enum status text_each_line(const char *bytes, size_t n, const char *name, text_line_fn *fn,
                           void *ctx);

/* The parts of it, for texts that do not come in lines: what the first bytes of a file must not be
 * (`name:1: reason`), and what a line must be. */
enum status text_check_start(const char *bytes, size_t n, const char *name);
enum status text_check_line(const char *line, size_t n, const char *name, size_t number);

#endif
