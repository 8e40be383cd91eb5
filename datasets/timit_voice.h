/* timit_voice.h - the phones of timit-standin and how they sound. */
#ifndef DATASETS_TIMIT_VOICE_H
#define DATASETS_TIMIT_VOICE_H

#include "base/status.h"
#include "base/strbuf.h"

#include <stdint.h>

struct rng;

/* Who speaks: pulses a second, and what all resonances are multiplied with. */
struct voice {
    double pitch_hz, scale;
};

/* Draws one utterance of about n_phones phones and appends the lines of its .PHN file and the bytes
 * of its SPHERE file. */
enum status timit_voice_say(const struct voice *v, struct rng *rng, int n_phones,
                            struct strbuf *phn, struct strbuf *sphere);

#endif
