/* pcm.h - speech files: NIST SPHERE and RIFF (WAVE), 16-bit PCM, one channel, 16 kHz.
 *
 * Headers are checked here against the bytes that are there, as readers of many formats cut a
 * truncated file to what it has without a word. */
#ifndef DATASETS_PCM_H
#define DATASETS_PCM_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { PCM_HZ = 16000 };

struct pcm {
    int16_t *sample; /* [n], free with mem_free */
    size_t n;
};

/* Decodes n bytes of a file called `name`. E_FORMAT, as `name: reason` or, in a SPHERE header,
 * `name:line: reason`: neither of the two formats; a header that is cut short or lacks a field;
 * sample_count absent or not above 0; shorten or another coding; other channels, rates or sample
 * sizes; fewer samples than the header says (both sizes are named), a RIFF chunk past the end;
 * sample_min or sample_max that are not those of the samples. What follows the samples is not
 * looked at. On failure *out is empty. */
enum status pcm_read(const char *bytes, size_t n, const char *name, struct pcm *out);

#endif
