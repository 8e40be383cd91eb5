/* phn.h - TIMIT's .PHN: which phone is said from which sample to which. */
#ifndef DATASETS_PHN_H
#define DATASETS_PHN_H

#include "base/status.h"

#include <stddef.h>

struct span {
    size_t begin, end; /* samples, end excluded */
    int phone;         /* of the 61 */
};

struct phn {
    struct span *span; /* [n], free with mem_free */
    size_t n;
};

/* Reads lines `BEGIN END PHONE` that follow each other without gap from sample 0. The last may end
 * before the audio of n_samples does. E_FORMAT as `name:line: reason` for whatever text_each_line
 * refuses, a malformed line, a begin that is not the end before it (gap or overlap), an end not
 * behind its begin or beyond the audio, an unknown phone. On failure *out is empty. */
enum status phn_read(const char *bytes, size_t n, const char *name, size_t n_samples,
                     struct phn *out);

/* The phone at a sample; the last one goes on to the end of the audio. Calls must not go back:
 * *at is where the last call stopped, 0 at first. */
int phn_at(const struct phn *p, size_t sample, size_t *at);

#endif
