#include "bench/energy/energy_model.h"

#include <stdio.h>
#include <string.h>

struct span {
    double lo, hi;
};

/* Picojoules of an operation. Where a table has no entry for a format, the neighbours bound it. */
struct energy_table {
    const char *name;
    struct span mac[N_PRECISIONS];
    double read[3]; /* 64 bits from each enum energy_memory: SRAM of 8 KB, of 1 MB, DRAM at most */
};

/* M. Horowitz, "Computing's energy problem", ISSCC 2014, figure 1.1.9: 45 nm, 0.9 V. Additions: 32
 * bits 0.1, FP16 0.4, FP32 0.9; multiplications: 8 bits 0.2, 32 bits 3.1, FP16 1.1, FP32 3.7; cache
 * of 8 KB 10, of 1 MB 100; DRAM 1300 to 2600.
 * N. Jouppi et al., "Ten lessons from three generations shaped Google's TPUv4i", ISCA 2021, table
 * 2: 7 nm. Additions: 32 bits 0.03, BF16 0.11, FP32 0.38; multiplications: 8 bits 0.07, 32 bits
 * 1.48, BF16 0.21, FP32
 * 1.31; SRAM of 8 KB 7.5, of 1 MB 14; DRAM from 250 (HBM2) to 1300 (DDR4). */
static const struct energy_table tables[] = {
    {"horowitz2014",
     {[PREC_F32] = {3.7 + 0.9, 3.7 + 0.9},
      [PREC_F27] = {3.7 + 0.9, 3.7 + 0.9},
      [PREC_BF16] = {1.1 + 0.4, 1.1 + 0.9}, /* FP16's, its sum in either width */
      [PREC_Q16] = {0.2 + 0.1, 3.1 + 0.1},
      [PREC_Q10] = {0.2 + 0.1, 3.1 + 0.1},
      [PREC_Q8] = {0.2 + 0.1, 0.2 + 0.1}},
     {10, 100, 2600}},
    {"jouppi2021",
     {[PREC_F32] = {1.31 + 0.38, 1.31 + 0.38},
      [PREC_F27] = {1.31 + 0.38, 1.31 + 0.38},
      [PREC_BF16] = {0.21 + 0.11, 0.21 + 0.38},
      [PREC_Q16] = {0.07 + 0.03, 1.48 + 0.03},
      [PREC_Q10] = {0.07 + 0.03, 1.48 + 0.03},
      [PREC_Q8] = {0.07 + 0.03, 0.07 + 0.03}},
     {7.5, 14, 1300}},
};

static enum status find_cpu(const char *name, struct energy_model *m)
{
    char rest;
    if (sscanf(name, "cpu:%lf:%lf:%lf%c", &m->idle_w, &m->tdp_w, &m->cores, &rest) == 3 &&
        m->idle_w >= 0 && m->tdp_w > m->idle_w && m->tdp_w < 1e6 && m->cores >= 1 && m->cores < 1e6)
        return OK;
    return fail(E_USAGE, "model:%s: expected cpu:IDLE_W:TDP_W:CORES, 0 <= IDLE_W < TDP_W", name);
}

enum status energy_model_find(const char *name, struct energy_model *out)
{
    *out = (struct energy_model){.table = NULL};
    if (snprintf(out->name, sizeof out->name, "%s", name) >= (int)sizeof out->name)
        return fail(E_USAGE, "model:%.40s...: too long", name);
    if (strncmp(name, "cpu:", 4) == 0)
        return find_cpu(name, out);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (strcmp(tables[i].name, name) == 0)
            out->table = &tables[i];
    return out->table != NULL ? OK
                              : fail(E_USAGE,
                                     "unknown energy model '%s' (expected horowitz2014, jouppi2021 "
                                     "or cpu:IDLE_W:TDP_W:CORES)",
                                     name);
}

struct energy_bounds energy_model_bounds(const struct energy_model *m, const struct energy_work *w)
{
    if (m->table == NULL) {
        double core_seconds = w->seconds * w->threads / m->cores;
        return (struct energy_bounds){1e6 * m->idle_w * core_seconds,
                                      1e6 * m->tdp_w * core_seconds};
    }
    struct span mac = m->table->mac[w->precision];
    double read = m->table->read[w->memory];
    return (struct energy_bounds){1e-6 * w->least_macs * mac.lo,
                                  1e-6 * (w->macs * mac.hi + w->bytes / 8 * read)};
}
