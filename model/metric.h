/* metric.h - what a task is scored by, and which way is better. */
#ifndef MODEL_METRIC_H
#define MODEL_METRIC_H

#include "datasets/dataset.h"

enum metric {
    METRIC_PPL,      /* lm: exp(mean NLL) */
    METRIC_ACCURACY, /* classify: share of reviews whose class is right, % */
    METRIC_FER, /* frames: share of scored frames whose class is wrong, %; the frame accuracy of
                        papers is 100 less this */
    METRIC_PER, /* ctc: edits over reference phones, %; may exceed 100 */
};

enum metric metric_of(enum task task);

/* The word of the column `metric`: "ppl", "accuracy", "fer", "per". */
const char *metric_name(enum metric m);

/* The metric as a cost, of which less is better; applied twice it gives the metric back. Whatever
 * chooses by a metric compares costs. NaN stays NaN. */
double metric_cost(enum metric m, double value);

/* "ppl 118.30", "accuracy 87.24 %": the metric for people, by `digits` significant ones. */
enum { METRIC_TEXT = 48 };
const char *metric_text(enum metric m, double value, int digits, char room[METRIC_TEXT]);

#endif
