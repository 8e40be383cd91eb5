#include "bench/case_device.h"

#include "bench/case_row.h"
#include "bench/resources.h"
#include "bench/timed.h"

#include <stdio.h>
#include <string.h>

int case_device_is(const struct lstm_plan *plan)
{
    struct lstm_facts f;
    lstm_facts(plan, &f);
    return f.device_macs != 0;
}

static enum status set_device(struct row *row, const struct bench_case *c,
                              const struct lstm_facts *f)
{
    TRY(row_set_text(row, COL_device, c->device));
    TRY(row_set_real(row, COL_device_mhz, CASE_DEVICE_MHZ));
    TRY(row_set_text(row, COL_clock_source, "assumed"));
    TRY(row_set_text(row, COL_latency_source, f->device_modelled ? "modelled" : "simulated"));
    return row_set_text(row, COL_energy_source, "none");
}

static enum status set_counts(struct row *row, const struct timing *t, const struct lstm_facts *f)
{
    const struct lstm_net *net = &t->net->lstm;
    double batch = t->c->batch, cycles = f->device_cycles / f->device_steps * batch;
    double kept = batch * (double)lstm_n_kept(net), us = cycles / CASE_DEVICE_MHZ;
    TRY(row_set_real(row, COL_device_cycles_step, cycles));
    TRY(row_set_real(row, COL_mac_utilisation, kept / (f->device_macs * cycles)));
    TRY(row_set_real(row, COL_latency_step_us_median, us));
    TRY(row_set_real(row, COL_gops_sparse, 2e-3 * kept / us));
    if (!t->is_random)
        TRY(row_set_real(row, COL_gops_effective, 2e-3 * batch * (double)lstm_n_weights(net) / us));
    TRY(row_set_int(row, COL_weight_bytes, (int64_t)f->weight_bytes));
    return row_set_int(row, COL_index_bytes, (int64_t)f->index_bytes);
}

/* Synthesis counts of the set, where they are known and some RTL is what the row tells of. */
static enum status set_resources(struct row *row, const char *device, const struct lstm_facts *f)
{
    struct resources r;
    int found;
    TRY(resources_of(device, &r, &found));
    if (!found || f->device_modelled)
        return OK;
    TRY(row_set_int(row, COL_lut, r.lut));
    TRY(row_set_int(row, COL_ff, r.ff));
    TRY(row_set_int(row, COL_dsp, r.dsp));
    return row_set_real(row, COL_bram36, r.bram36);
}

static double pct(double part, const struct lstm_facts *f)
{
    return 100 * part / f->device_cycles;
}

/* Bounds by a table of operations: what the products cost that are not 0 (of a device that does not
 * count them: of all kept weights), and what every word that a multiplier takes costs, read from
 * block memories with its operand. Of what no RTL does there is none. */
static enum status set_energy(struct row *row, const struct timing *t, const struct lstm_facts *f)
{
    enum { WORD_BITS = 24, OPERAND_BITS = 16 };
    const struct energy_model *model = energy_model(t->energy);
    double kept = (double)lstm_n_kept(&t->net->lstm), nonzero = f->device_nonzero / f->device_steps;
    const struct energy_work w = {.least_macs = nonzero != 0 ? nonzero : kept,
                                  .macs = f->macs,
                                  .bytes = f->macs * (WORD_BITS + OPERAND_BITS) / 8,
                                  .precision = PREC_Q16,
                                  .memory = ENERGY_BLOCKS};
    if (model == NULL || model->table == NULL || f->device_modelled)
        return OK;
    struct energy_bounds b = energy_model_bounds(model, &w);
    return case_row_bounds(row, energy_name(t->energy), &b);
}

enum status case_device(const struct timing *t, struct lstm_plan *plan, struct row *row, char *note)
{
    const struct bench_case *c = t->c;
    struct timed_plan timed;
    struct lstm_facts f;
    if (c->gates)
        return fail(E_UNSUPPORTED, "an accelerator has the gate products only as part of a step");
    TRY(timed_plan_init(&timed, &t->net->lstm, plan, c->batch, c->steps));
    enum status s = timed_step(&timed);
    timed_plan_release(&timed);
    TRY(s);
    lstm_facts(plan, &f);
    char weights[96] = "weights resident";
    if (f.device_bus != 0)
        snprintf(weights, sizeof weights, "weights streamed at %.3g GB/s (assumed)",
                 f.device_bus * CASE_DEVICE_MHZ / 1000);
    if (f.device_simd > 1)
        snprintf(weights + strlen(weights), sizeof weights - strlen(weights),
                 "; batch-SIMD B = %.0f", f.device_simd);
    snprintf(note, CASE_TIME_NOTE,
             "%.0f MACs; %s; of the cycles %.2f %% issue, %.2f %% gap, %.2f %% wait "
             "for x, %.2f %% wait for h, %.2f %% drain",
             f.device_macs, weights, pct(f.device_issue, &f), pct(f.device_gap, &f),
             pct(f.device_stall_x, &f), pct(f.device_stall_h, &f), pct(f.device_drain, &f));
    TRY(row_set_text(row, COL_variant, lstm_variant(plan)));
    TRY(set_device(row, c, &f));
    TRY(set_counts(row, t, &f));
    TRY(set_resources(row, c->device, &f));
    return set_energy(row, t, &f);
}
