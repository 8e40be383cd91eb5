/* guarded.h - arrays that fault when they are read or written past an end. */
#ifndef TESTS_GUARDED_H
#define TESTS_GUARDED_H

#include <stddef.h>

/* One array of at most GUARDED_BYTES between two pages that nobody may touch. */
enum { GUARDED_BYTES = 1 << 16 };
struct guarded {
    unsigned char *base; /* first byte after the page in front */
    unsigned char *at;   /* the array in use */
    size_t n;            /* its bytes */
};

/* Maps the pages; they are kept until the process ends. */
void guarded_map(struct guarded *g);

/* Places an array of n bytes: ending right before the page behind (place 0), beginning right after
 * the page in front (place 1), or `skew` bytes after that (place 2). What lies around it is filled
 * with a pattern. Returns its address. */
void *guarded_place(struct guarded *g, size_t n, int place, size_t skew);

/* 1 if the pattern around the array is as it was. */
int guarded_intact(const struct guarded *g);

#endif
