#include "model/schedule.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_ROUNDS = 1000 };

enum status schedule_parse(const char *text, struct schedule *out)
{
    char tail;
    int n;
    *out = (struct schedule){SCHEDULE_ONE_SHOT, 0};
    if (strcmp(text, "one-shot") == 0)
        return OK;
    if (strcmp(text, "gradual") == 0) {
        out->kind = SCHEDULE_GRADUAL;
        return OK;
    }
    if (sscanf(text, "iterative:%4d%c", &n, &tail) == 1 && n >= 2 && n <= MOST_ROUNDS &&
        text[strlen("iterative:")] >= '1' && text[strlen("iterative:")] <= '9') {
        *out = (struct schedule){SCHEDULE_ITERATIVE, n};
        return OK;
    }
    return fail(E_USAGE,
                "unknown schedule '%.40s' (expected one-shot, iterative:N with N of 2 to %d, "
                "or gradual)",
                text, MOST_ROUNDS);
}

const char *schedule_text(const struct schedule *s, char room[SCHEDULE_TEXT])
{
    if (s->kind == SCHEDULE_ITERATIVE)
        snprintf(room, SCHEDULE_TEXT, "iterative:%d", s->rounds);
    else
        snprintf(room, SCHEDULE_TEXT, "%s", s->kind == SCHEDULE_GRADUAL ? "gradual" : "one-shot");
    return room;
}

/* The update before which `gradual` reaches its target. */
static size_t end_of(size_t updates)
{
    return updates * 3 / 5;
}

/* Rounds of `iterative`; not more than updates. */
static size_t rounds_of(const struct schedule *s, size_t updates)
{
    return (size_t)s->rounds < updates ? (size_t)s->rounds : updates > 0 ? updates : 1;
}

/* The round, from 1, that an update belongs to. */
static size_t round_of(const struct schedule *s, size_t update, size_t updates)
{
    size_t n = rounds_of(s, updates);
    return update >= updates ? n : 1 + update * n / updates;
}

int schedule_is_due(const struct schedule *s, size_t update, size_t updates)
{
    if (update == 0)
        return 1;
    if (s->kind == SCHEDULE_ITERATIVE)
        return update < updates && round_of(s, update, updates) != round_of(s, update - 1, updates);
    size_t end = end_of(updates);
    return s->kind == SCHEDULE_GRADUAL &&
           (update == end || (update < end && update % SCHEDULE_EVERY == 0));
}

size_t schedule_last(const struct schedule *s, size_t updates)
{
    size_t n = rounds_of(s, updates);
    if (s->kind == SCHEDULE_ITERATIVE)
        return ((n - 1) * updates + n - 1) / n; /* the first u with u*n >= (n-1)*updates */
    return s->kind == SCHEDULE_GRADUAL ? end_of(updates) : 0;
}

double schedule_share(const struct schedule *s, double target, size_t update, size_t updates)
{
    size_t end = end_of(updates);
    if (s->kind == SCHEDULE_GRADUAL && update < end) {
        double t = (double)update / (double)end;
        return target * (1 - (1 - t) * (1 - t) * (1 - t));
    }
    if (s->kind == SCHEDULE_ITERATIVE) {
        size_t r = round_of(s, update, updates), n = rounds_of(s, updates);
        return r == n ? target : 1 - pow(1 - target, (double)r / (double)n);
    }
    return target;
}
