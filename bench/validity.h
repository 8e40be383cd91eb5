/* validity.h - whether what was measured may be used, and if not, why. */
#ifndef BENCH_VALIDITY_H
#define BENCH_VALIDITY_H

#include "bench/measure.h"

/* The conditions, each with the word that a row's note names it by:
 *   too few        blocks: at least MEASURE_MIN_BLOCKS
 *   too short      a block's mean time: at least MEASURE_MIN_BLOCK_NS
 *   spread         the 95 % interval of the median is at most VALID_SPREAD of the median wide
 *   foreign load   the measuring thread had its processor for at least VALID_HAD of the time
 *   migrated       it changed its processor in at most VALID_MOVES of the rounds
 *   speed          the processor's own speed (its clock's frequency) moved by at most
 *   VALID_DRIFT */
#define VALID_SPREAD 0.1
#define VALID_HAD 0.9
#define VALID_MOVES 0.05
#define VALID_DRIFT 0.1

enum { VALIDITY_TEXT = 320 };

/* 1 if n sides measured under these conditions may be used. Else 0, and `why` names each unmet one
 * with what was seen and what helps. */
int validity_check(const struct measured *m, size_t n, const struct conditions *c,
                   char why[VALIDITY_TEXT]);

#endif
