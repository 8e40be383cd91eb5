/* timit_find.h - the utterances of TIMIT or of its public sample, as a bundle.
 *
 * Files are called HALF/drN/SPKR/UTT.phn and .wav in lower case, HALF train or test of LDC's tree,
 * sample in NLTK's. SA sentences are not taken, nor speakers of test that are neither development
 * nor core test. */
#ifndef DATASETS_TIMIT_FIND_H
#define DATASETS_TIMIT_FIND_H

#include "base/status.h"
#include "datasets/bundle.h"

/* Finds (TRAIN|TEST)/DRn/SPKR/UTT.{WAV,PHN} in any case, else drN-spkr/utt.{wav,phn}, in a folder
 * and up to five levels below it or in an archive. `X.WAV.wav` beside `X.WAV` is left out, alone it
 * is taken. Speech and labels are checked (pcm.h, phn.h) under the names of their source. The
 * result is sorted: each utterance is a .phn and the .wav behind it. E_IO if `path` cannot be
 * opened; E_FORMAT for no utterance, one without speech or labels, two different files of one name,
 * and all that the readers refuse. On failure *out is empty. */
enum status timit_find(const char *path, struct bundle *out);

#endif
