#include "model/judge.h"

#include "base/mem.h"
#include "model/ctc.h"
#include "model/head.h"

#include <math.h>
#include <string.h>

static enum status init_ctc(struct judge *j, const struct batcher *b)
{
    const int steps = batcher_max_steps(b), labels = batcher_max_labels(b);
    TRY(mem_new(&j->room, ctc_room(steps, j->net->shape.n_classes, labels), sizeof *j->room));
    TRY(mem_new(&j->heard, (size_t)steps, sizeof *j->heard));
    TRY(mem_new(&j->said, (size_t)labels, sizeof *j->said));
    return mem_new(&j->edits, (size_t)labels + 1, sizeof *j->edits);
}

enum status judge_init(struct judge *j, const struct net *net, const struct dataset *ds,
                       const struct batcher *b, struct pool *pool)
{
    const size_t lanes = (size_t)batcher_max_lanes(b);
    size_t rows = lanes * (size_t)(head_pools(net) ? 1 : batcher_max_steps(b));
    *j = (struct judge){.net = net, .ds = ds};
    if (net->shape.task == TASK_LM)
        return loss_init(&j->loss, net, pool, (int)rows, 0);
    TRY(logits_init(&j->logits, net, pool));
    TRY(mem_new(&j->z, rows, (size_t)net->shape.n_classes * sizeof *j->z));
    TRY(mem_new(&j->share, (size_t)dataset_n_scored(ds), sizeof *j->share));
    if (net->shape.task == TASK_CTC)
        return init_ctc(j, b);
    if (!head_pools(net))
        return OK;
    TRY(mem_new(&j->rows, lanes, (size_t)net_n_out(net) * sizeof *j->rows));
    return mem_new(&j->targets, lanes, sizeof *j->targets);
}

void judge_release(struct judge *j)
{
    void *const block[] = {j->rows, j->targets, j->z,    j->share,
                           j->room, j->heard,   j->said, j->edits};
    loss_release(&j->loss);
    logits_release(&j->logits);
    for (size_t i = 0; i < sizeof block / sizeof *block; i++)
        mem_free(block[i]);
    *j = (struct judge){0};
}

/* The class of a label that is scored, or -1. */
static int folded(const struct judge *j, int label)
{
    return j->ds->fold != NULL ? j->ds->fold[label] : label;
}

static double top_of(const float *z, int n)
{
    double top = z[0];
    for (int i = 1; i < n; i++)
        top = z[i] > top ? z[i] : top;
    return top;
}

/* One row of logits against its target. */
static void judge_row(struct judge *j, const float *z, int target, struct verdict *v)
{
    const int n = j->net->shape.n_classes, n_scored = dataset_n_scored(j->ds);
    const double top = top_of(z, n);
    double sum = 0;
    int best = 0;
    memset(j->share, 0, (size_t)n_scored * sizeof *j->share);
    for (int i = 0; i < n; i++) {
        const double p = exp(z[i] - top);
        sum += p;
        if (folded(j, i) >= 0)
            j->share[folded(j, i)] += p;
    }
    for (int i = 1; i < n_scored; i++)
        best = j->share[i] > j->share[best] ? i : best;
    v->nll += log(sum) + top - z[target];
    v->n++;
    v->wrong += best != folded(j, target);
    v->judged++;
}

static int fold_all(const struct judge *j, const int32_t *from, int n, int32_t *to)
{
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (folded(j, from[i]) >= 0)
            to[kept++] = folded(j, from[i]);
    return kept;
}

/* One lane of logits against its labels. */
static void judge_lane(struct judge *j, const struct ctc_lane *lane, const float *z,
                       struct verdict *v)
{
    const double nll = ctc_nll(lane, z, j->room, 0, NULL);
    const int said = fold_all(j, lane->labels, lane->n_labels, j->said);
    const int heard = fold_all(j, j->heard, ctc_greedy(lane, z, j->heard), j->heard);
    v->wrong += ctc_edits(j->heard, heard, j->said, said, j->edits);
    v->judged += (size_t)said;
    v->infeasible += nll == INFINITY;
    v->nll += nll == INFINITY ? 0 : nll;
    v->n += nll == INFINITY ? 0 : (size_t)lane->n_labels;
}

void verdict_add(struct verdict *to, const struct verdict *v)
{
    to->nll += v->nll;
    to->n += v->n;
    to->wrong += v->wrong;
    to->judged += v->judged;
    to->infeasible += v->infeasible;
}

static struct verdict judge_sequence(struct judge *j, const struct batch *b, int lane)
{
    const int classes = j->net->shape.n_classes, pools = head_pools(j->net);
    const int steps = pools ? 1 : b->len != NULL ? b->len[lane] : b->steps;
    const int32_t *targets = pools ? j->targets : b->targets;
    struct verdict v = {0};
    if (j->net->shape.task == TASK_CTC) {
        const struct ctc_lane l = {.steps = steps,
                                   .classes = classes,
                                   .blank = net_blank(j->net),
                                   .stride = (size_t)b->lanes * (size_t)classes,
                                   .labels = b->labels + b->label_start[lane],
                                   .n_labels = b->label_start[lane + 1] - b->label_start[lane]};
        judge_lane(j, &l, j->z + (size_t)lane * (size_t)classes, &v);
        return v;
    }
    for (int t = 0; t < steps; t++) {
        const size_t row = (size_t)t * (size_t)b->lanes + (size_t)lane;
        if (targets[row] != NO_TARGET)
            judge_row(j, j->z + row * (size_t)classes, targets[row], &v);
    }
    return v;
}

static void judge_words(struct judge *j, const struct batch *b, const float *y, struct verdict *sum)
{
    const int rows = b->steps * b->lanes;
    sum->nll += loss_score(&j->loss, rows, y, b->targets);
    for (int i = 0; i < rows; i++)
        sum->n += b->targets[i] != NO_TARGET;
}

void judge_batch(struct judge *j, const struct batch *b, const float *y, struct verdict *sum,
                 struct verdict *each)
{
    if (j->net->shape.task == TASK_LM) {
        judge_words(j, b, y, sum);
        return;
    }
    if (head_pools(j->net))
        head_gather(j->net, b, y, j->rows, j->targets);
    logits_make(&j->logits, head_rows(j->net, b), head_pools(j->net) ? j->rows : y, j->z);
    for (int lane = 0; lane < b->lanes; lane++) {
        const struct verdict v = judge_sequence(j, b, lane);
        verdict_add(sum, &v);
        if (each != NULL)
            each[b->item[lane]] = v;
    }
}
