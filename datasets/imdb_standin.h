/* imdb_standin.h - `imdb-standin`: reviews whose class follows from negation at a distance.
 *
 * A review holds three verdicts on the film, up to two on something else, and idle sentences, in
 * random order. A verdict is `the SUBJECT was [NEGATOR] IDLE* WORD .`: a good word under a negator
 * is bad and the other way round, with up to eight idle words between them. The class is that of
 * two or three of the three verdicts on the film; those on other subjects count nothing. Of the
 * verdicts on the film three in ten are negated, so that words alone tell something, not all.
 * Nothing here claims to resemble English; the results' dataset_kind is `synthetic`. */
#ifndef DATASETS_IMDB_STANDIN_H
#define DATASETS_IMDB_STANDIN_H

#include "base/status.h"
#include "base/strbuf.h"
#include "datasets/bundle.h"
#include "datasets/dataset.h"

#include <stdint.h>

struct rng;

/* Appends one review of the class (1: positive). */
void imdb_standin_draw(struct rng *rng, int positive, struct strbuf *out);

/* 6,000 reviews of the train half and 1,500 of the test half, under the names of the real
 * corpus. */
enum status imdb_standin_bundle(struct bundle *out);

/* The stand-in as a dataset, through the same reader as the real corpus. */
enum status imdb_standin_open(const struct dataset_request *rq, struct dataset **out);

#endif
