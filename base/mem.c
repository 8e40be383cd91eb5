#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int mem_mul(size_t a, size_t b, size_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

enum status mem_new(void *pp, size_t n, size_t size)
{
    void *p = NULL;
    size_t bytes;
    memcpy(pp, &p, sizeof p);
    if (!mem_mul(n, size, &bytes) || bytes > SIZE_MAX - 2 * MEM_ALIGN)
        return fail(E_NOMEM, "memory: %zu x %zu bytes do not fit", n, size);
    size_t rounded = (bytes + MEM_ALIGN - 1) / MEM_ALIGN * MEM_ALIGN;
    p = aligned_alloc(MEM_ALIGN, rounded != 0 ? rounded : MEM_ALIGN);
    if (p == NULL)
        return fail(E_NOMEM, "memory: no room for %zu bytes", bytes);
    memset(p, 0, rounded);
    memcpy(pp, &p, sizeof p);
    return OK;
}

enum status mem_copy(void *pp, const void *src, size_t n, size_t size)
{
    TRY(mem_new(pp, n, size));
    void *p;
    memcpy(&p, pp, sizeof p);
    if (n * size != 0)
        memcpy(p, src, n * size);
    return OK;
}

enum status mem_text(char **pp, const char *text)
{
    return mem_copy(pp, text, strlen(text) + 1, 1);
}

void mem_free(void *p)
{
    free(p);
}

enum status mem_grow(void *pp, size_t n_old, size_t n_new, size_t size)
{
    void *old, *grown;
    memcpy(&old, pp, sizeof old);
    TRY(mem_new(&grown, n_new, size));
    if (old != NULL && n_old != 0)
        memcpy(grown, old, n_old * size);
    mem_free(old);
    memcpy(pp, &grown, sizeof grown);
    return OK;
}
