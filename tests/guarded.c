#include "tests/guarded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, ZONE = 256, PATTERN = 0xc5 };

void guarded_map(struct guarded *g)
{
    unsigned char *p = mmap(NULL, GUARDED_BYTES + 2 * PAGE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p, PAGE, PROT_NONE) != 0 ||
        mprotect(p + PAGE + GUARDED_BYTES, PAGE, PROT_NONE) != 0) {
        perror("guarded: mmap");
        abort();
    }
    g->base = g->at = p + PAGE;
    g->n = 0;
}

/* Ends of the zone of pattern in front of the array and behind it. */
static unsigned char *front(const struct guarded *g)
{
    return g->at - g->base < ZONE ? g->base : g->at - ZONE;
}

static unsigned char *back(const struct guarded *g)
{
    unsigned char *end = g->base + GUARDED_BYTES, *behind = g->at + g->n;
    return end - behind < ZONE ? end : behind + ZONE;
}

void *guarded_place(struct guarded *g, size_t n, int place, size_t skew)
{
    if (n + skew > GUARDED_BYTES)
        abort();
    g->n = n;
    g->at = place == 0 ? g->base + GUARDED_BYTES - n : g->base + (place == 1 ? 0 : skew);
    memset(front(g), PATTERN, (size_t)(back(g) - front(g)));
    return g->at;
}

int guarded_intact(const struct guarded *g)
{
    for (const unsigned char *p = front(g); p < back(g); p++)
        if ((p < g->at || p >= g->at + g->n) && *p != PATTERN)
            return 0;
    return 1;
}
