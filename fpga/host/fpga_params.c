#include "fpga/host/fpga_params.h"

#include "fpga/fpga_defs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct set {
    const char *name;
    struct fpga_params p;
} sets[] = {
#define SET(name, ...) {name, {__VA_ARGS__, 1, {0, 0, 0, 0}}},
    FPGA_SETS(SET)
#undef SET
        {"large", {8, 8, 1, 8, 1 << 20, 1 << 18, 1 << 16, 1 << 10, 64, 0, 1, {0, 0, 0, 0}}},
};
enum { N_SETS = sizeof sets / sizeof *sets };

int fpga_params_macs(const struct fpga_params *p)
{
    return 4 * p->units * p->lane_macs;
}

int fpga_params_simd(const struct fpga_params *p)
{
    return p->what_if.simd > 1 ? p->what_if.simd : 1;
}

int fpga_params_modelled(const struct fpga_params *p)
{
    const struct fpga_what_if *w = &p->what_if;
    return w->pool || w->serial || w->simd > 1 || w->bus != 0;
}

enum status fpga_params_find(const char *name, struct fpga_params *out)
{
    for (int i = 0; i < N_SETS; i++)
        if (strcmp(name, sets[i].name) == 0) {
            *out = sets[i].p;
            return OK;
        }
    return fail(E_USAGE,
                "unknown accelerator '%s' (expected tiny, small, wide, bench, ku9p, ptb or large)",
                name);
}

enum status fpga_params_check(const struct fpga_params *p)
{
    if (p->units < 1 || p->units > 32 || p->lane_macs < 2 || p->lane_macs > 16 ||
        p->lane_macs % 2 != 0)
        return fail(E_USAGE, "accelerator of u=%d m=%d (expected u of 1 to 32, even m of 2 to 16)",
                    p->units, p->lane_macs);
    if ((p->ew != 1 && p->ew != 2 && p->ew != 4) || p->units % p->ew != 0)
        return fail(E_USAGE, "accelerator of e=%d (expected 1, 2 or 4, a divisor of u=%d)", p->ew,
                    p->units);
    if (p->dw < 2 || p->dw > 16)
        return fail(E_USAGE, "accelerator of dw=%d (expected 2 to 16)", p->dw);
    if (p->fifo < 2 * p->units || p->fifo < 4 || p->fifo > 65535 || (p->fifo & (p->fifo - 1)) != 0)
        return fail(E_USAGE, "accelerator of fifo=%d (expected a power of two, at least 2u)",
                    p->fifo);
    if (p->words < 2 || p->words > 1 << 23 || p->values < 8 || p->values > 1 << 19 ||
        p->values % 4 != 0 || p->rows < 2 || p->rows > 1 << 19 || p->passes < 2 || p->passes > 64)
        return fail(E_USAGE,
                    "accelerator with impossible memories: words=%d values=%d rows=%d "
                    "passes=%d",
                    p->words, p->values, p->rows, p->passes);
    const struct fpga_what_if *w = &p->what_if;
    if (w->pool > 1 || (w->pool && p->dw > 15) || w->serial > 1 || w->simd > 64 || w->bus > 1 << 16)
        return fail(E_USAGE,
                    "accelerator of pool=%d serial=%d simd=%d bus=%d dw=%d (expected 0 or 1, "
                    "0 or 1, up to 64, up to 65536; dw up to 15 in a pool)",
                    w->pool, w->serial, w->simd, w->bus, p->dw);
    return OK;
}

/* "key=number" into *p. */
static enum status set_size(const char *text, size_t n, struct fpga_params *p)
{
    const struct {
        const char *key;
        int *to;
    } keys[] = {{"u", &p->units},
                {"m", &p->lane_macs},
                {"e", &p->ew},
                {"dw", &p->dw},
                {"words", &p->words},
                {"values", &p->values},
                {"rows", &p->rows},
                {"fifo", &p->fifo},
                {"passes", &p->passes},
                {"activity", &p->activity},
                {"peepholes", &p->peepholes},
                {"pool", &p->what_if.pool},
                {"serial", &p->what_if.serial},
                {"simd", &p->what_if.simd},
                {"bus", &p->what_if.bus}};
    const char *is = memchr(text, '=', n);
    for (size_t i = 0; is != NULL && i < sizeof keys / sizeof *keys; i++) {
        char *end;
        if (strlen(keys[i].key) != (size_t)(is - text) ||
            strncmp(text, keys[i].key, (size_t)(is - text)) != 0)
            continue;
        long v = strtol(is + 1, &end, 10);
        if (end == is + 1 || end != text + n || v < 0 || v > 1 << 24)
            break;
        *keys[i].to = (int)v;
        return OK;
    }
    return fail(E_USAGE,
                "'%.*s' is no size of an accelerator (u=, m=, e=, dw=, words=, values=, "
                "rows=, fifo=, passes=, activity=, peepholes=, pool=, serial=, simd=, bus=)",
                (int)n, text);
}

enum status fpga_params_parse(const char *text, struct fpga_params *out)
{
    char name[16];
    size_t n = strcspn(text, ",");
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    TRY(fpga_params_find(name, out));
    for (text += n; *text == ','; text += n) {
        text++;
        n = strcspn(text, ",");
        TRY(set_size(text, n, out));
    }
    return fpga_params_check(out);
}
