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

void packed_facts(const struct packed *m, struct lstm_facts *add)
{
    if (m->has_pw) {
        pw_facts(&m->pw, add);
        return;
    }
    add->macs += (double)m->rbs.rows * m->rbs.k_padded;
    add->weight_bytes += (double)rbs_weight_bytes(&m->rbs);
    add->index_bytes += (double)rbs_index_bytes(&m->rbs);
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
