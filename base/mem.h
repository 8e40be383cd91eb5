/* mem.h - checked, zeroed, 64-byte aligned memory. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/status.h"

#include <stddef.h>

enum { MEM_ALIGN = 64 }; /* a cache line, and the widest vector register */

/* Stores in *pp a zeroed block of n*size bytes, aligned to MEM_ALIGN, never NULL (n = 0 gives a
 * block that may not be read). `pp` is the address of any object pointer.
 * E_NOMEM, with *pp = NULL, if n*size overflows or memory is short. Free with mem_free. */
enum status mem_new(void *pp, size_t n, size_t size);

/* As mem_new, filled with a copy of n*size bytes of src. */
enum status mem_copy(void *pp, const void *src, size_t n, size_t size);

/* As mem_new, a copy of the string. */
enum status mem_text(char **pp, const char *text);

/* Frees a block of mem_new; NULL is fine. */
void mem_free(void *p);

/* Grows the array *pp from n_old to n_new entries of `size` bytes; the new ones are zero.
 * On failure *pp is as before. */
enum status mem_grow(void *pp, size_t n_old, size_t n_new, size_t size);

/* 1 and the product in *out, or 0 when a*b does not fit. */
int mem_mul(size_t a, size_t b, size_t *out);

#endif
