#include "model/objective.h"

#include "base/mem.h"
#include "model/ctc.h"
#include "model/head.h"

#include <math.h>
#include <string.h>

static enum status init_ctc(struct objective *o, struct objective_size size)
{
    size_t area = (size_t)size.steps * (size_t)size.lanes;
    o->room_n = ctc_room(size.steps, o->net->shape.n_classes, size.labels);
    TRY(logits_init(&o->logits, o->net, o->pool));
    TRY(mem_new(&o->z, area, (size_t)o->net->shape.n_classes * sizeof *o->z));
    TRY(mem_new(&o->room, (size_t)pool_threads(o->pool), o->room_n * sizeof *o->room));
    return mem_new(&o->nll, (size_t)size.lanes, sizeof *o->nll);
}

static enum status init_rows(struct objective *o, int lanes)
{
    size_t n = (size_t)net_n_out(o->net) * sizeof *o->rows;
    TRY(mem_new(&o->rows, (size_t)lanes, n));
    TRY(mem_new(&o->d_rows, (size_t)lanes, n));
    return mem_new(&o->targets, (size_t)lanes, sizeof *o->targets);
}

static enum status init_teacher(struct objective *o, const struct net *teacher,
                                const struct recipe *r, struct objective_size size)
{
    struct teacher *t;
    if (o->net->shape.task == TASK_CTC)
        return fail(E_UNSUPPORTED, "training: a CTC net learns from no teacher (distill is %g)",
                    r->distill);
    TRY(mem_new(&t, 1, sizeof *t));
    o->teacher = t;
    TRY(bptt_init(&t->bptt, teacher, size.steps, size.lanes, (struct bptt_keep){1, 1, 1}, NULL,
                  o->pool));
    if (head_pools(o->net))
        TRY(mem_new(&t->rows, (size_t)size.lanes, (size_t)net_n_out(teacher) * sizeof *t->rows));
    return distill_init(&t->distill, o->net, teacher, r->distill, r->temperature, o->pool);
}

enum status objective_init(struct objective *o, const struct net *net, const struct net *teacher,
                           const struct recipe *r, struct objective_size size, struct pool *pool)
{
    *o = (struct objective){.net = net, .pool = pool};
    if (teacher != NULL)
        TRY(init_teacher(o, teacher, r, size));
    if (net->shape.task == TASK_CTC)
        return init_ctc(o, size);
    if (head_pools(net))
        TRY(init_rows(o, size.lanes));
    return loss_init(&o->loss, net, pool, head_pools(net) ? size.lanes : size.steps * size.lanes,
                     1);
}

static void teacher_release(struct teacher *t)
{
    if (t == NULL)
        return;
    if (t->bptt.net != NULL)
        bptt_release(&t->bptt);
    distill_release(&t->distill);
    mem_free(t->rows);
    mem_free(t);
}

void objective_release(struct objective *o)
{
    loss_release(&o->loss);
    teacher_release(o->teacher);
    mem_free(o->rows);
    mem_free(o->d_rows);
    mem_free(o->targets);
    logits_release(&o->logits);
    mem_free(o->z);
    mem_free(o->room);
    mem_free(o->nll);
    *o = (struct objective){0};
}

void objective_reset(struct objective *o)
{
    if (o->teacher != NULL)
        bptt_reset(&o->teacher->bptt);
}

/* Rows with targets, as the loss takes them. */
struct rows {
    int n;
    const float *y, *taught;
    const int32_t *targets;
    float *dy;
};

static double rows_gradient(struct objective *o, const struct rows *r, float scale, float *grad,
                            double *nll)
{
    if (o->teacher == NULL)
        return *nll = loss_gradient(&o->loss, r->n, r->y, r->targets, scale, r->dy, grad);
    return distill_gradient(&o->teacher->distill, r->n, r->y, r->taught, r->targets, scale, r->dy,
                            grad, nll);
}

static size_t count_targets(int n, const int32_t *targets)
{
    size_t count = 0;
    for (int i = 0; i < n; i++)
        count += targets[i] != NO_TARGET;
    return count;
}

