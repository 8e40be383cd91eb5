/* fuzz_phn.c - any bytes go to the reader of .PHN; the first two are the length of the audio. */
#include "base/mem.h"
#include "datasets/phn.h"
#include "datasets/phones.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Spans lie end to end from 0 within the audio. */
static void check(const struct phn *p, size_t n_samples)
{
    size_t last = 0, at = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct span *s = &p->span[i];
        if (s->begin != last || s->end <= s->begin || s->phone < 0 || s->phone >= N_PHONES)
            abort();
        last = s->end;
        if (phn_at(p, s->begin, &at) != s->phone)
            abort();
    }
    if (p->n == 0 || last > n_samples)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct phn p;
    if (size < 2)
        return 0;
    const size_t n_samples = (size_t)data[0] << 8 | data[1];
    enum status s = phn_read((const char *)data + 2, size - 2, "f", n_samples, &p);
    if (s == OK)
        check(&p, n_samples);
    else if (s != E_FORMAT || p.span != NULL || strncmp(status_message(), "f:", 2) != 0)
        abort();
    mem_free(p.span);
    return 0;
}
