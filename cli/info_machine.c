#include "cli/info_machine.h"

#include "base/cpu.h"
#include "brds/registry.h"
#include "kernels/gemm.h"
#include "kernels/quant.h"

#include <stdio.h>

/* The smallest net there is: a backend names its variant only for a plan. */
static const float some[8] = {1, 1, 1, 1, 1, 1, 1, 1};
static const struct lstm_net probe = {
    .n_layers = 1,
    .layer = {{.n_in = 1, .n_hid = 1, .w_x = some, .w_h = some, .bias = some, .k_x = 1, .k_h = 1}},
};

static const struct quant ranges = {.n_layers = 1, .layer = {{1, 1, 1}}};

/* The precisions that it takes, with a blank between, and its variant at the first of them. */
static enum status add_abilities(struct sheet *g, const struct lstm_backend *b)
{
    char variant[96] = "";
    struct strbuf taken = {0};
    for (int p = 0; p < N_PRECISIONS; p++) {
        struct lstm_plan *plan;
        struct lstm_options opt = {.precision = (enum precision)p, .quant = &ranges};
        if (lstm_prepare(b, &probe, &opt, &plan) != OK)
            continue;
        if (taken.n == 0)
            snprintf(variant, sizeof variant, "%s", lstm_variant(plan));
        strbuf_addf(&taken, "%s%s", taken.n != 0 ? " " : "", precision_name(opt.precision));
        lstm_release(plan);
    }
    enum status s = strbuf_check(&taken);
    if (s == OK)
        s = sheet_text(g, "variant", variant);
    if (s == OK)
        s = sheet_text(g, "precisions", strbuf_text(&taken));
    strbuf_release(&taken);
    return s;
}

static enum status add_backends(struct sheet *s)
{
    struct json *list;
    struct sheet group;
    TRY(sheet_list(s, "backends", &list));
    for (size_t i = 0; registry_at(i) != NULL; i++) {
        const struct lstm_backend *b = registry_at(i);
        TRY(sheet_item(s, list, b->name, &group));
        TRY(sheet_text(&group, "about", b->about));
        TRY(add_abilities(&group, b));
    }
    return OK;
}

enum status info_machine(struct sheet *s)
{
    char name[128], isa[64];
    unsigned allowed;
    TRY(cpu_flags_allowed(&allowed));
    TRY(sheet_text(s, "cpu", cpu_name(name)));
    TRY(sheet_whole(s, "processors", cpu_count()));
    TRY(sheet_text(s, "isa", cpu_isa_name(allowed, isa)));
    TRY(sheet_text(s, "isa_found", cpu_isa_name(cpu_flags_found(), isa)));
    for (int level = 1; level <= 3; level++) {
        char key[32];
        snprintf(key, sizeof key, "l%d_bytes", level);
        if (cpu_cache_bytes(level) != 0)
            TRY(sheet_whole(s, key, (int64_t)cpu_cache_bytes(level)));
    }
    TRY(sheet_text(s, "blas", gemm_blas_name()));
    return add_backends(s);
}
