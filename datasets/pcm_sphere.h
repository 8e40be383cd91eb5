/* pcm_sphere.h - the header of a NIST SPHERE file. */
#ifndef DATASETS_PCM_SPHERE_H
#define DATASETS_PCM_SPHERE_H

#include "base/status.h"

#include <stddef.h>

struct sphere {
    size_t header_bytes; /* the samples begin there */
    long count, channels, rate, sample_bytes, min, max;
    int has_count, has_channels, has_rate, has_min, has_max;
    int big_endian;
    char coding[64]; /* "pcm" if the header does not say */
};

/* Reads the fields of a header, each line `key -type value`; E_FORMAT as `name:line: reason` for
 * what is no such header. */
enum status sphere_parse(const char *bytes, size_t n, const char *name, struct sphere *out);

#endif