static void run_teacher(struct objective *o, const struct batch *b, struct rows *r)
{
    struct teacher *t = o->teacher;
    bptt_forward(&t->bptt, b);
    bptt_carry(&t->bptt);
    r->taught = t->bptt.y;
    if (!head_pools(o->net))
        return;
    head_gather(t->bptt.net, b, t->bptt.y, t->rows, NULL);
    r->taught = t->rows;
}

static void by_rows(struct objective *o, const struct batch *b, struct bptt *bptt, float *grad,
                    struct objective_sum *out)
{
    int pools = head_pools(o->net);
    struct rows r = {.n = head_rows(o->net, b), .y = bptt->y, .targets = b->targets};
    r.dy = pools ? o->d_rows : bptt->dy;
    if (pools) {
        head_gather(o->net, b, bptt->y, o->rows, o->targets);
        r.y = o->rows;
        r.targets = o->targets;
    }
    if (o->teacher != NULL)
        run_teacher(o, b, &r);
    out->n = count_targets(r.n, r.targets);
    out->per = o->net->shape.task == TASK_LM ? b->lanes : (double)out->n;
    out->loss = rows_gradient(o, &r, 1 / (float)out->per, grad, &out->nll) / out->per;
    if (pools)
        head_spread(o->net, b, o->d_rows, bptt->dy);
}

struct ctc_job {
    struct objective *o;
    const struct batch *b;
    float scale;
};

static struct ctc_lane lane_of(const struct objective *o, const struct batch *b, int lane)
{
    const int classes = o->net->shape.n_classes, start = b->label_start[lane];
    return (struct ctc_lane){.steps = b->len != NULL ? b->len[lane] : b->steps,
                             .classes = classes,
                             .blank = net_blank(o->net),
                             .stride = (size_t)b->lanes * (size_t)classes,
                             .labels = b->labels + start,
                             .n_labels = b->label_start[lane + 1] - start};
}

/* The logits of a lane become their gradient, zero behind its end. */
static void ctc_part(void *ctx, int part, int parts)
{
    const struct ctc_job *k = ctx;
    struct objective *o = k->o;
    size_t lo, hi;
    pool_share((size_t)k->b->lanes, 1, part, parts, &lo, &hi);
    for (size_t i = lo; i < hi; i++) {
        const struct ctc_lane lane = lane_of(o, k->b, (int)i);
        float *z = o->z + i * (size_t)lane.classes;
        o->nll[i] = ctc_nll(&lane, z, o->room + (size_t)part * o->room_n, k->scale, z);
        for (int t = lane.steps; t < k->b->steps; t++)
            memset(z + (size_t)t * lane.stride, 0, (size_t)lane.classes * sizeof *z);
    }
}

static void by_ctc(struct objective *o, const struct batch *b, struct bptt *bptt, float *grad,
                   struct objective_sum *out)
{
    const int rows = b->steps * b->lanes, labels = b->label_start[b->lanes];
    out->per = labels > 0 ? labels : 1;
    struct ctc_job job = {o, b, 1 / (float)out->per};
    logits_make(&o->logits, rows, bptt->y, o->z);
    pool_run(o->pool, ctc_part, &job);
    logits_back(&o->logits, rows, o->z, bptt->y, 0, bptt->dy, grad);
    for (int lane = 0; lane < b->lanes; lane++) {
        const int has = isfinite(o->nll[lane]) || isnan(o->nll[lane]);
        out->nll += has ? o->nll[lane] : 0;
        out->n += has ? (size_t)(b->label_start[lane + 1] - b->label_start[lane]) : 0;
        out->infeasible += !has;
    }
    out->loss = out->nll / out->per;
}

void objective_gradient(struct objective *o, const struct batch *b, struct bptt *bptt, float *grad,
                        struct objective_sum *out)
{
    *out = (struct objective_sum){0};
    if (o->net->shape.task == TASK_CTC)
        by_ctc(o, b, bptt, grad, out);
    else
        by_rows(o, b, bptt, grad, out);
}
