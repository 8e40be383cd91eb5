#include "datasets/pcm.h"

#include "base/mem.h"
#include "datasets/pcm_sphere.h"
#include "datasets/text.h"

#include <string.h>

static unsigned get16(const unsigned char *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)get16(p) | (uint32_t)get16(p + 2) << 16;
}

static enum status decode(const char *bytes, size_t n, int big_endian, struct pcm *out)
{
    const unsigned char *p = (const unsigned char *)bytes;
    TRY(mem_new(&out->sample, n, sizeof *out->sample));
    out->n = n;
    for (size_t i = 0; i < n; i++, p += 2)
        out->sample[i] = (int16_t)(big_endian ? p[0] << 8 | p[1] : p[1] << 8 | p[0]);
    return OK;
}

/* ---- SPHERE ---- */

static enum status check_sphere(const struct sphere *h, const char *name)
{
    if (strstr(h->coding, "shorten") != NULL)
        return fail(E_FORMAT,
                    "%s: is compressed with shorten, %s (expand it with sph2pipe or w_decode -o "
                    "pcm, then add it again)",
                    name, h->coding);
    if (strncmp(h->coding, "pcm", 3) != 0 || h->coding[3] == ',')
        return fail(E_FORMAT, "%s: sample_coding is %s (expected pcm)", name, h->coding);
    if (!h->has_count)
        return fail(E_FORMAT, "%s: the SPHERE header has no sample_count", name);
    if (h->count <= 0)
        return fail(E_FORMAT, "%s: sample_count is %ld (expected at least 1)", name, h->count);
    if (h->has_channels && h->channels != 1)
        return fail(E_FORMAT, "%s: has %ld channels (expected 1)", name, h->channels);
    if (!h->has_rate || h->rate != PCM_HZ)
        return fail(E_FORMAT, "%s: has %ld samples a second (expected %d)", name, h->rate, PCM_HZ);
    if (h->sample_bytes != 2)
        return fail(E_FORMAT, "%s: has %ld bytes a sample (expected 2)", name, h->sample_bytes);
    return OK;
}

static enum status check_range(const struct sphere *h, const struct pcm *p, const char *name)
{
    long min = p->sample[0], max = p->sample[0];
    for (size_t i = 1; i < p->n; i++) {
        min = p->sample[i] < min ? p->sample[i] : min;
        max = p->sample[i] > max ? p->sample[i] : max;
    }
    if ((h->has_min && h->min != min) || (h->has_max && h->max != max))
        return fail(E_FORMAT,
                    "%s: samples from %ld to %ld, but its header says %ld to %ld: the file is "
                    "damaged",
                    name, min, max, h->has_min ? h->min : min, h->has_max ? h->max : max);
    return OK;
}

static enum status read_sphere(const char *bytes, size_t n, const char *name, struct pcm *out)
{
    struct sphere h;
    TRY(sphere_parse(bytes, n, name, &h));
    TRY(check_sphere(&h, name));
    const size_t have = (n - h.header_bytes) / 2;
    if ((size_t)h.count > have)
        return fail(E_FORMAT, "%s: cut short: %zu bytes of samples where the header says %llu",
                    name, n - h.header_bytes, 2 * (unsigned long long)h.count);
    TRY(decode(bytes + h.header_bytes, (size_t)h.count, h.big_endian, out));
    return check_range(&h, out, name);
}

/* ---- RIFF ---- */

enum { WAVE_PCM = 1, WAVE_EXTENSIBLE = 0xfffe };

static enum status check_format(const unsigned char *p, size_t n, const char *name)
{
    if (n < 16)
        return fail(E_FORMAT, "%s: its fmt chunk has %zu bytes (expected at least 16)", name, n);
    unsigned coding = get16(p);
    if (coding == WAVE_EXTENSIBLE && n >= 26)
        coding = get16(p + 24);
    if (coding != WAVE_PCM)
        return fail(E_FORMAT, "%s: WAVE coding %u (expected 1, PCM)", name, coding);
    if (get16(p + 2) != 1)
        return fail(E_FORMAT, "%s: has %u channels (expected 1)", name, get16(p + 2));
    if (get32(p + 4) != PCM_HZ)
        return fail(E_FORMAT, "%s: has %u samples a second (expected %d)", name, get32(p + 4),
                    PCM_HZ);
    if (get16(p + 14) != 16)
        return fail(E_FORMAT, "%s: has %u bits a sample (expected 16)", name, get16(p + 14));
    return OK;
}

static enum status read_riff(const char *bytes, size_t n, const char *name, struct pcm *out)
{
    int has_format = 0;
    for (size_t at = 12; at + 8 <= n;) {
        const unsigned char *p = (const unsigned char *)bytes + at;
        const size_t size = get32(p + 4), left = n - at - 8;
        if (size > left)
            return fail(E_FORMAT,
                        "%s: cut short at byte %zu: the %.4s chunk has %zu bytes, the file %zu",
                        name, at, (const char *)p, size, left);
        if (memcmp(p, "fmt ", 4) == 0) {
            TRY(check_format(p + 8, size, name));
            has_format = 1;
        } else if (memcmp(p, "data", 4) == 0) {
            if (!has_format)
                return fail(E_FORMAT, "%s: samples at byte %zu before a fmt chunk", name, at);
            if (size < 2 || size % 2 != 0)
                return fail(E_FORMAT, "%s: %zu bytes of samples (expected a multiple of 2)", name,
                            size);
            return decode(bytes + at + 8, size / 2, 0, out);
        }
        at += 8 + size + size % 2;
    }
    return fail(E_FORMAT, "%s: the RIFF file has no data chunk", name);
}

static int is_shorten(const char *bytes, size_t n)
{
    return n >= 4 && memcmp(bytes, "ajkg", 4) == 0;
}

enum status pcm_read(const char *bytes, size_t n, const char *name, struct pcm *out)
{
    enum status s;
    *out = (struct pcm){0};
    if (n == 0)
        return fail(E_FORMAT, "%s: the file is empty (expected speech)", name);
    if (is_shorten(bytes, n))
        return fail(E_FORMAT, "%s: is compressed with shorten (expand it with shorten -x)", name);
    if (n >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WAVE", 4) == 0)
        s = read_riff(bytes, n, name, out);
    else if (n >= 4 && memcmp(bytes, "NIST", 4) == 0)
        s = read_sphere(bytes, n, name, out);
    else if ((s = text_check_start(bytes, n, name)) == OK) /* names a page or a pointer */
        s = fail(E_FORMAT, "%s: is neither a SPHERE nor a RIFF WAVE file", name);
    if (s != OK) {
        mem_free(out->sample);
        *out = (struct pcm){0};
    }
    return s;
}
