#include "fpga/host/fpga_image.h"

#include "base/mem.h"
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_crc.h"

#include <assert.h>
#include <string.h>

static void put_beat(struct fpga_image *m, uint64_t beat)
{
    assert(m->n + 8 <= m->room);
    for (int i = 0; i < 8; i++)
        m->bytes[m->n++] = (unsigned char)(beat >> 8 * i);
}

static void put_header(struct fpga_image *m, int type, uint32_t address, uint32_t count)
{
    put_beat(m, (uint64_t)type | (uint64_t)address << FPGA_HEADER_ADDRESS_LSB |
                    (uint64_t)count << FPGA_HEADER_COUNT_LSB);
}

static void put_end(struct fpga_image *m)
{
    put_header(m, FPGA_SECTION_END, 0, fpga_crc(0, m->bytes, m->n));
}

static uint64_t quarter(int16_t v, int place)
{
    return (uint64_t)(uint16_t)v << 16 * place;
}

static void put_weights(struct fpga_image *m, const struct fpga_program *g)
{
    size_t pairs = (size_t)g->n_words * (size_t)fpga_params_macs(&g->p) / 2;
    put_header(m, FPGA_SECTION_WEIGHTS, 0, g->n_words);
    for (size_t i = 0; i < pairs; i++)
        put_beat(m, g->words[2 * i] | (uint64_t)g->words[2 * i + 1] << 32);
}

/* Biases of the unit, or 0 behind the last one. */
static uint64_t bias_pair(const struct quant_layer *q, int unit, int gate)
{
    const int32_t *b = q->bias + (size_t)gate * (size_t)q->n_hid + unit;
    return unit < q->n_hid ? (uint32_t)b[0] | (uint64_t)(uint32_t)b[q->n_hid] << 32 : 0;
}

static uint64_t peepholes(const struct quant_layer *q, int unit)
{
    if (q->p == NULL || unit >= q->n_hid)
        return 0;
    const int16_t *p = q->p + unit;
    return quarter(p[0], 0) | quarter(p[q->n_hid], 1) | quarter(p[2 * (size_t)q->n_hid], 2);
}

static void put_layer(struct fpga_image *m, const struct fpga_program *g, int l,
                      const struct quant_layer *q)
{
    const struct fpga_layer *f = &g->layer[l];
    put_header(m, FPGA_SECTION_BIAS, f->cell, (uint32_t)f->c_words);
    for (int unit = 0; unit < f->c_words * g->p.ew; unit++) {
        put_beat(m, bias_pair(q, unit, 0));
        put_beat(m, bias_pair(q, unit, 2));
    }
    put_header(m, FPGA_SECTION_PEEPHOLE, f->cell, (uint32_t)f->c_words);
    for (int unit = 0; unit < f->c_words * g->p.ew; unit++)
        put_beat(m, peepholes(q, unit));
}

enum status fpga_image_make(const struct fpga_program *g, const struct quant_layer *q,
                            struct fpga_image *m)
{
    size_t beats = (size_t)g->n_words * (size_t)fpga_params_macs(&g->p) / 2 + 3 +
                   (size_t)g->n_passes * FPGA_PASS_BEATS;
    for (int l = 0; l < g->n_layers; l++)
        beats += 2 + 3 * (size_t)g->layer[l].c_words * (size_t)g->p.ew;
    *m = (struct fpga_image){.room = 8 * beats};
    TRY(mem_new(&m->bytes, beats, 8));
    put_weights(m, g);
    for (int l = 0; l < g->n_layers; l++)
        put_layer(m, g, l, &q[l]);
    put_header(m, FPGA_SECTION_PASS, 0, (uint32_t)g->n_passes);
    for (int i = 0; i < g->n_passes; i++, m->n += FPGA_PASS_BYTES)
        fpga_pass_write(&g->pass[i], m->bytes + m->n);
    put_end(m);
    return OK;
}

enum status fpga_image_new_state(const struct fpga_program *g, struct fpga_image *m)
{
    size_t beats = 1;
    for (int l = 0; l < g->n_layers; l++)
        beats += 2 + (size_t)g->layer[l].r_words + (size_t)g->layer[l].c_words;
    *m = (struct fpga_image){.room = 8 * beats};
    return mem_new(&m->bytes, beats, 8);
}

/* n values as beats of `width` each, the last one filled with zeros. */
static void put_values(struct fpga_image *m, const int16_t *v, int n, int width)
{
    for (int i = 0; i < n; i += width) {
        uint64_t beat = 0;
        for (int j = 0; j < width && i + j < n; j++)
            beat |= quarter(v[i + j], j);
        put_beat(m, beat);
    }
}

void fpga_image_state(const struct fpga_program *g, const struct lstm_net *net, const int16_t *r,
                      const int16_t *c, struct fpga_image *m)
{
    m->n = 0;
    for (int l = 0; l < g->n_layers; l++) {
        const struct fpga_layer *f = &g->layer[l];
        int n_rec = lstm_n_rec(&net->layer[l]), n_hid = net->layer[l].n_hid;
        put_header(m, FPGA_SECTION_VECTOR, f->r_base[0] / FPGA_VECTOR_WIDTH, (uint32_t)f->r_words);
        put_values(m, r, n_rec, FPGA_VECTOR_WIDTH);
        put_header(m, FPGA_SECTION_CELL, f->cell, (uint32_t)f->c_words);
        put_values(m, c, n_hid, g->p.ew);
        r += n_rec;
        c += n_hid;
    }
    put_end(m);
}
