#include "tests/fpga_trial.h"

#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "tests/random_quant.h"

#include <criterion/criterion.h>
#include <string.h>

static void *fresh(size_t n, size_t size)
{
    void *p;
    cr_assert_eq(mem_new(&p, n, size), OK);
    return p;
}

static void random_bits(struct rng *r, int16_t *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        v[i] = (int16_t)(rng_below(r, 16) == 0 ? (rng_below(r, 2) ? 32767 : -32768)
                                               : (int)rng_below(r, 65536) - 32768);
}

/* Every weight that is kept at the largest magnitude. */
static void to_extremes(struct random_stack *s)
{
    for (int l = 0; l < s->net.n_layers; l++) {
        const struct lstm_layer *y = &s->net.layer[l];
        size_t n[] = {4 * (size_t)y->n_hid * (size_t)y->n_in,
                      4 * (size_t)y->n_hid * (size_t)lstm_n_rec(y),
                      (size_t)y->n_proj * (size_t)y->n_hid};
        for (int i = 0; i < 3; i++)
            for (size_t j = 0; s->block[l][i] != NULL && j < n[i]; j++)
                if (s->block[l][i][j] != 0)
                    s->block[l][i][j] = s->block[l][i][j] < 0 ? -0.25f : 0.25f;
    }
}

static int try_net(struct fpga_trial *t, struct rng *r, const struct fpga_params *p, int max_size,
                   enum fpga_flavour flavour)
{
    struct random_want want = {1 + (int)rng_below(r, 3), 1 + (int)rng_below(r, (uint32_t)max_size),
                               0.5, 0.5, 0.7};
    const struct fpga_packing how = {-1};
    struct quant quant;
    enum status s = OK;
    memset(t, 0, sizeof *t);
    random_stack_make(&t->s, r, &want);
    if (flavour == FPGA_EXTREME)
        to_extremes(&t->s);
    for (int l = 0; flavour == FPGA_NO_H && l < t->s.net.n_layers; l++) {
        const struct lstm_layer *y = &t->s.net.layer[l];
        memset(t->s.block[l][1], 0, 4 * (size_t)y->n_hid * (size_t)lstm_n_rec(y) * sizeof(float));
    }
    random_ranges(&quant, r, &t->s.net);
    for (int l = 0; s == OK && l < t->s.net.n_layers; l++)
        s = quant_layer_make(&t->s.net, l, PREC_Q16, &quant, &t->q[l]);
    if (s == OK)
        s = fpga_program_make(&t->s.net, t->q, p, &how, &t->program);
    if (s == OK)
        return 1;
    fpga_trial_release(t);
    return 0;
}

void fpga_trial_make(struct fpga_trial *t, struct rng *r, const struct fpga_params *p, int max_size,
                     enum fpga_flavour flavour)
{
    int tries = 0;
    while (!try_net(t, r, p, max_size, flavour))
        cr_assert_lt(++tries, 20, "%s", status_message());
    t->steps = flavour == FPGA_LONG ? 60 + (int)rng_below(r, 40) : 1 + (int)rng_below(r, 6);
    size_t n_x = 4 * (size_t)t->steps * (size_t)t->program.x_beats;
    t->n_y = 4 * (size_t)t->steps * (size_t)t->program.y_beats;
    t->n_r = lstm_h_size(&t->s.net, 1);
    t->n_c = lstm_c_size(&t->s.net, 1);
    t->x = fresh(n_x, sizeof *t->x);
    t->r0 = fresh(t->n_r, sizeof *t->r0);
    t->c0 = fresh(t->n_c, sizeof *t->c0);
    random_bits(r, t->x, n_x);
    random_bits(r, t->r0, t->n_r);
    random_bits(r, t->c0, t->n_c);
    cr_assert_eq(fpga_image_make(&t->program, t->q, &t->image), OK);
    cr_assert_eq(fpga_image_new_state(&t->program, &t->state), OK);
    fpga_image_state(&t->program, &t->s.net, t->r0, t->c0, &t->state);
}

