#include "model/metric.h"

#include <stdio.h>

enum metric metric_of(enum task task)
{
    static const enum metric of[] = {[TASK_LM] = METRIC_PPL,
                                     [TASK_CLASSIFY] = METRIC_ACCURACY,
                                     [TASK_FRAMES] = METRIC_FER,
                                     [TASK_CTC] = METRIC_PER};
    return of[task];
}

const char *metric_name(enum metric m)
{
    static const char *const name[] = {"ppl", "accuracy", "fer", "per"};
    return name[m];
}

double metric_cost(enum metric m, double value)
{
    return m == METRIC_ACCURACY ? 100 - value : value;
}

const char *metric_text(enum metric m, double value, int digits, char room[METRIC_TEXT])
{
    snprintf(room, METRIC_TEXT, "%s %.*g%s", metric_name(m), digits, value,
             m == METRIC_PPL ? "" : " %");
    return room;
}
