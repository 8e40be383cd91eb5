#include "model/ctc.h"

#include <math.h>
#include <string.h>

/* The labels with a blank before, between and behind them are the states; a path stays, goes on by
 * one, or by two over a blank between unlike labels. */
struct work {
    const struct ctc_lane *l;
    int states;    /* 2*n_labels + 1 */
    double *log_p; /* [steps][classes] */
    double *alpha; /* [steps][states] all that leads there, that step counted */
    double *beta;  /* [states] all that leads on from there, that step not counted */
    double *from;  /* [states] beta and that step */
};

size_t ctc_room(int steps, int classes, int n_labels)
{
    size_t states = 2 * (size_t)(n_labels < steps ? n_labels : steps) + 1;
    return (size_t)steps * ((size_t)classes + states) + 2 * states;
}

static struct work work_of(const struct ctc_lane *l, double *room)
{
    struct work w = {.l = l, .states = 2 * l->n_labels + 1, .log_p = room};
    w.alpha = room + (size_t)l->steps * (size_t)l->classes;
    w.beta = w.alpha + (size_t)l->steps * (size_t)w.states;
    w.from = w.beta + w.states;
    return w;
}

static int class_of(const struct work *w, int state)
{
    return state % 2 == 0 ? w->l->blank : w->l->labels[state / 2];
}

/* 1 if a path may go from state - 2 to state. */
static int skips(const struct work *w, int state)
{
    return state >= 2 && state % 2 == 1 && class_of(w, state) != class_of(w, state - 2);
}

static double log_add(double a, double b)
{
    double most = a > b ? a : b, least = a > b ? b : a;
    return least == -INFINITY ? most : most + log1p(exp(least - most));
}

static void log_softmax(const float *z, int n, double *out)
{
    double top = -INFINITY, sum = 0;
    for (int i = 0; i < n; i++)
        top = z[i] > top ? z[i] : top;
    for (int i = 0; i < n; i++)
        sum += exp(z[i] - top);
    for (int i = 0; i < n; i++)
        out[i] = z[i] - top - log(sum);
}

static double log_p_at(const struct work *w, int step, int state)
{
    return w->log_p[(size_t)step * (size_t)w->l->classes + (size_t)class_of(w, state)];
}

static void forward(const struct work *w)
{
    for (int t = 0; t < w->l->steps; t++) {
        double *now = w->alpha + (size_t)t * (size_t)w->states;
        const double *was = now - w->states;
        for (int s = 0; s < w->states; s++) {
            double a = t == 0 ? (s < 2 ? 0 : -INFINITY) : was[s];
            if (t != 0 && s > 0)
                a = log_add(a, was[s - 1]);
            if (t != 0 && skips(w, s))
                a = log_add(a, was[s - 2]);
            now[s] = a + log_p_at(w, t, s);
        }
    }
}

static double total(const struct work *w)
{
    const double *last = w->alpha + (size_t)(w->l->steps - 1) * (size_t)w->states;
    return w->states == 1 ? last[0] : log_add(last[w->states - 1], last[w->states - 2]);
}

/* beta of the step before. */
static void back_step(const struct work *w)
{
    for (int s = 0; s < w->states; s++) {
        double b = w->from[s];
        if (s + 1 < w->states)
            b = log_add(b, w->from[s + 1]);
        if (s + 2 < w->states && skips(w, s + 2))
            b = log_add(b, w->from[s + 2]);
        w->beta[s] = b;
    }
}

/* log_p of a step becomes the gradient by its logits. */
static void gradient_step(const struct work *w, int t, double log_total, float scale, float *dz)
{
    double *p = w->log_p + (size_t)t * (size_t)w->l->classes;
    const double *alpha = w->alpha + (size_t)t * (size_t)w->states;
    for (int i = 0; i < w->l->classes; i++)
        p[i] = exp(p[i]);
    for (int s = 0; s < w->states; s++)
        p[class_of(w, s)] -= exp(alpha[s] + w->beta[s] - log_total);
    for (int i = 0; i < w->l->classes; i++)
        dz[i] = scale * (float)p[i];
}

static void backward(const struct work *w, double log_total, float scale, float *dz)
{
    for (int s = 0; s < w->states; s++)
        w->beta[s] = s >= w->states - 2 ? 0 : -INFINITY;
    for (int t = w->l->steps - 1; t >= 0; t--) {
        for (int s = 0; s < w->states; s++)
            w->from[s] = w->beta[s] + log_p_at(w, t, s);
        gradient_step(w, t, log_total, scale, dz + (size_t)t * w->l->stride);
        back_step(w);
    }
}

static double no_path(const struct ctc_lane *l, float *dz)
{
    for (int t = 0; dz != NULL && t < l->steps; t++)
        memset(dz + (size_t)t * l->stride, 0, (size_t)l->classes * sizeof *dz);
    return INFINITY;
}

double ctc_nll(const struct ctc_lane *l, const float *z, double *room, float scale, float *dz)
{
    struct work w = work_of(l, room);
    if (l->n_labels > l->steps)
        return no_path(l, dz);
    for (int t = 0; t < l->steps; t++)
        log_softmax(z + (size_t)t * l->stride, l->classes,
                    w.log_p + (size_t)t * (size_t)l->classes);
    forward(&w);
    double log_total = total(&w);
    if (dz == NULL)
        return -log_total;
    if (log_total == -INFINITY)
        return no_path(l, dz);
    backward(&w, log_total, scale, dz);
    return -log_total;
}

int ctc_greedy(const struct ctc_lane *l, const float *z, int32_t *out)
{
    int n = 0, was = l->blank;
    for (int t = 0; t < l->steps; t++, z += l->stride) {
        int best = 0;
        for (int i = 1; i < l->classes; i++)
            best = z[i] > z[best] ? i : best;
        if (best != was && best != l->blank)
            out[n++] = best;
        was = best;
    }
    return n;
}

int ctc_edits(const int32_t *a, int n_a, const int32_t *b, int n_b, int *row)
{
    for (int j = 0; j <= n_b; j++)
        row[j] = j;
    for (int i = 1; i <= n_a; i++) {
        int corner = row[0]; /* the row above, one to the left */
        row[0] = i;
        for (int j = 1; j <= n_b; j++) {
            int swap = corner + (a[i - 1] != b[j - 1]), add = row[j - 1] + 1, drop = row[j] + 1;
            corner = row[j];
            row[j] = swap < add ? swap : add;
            row[j] = drop < row[j] ? drop : row[j];
        }
    }
    return row[n_b];
}
