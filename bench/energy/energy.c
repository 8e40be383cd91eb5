#include "bench/energy/energy.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/mem.h"
#include "bench/energy/energy_source.h"
#include "results/number.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct energy {
    const struct energy_source *source; /* NULL: none */
    struct energy_state state;
    int is_model; /* 1: nothing is read; `model` gives bounds */
    struct energy_model model;
    char name[80]; /* of the model */
    char reason[256];
};

enum { POLL_MS = 10 };

enum status energy_read_number(const char *path, double *out)
{
    char *text;
    size_t n;
    TRY(file_read(path, 4096, &text, &n));
    text[strcspn(text, "\n")] = '\0';
    int good = number_read(text, out);
    mem_free(text);
    return good ? OK : fail(E_FORMAT, "%s:1: not a number", path);
}

static enum status try_source(struct energy *e, const struct energy_source *s, const char *root)
{
    e->state = (struct energy_state){.n = 0};
    enum status st = s->find(&e->state, root);
    if (st == OK)
        e->source = s;
    return st;
}

/* What keeps a source away is kept as the reason; several are joined. */
static void add_reason(struct energy *e)
{
    size_t n = strlen(e->reason);
    snprintf(e->reason + n, sizeof e->reason - n, "%s%s", n != 0 ? "; " : "", status_message());
}

static enum status choose(struct energy *e, const char *root, const char *choice)
{
    if (strcmp(choice, "none") == 0) {
        snprintf(e->reason, sizeof e->reason, "energy was not asked for");
        return OK;
    }
    if (strcmp(choice, "rapl") == 0)
        return try_source(e, &energy_rapl, root);
    if (strcmp(choice, "perf") == 0)
        return try_source(e, &energy_perf, root);
    if (strcmp(choice, "hwmon") == 0)
        return try_source(e, &energy_hwmon, root);
    if (strncmp(choice, "model:", 6) == 0) {
        e->is_model = 1;
        snprintf(e->name, sizeof e->name, "%.79s", choice);
        snprintf(e->reason, sizeof e->reason, "it is modelled");
        return energy_model_find(choice + 6, &e->model);
    }
    if (strcmp(choice, "auto") != 0) {
        if (!file_exists(choice))
            return fail(E_IO,
                        "%s: no such file (expected auto, none, rapl, perf, hwmon, model:NAME, or "
                        "a meter's CSV)",
                        choice);
        snprintf(e->state.log, sizeof e->state.log, "%s", choice);
        e->source = &energy_meter;
        return OK;
    }
    const struct energy_source *const all[] = {&energy_rapl, &energy_perf, &energy_hwmon};
    for (int i = 0; i < 3 && e->source == NULL; i++)
        if (try_source(e, all[i], root) != OK)
            add_reason(e);
    if (e->source != NULL)
        e->reason[0] = '\0';
    return OK;
}

enum status energy_open(const char *root, const char *choice, struct energy **out)
{
    *out = NULL;
    struct energy *e;
    TRY(mem_new(&e, 1, sizeof *e));
    enum status s = choose(e, root, choice);
    if (s == OK)
        *out = e;
    else
        mem_free(e);
    return s;
}

void energy_release(struct energy *e)
{
    if (e != NULL && e->source != NULL && e->source->release != NULL)
        e->source->release(&e->state);
    mem_free(e);
}

const char *energy_name(const struct energy *e)
{
    return e->is_model ? e->name : e->source != NULL ? e->source->name : "none";
}

const struct energy_model *energy_model(const struct energy *e)
{
    return e->is_model ? &e->model : NULL;
}

const char *energy_reason(const struct energy *e)
{
    return e->reason;
}

/* One window: `call` again and again, or idle if it is NULL. */
static enum status window(struct energy *e, enum status (*call)(void *ctx), void *ctx,
                          double seconds, double *joules, double *took, size_t *calls)
{
    const struct timespec nap = {0, POLL_MS * 1000000};
    int64_t start = clock_ns(), now = start, polled = start;
    *calls = 0;
    TRY(e->source->begin(&e->state));
    while ((double)(now - start) < seconds * 1e9) {
        if (call == NULL)
            nanosleep(&nap, NULL);
        else
            TRY(call(ctx));
        *calls += call != NULL;
        now = clock_ns();
        if (now - polled >= POLL_MS * 1000000) {
            if (interrupt_pending())
                return fail(E_INTERRUPTED, "interrupted while measuring energy");
            TRY(e->source->poll(&e->state));
            polled = now;
        }
    }
    TRY(e->source->poll(&e->state));
    *took = 1e-9 * (double)(clock_ns() - start);
    return e->source->total(&e->state, joules);
}

enum status energy_measure(struct energy *e, enum status (*call)(void *ctx), void *ctx,
                           double seconds, struct energy_used *out)
{
    double least = 1e-3 * ENERGY_LEAST_MS, idle_j, idle_s, j, s;
    size_t none, calls;
    if (e->source == NULL)
        return fail(E_UNSUPPORTED, "no energy: %s", e->reason);
    seconds = seconds > least ? seconds : least;
    TRY(window(e, NULL, NULL, seconds, &idle_j, &idle_s, &none));
    TRY(window(e, call, ctx, seconds, &j, &s, &calls));
    *out = (struct energy_used){
        .power_w = j / s, .idle_w = idle_j / idle_s, .seconds = s, .calls = calls};
    out->call_uj = 1e6 * (j - out->idle_w * s) / (double)calls;
    return OK;
}
