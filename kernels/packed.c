#include "kernels/packed.h"

enum status packed_make(const float *w, int rows, int cols, int k, enum precision precision,
                        unsigned flags, size_t most, struct packed *out)
{
    enum status s = OK;
    *out = (struct packed){.rows = rows, .cols = cols, .k = k};
    out->has_pw = *pw_formats_of(precision, flags) != NULL;
    out->has_rbs = !out->has_pw || most > 1;
    if (out->has_pw)
        s = pw_pack(w, rows, cols, k, precision, flags, &out->pw);
    if (s == OK && out->has_rbs)
        s = rbs_pack(w, rows, cols, k, &out->rbs);
    if (s != OK)
        packed_release(out);
    return s;
}

void packed_release(struct packed *m)
{
    pw_release(&m->pw);
    rbs_release(&m->rbs);
    *m = (struct packed){0};
}

const char *packed_format(const struct packed *m)
{
    return m->has_pw ? pw_format_name(&m->pw) : "row-balanced";
}

void packed_traffic(const struct packed *m, double *slots, double *weights, double *indices)
{
    *slots = m->has_pw ? (double)(pw_slots(&m->pw) + pw_spilled(&m->pw))
                       : (double)m->rbs.rows * m->rbs.k_padded;
    *weights = (double)(m->has_pw ? pw_weight_bytes(&m->pw) : rbs_weight_bytes(&m->rbs));
    *indices = (double)(m->has_pw ? pw_index_bytes(&m->pw) : rbs_index_bytes(&m->rbs));
}

size_t packed_scratch(const struct packed *m)
{
    size_t pw = m->has_pw ? pw_scratch(&m->pw) : 0, rbs = m->has_rbs ? rbs_scratch(&m->rbs) : 0;
    return pw > rbs ? pw : rbs;
}

void packed_mul(const struct packed *m, struct pool *pool, int n, const float *x, float *y,
                float *scratch)
{
    if (n == 1 && m->has_pw)
        pw_mul(&m->pw, pool, x, y, scratch);
    else
        rbs_mul(&m->rbs, pool, n, x, y, scratch);
}