void fpga_trial_release(struct fpga_trial *t)
{
    void *all[] = {t->image.bytes, t->state.bytes, t->x, t->r0, t->c0};
    for (int l = 0; l < LSTM_MAX_LAYERS; l++)
        quant_layer_release(&t->q[l]);
    fpga_program_release(&t->program);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mem_free(all[i]);
    random_stack_release(&t->s);
}

void fpga_outcome_make(const struct fpga_trial *t, struct fpga_outcome *o)
{
    *o = (struct fpga_outcome){.y = fresh(t->n_y, 2), .r = fresh(t->n_r, 2), .c = fresh(t->n_c, 2)};
}

void fpga_outcome_release(struct fpga_outcome *o)
{
    mem_free(o->y);
    mem_free(o->r);
    mem_free(o->c);
}

void fpga_trial_reserve(const struct fpga_trial *t, struct fpga_driver *d)
{
    size_t x_bytes = 8 * (size_t)t->steps * (size_t)t->program.x_beats;
    size_t room = 2 * t->n_y + 8 * (t->n_r + t->n_c);
    cr_assert_eq(d->device.ops->reserve(d->device.ctx, x_bytes + 64, room), OK);
}

void fpga_trial_run(const struct fpga_trial *t, struct fpga_driver *d, struct fpga_outcome *o)
{
    int16_t *dumped = fresh(4 * (t->n_r + t->n_c), sizeof *dumped);
    const struct fpga_sequence s = {.program = &t->program,
                                    .image = &t->image,
                                    .state = &t->state,
                                    .net = &t->s.net,
                                    .steps = t->steps,
                                    .x = t->x,
                                    .y = o->y,
                                    .r = o->r,
                                    .c = o->c,
                                    .dumped = dumped};
    uint64_t before[FPGA_COUNTERS];
    memcpy(before, d->counters, sizeof before);
    o->status = fpga_driver_run(d, &s);
    for (int i = 0; i < FPGA_COUNTERS; i++)
        o->counters[i] = d->counters[i] - before[i];
    if (d->device.ops->reg_rd(d->device.ctx, FPGA_REG_ERR, &o->err) != OK) /* an injected fault */
        cr_assert_eq(d->device.ops->reg_rd(d->device.ctx, FPGA_REG_ERR, &o->err), OK);
    mem_free(dumped);
}

static size_t differ(const int16_t *a, const int16_t *b, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += a[i] != b[i];
    return count;
}

size_t fpga_outcome_differ(const struct fpga_trial *t, const struct fpga_outcome *a,
                           const struct fpga_outcome *b)
{
    size_t count = differ(a->y, b->y, t->n_y) + differ(a->r, b->r, t->n_r) +
                   differ(a->c, b->c, t->n_c) + (a->err != b->err) + (a->status != b->status);
    for (int i = 0; i < FPGA_COUNTERS; i++)
        count += a->counters[i] != b->counters[i];
    return count;
}

void fpga_trial_tiny(struct fpga_trial *t, uint64_t seed, int max_size)
{
    struct fpga_params p;
    struct rng r;
    rng_seed(&r, seed, 1);
    cr_assert_eq(fpga_params_find("tiny", &p), OK);
    fpga_trial_make(t, &r, &p, max_size, FPGA_PLAIN);
}

uint32_t fpga_trial_rd(const struct fpga_device *d, uint32_t reg)
{
    uint32_t v;
    cr_assert_eq(d->ops->reg_rd(d->ctx, reg, &v), OK, "%s", status_message());
    return v;
}

void fpga_trial_wr(const struct fpga_device *d, uint32_t reg, uint32_t v)
{
    cr_assert_eq(d->ops->reg_wr(d->ctx, reg, v), OK, "%s", status_message());
}
