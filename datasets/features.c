#include "datasets/features.h"

#include "base/mem.h"
#include "datasets/fft.h"
#include "datasets/pcm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { N_FFT = 512, N_BINS = N_FFT / 2 + 1, MOST_FILTERS = 50, N_CEPSTRA = 12, LIFTER = 22 };

static const double floor_power = 1; /* at int16 scale; ln of it is 0 */

/* What each number of features means. */
struct kind {
    int n_out, filters, cepstra; /* cepstra 0: the filters themselves */
    double low_hz;
    int magnitude; /* 1: |X|, 0: |X|^2 */
};

static const struct kind kinds[] = {
    {39, 26, N_CEPSTRA, 0, 1},
    {123, 40, 0, 20, 0},
    {153, 50, 0, 20, 0},
};

struct features {
    const struct kind *kind;
    struct fft *fft;
    int n_static;
    double window[FRAME_SAMPLES];
    double filter[MOST_FILTERS][N_BINS];
    int first[MOST_FILTERS], end[MOST_FILTERS]; /* bins with a weight */
    double cosine[N_CEPSTRA][MOST_FILTERS];     /* with the lifter */
};

static double mel(double hz)
{
    return 1127 * log(1 + hz / 700);
}

static void make_filters(struct features *f)
{
    const int n = f->kind->filters;
    const double low = mel(f->kind->low_hz), step = (mel(PCM_HZ / 2.0) - low) / (n + 1);
    for (int i = 0; i < n; i++) {
        f->first[i] = N_BINS;
        for (int k = 0; k < N_BINS; k++) {
            /* 0 at the neighbours' centres, 1 at its own */
            const double at = (mel(k * (double)PCM_HZ / N_FFT) - low) / step - (i + 1);
            const double weight = 1 - fabs(at);
            if (weight <= 0)
                continue;
            f->filter[i][k] = weight;
            f->first[i] = k < f->first[i] ? k : f->first[i];
            f->end[i] = k + 1;
        }
    }
}

static void make_cosines(struct features *f)
{
    const int n = f->kind->filters;
    for (int c = 1; c <= f->kind->cepstra; c++)
        for (int i = 0; i < n; i++)
            f->cosine[c - 1][i] = sqrt(2.0 / n) * cos(M_PI * c * (i + 0.5) / n) *
                                  (1 + LIFTER / 2.0 * sin(M_PI * c / LIFTER));
}

enum status features_new(int n_out, struct features **out)
{
    const struct kind *kind = NULL;
    *out = NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].n_out == n_out)
            kind = &kinds[i];
    if (kind == NULL)
        return fail(E_USAGE, "%d features a frame (expected 39, 123 or 153)", n_out);
    TRY(mem_new(out, 1, sizeof **out));
    struct features *f = *out;
    f->kind = kind;
    f->n_static = n_out / 3;
    for (int i = 0; i < FRAME_SAMPLES; i++)
        f->window[i] = 0.54 - 0.46 * cos(2 * M_PI * i / (FRAME_SAMPLES - 1));
    make_filters(f);
    make_cosines(f);
    enum status s = fft_new(N_FFT, &f->fft);
    if (s != OK) {
        features_release(f);
        *out = NULL;
    }
    return s;
}

void features_release(struct features *f)
{
    if (f == NULL)
        return;
    fft_release(f->fft);
    mem_free(f);
}

size_t features_count(size_t n_samples)
{
    return n_samples < FRAME_SAMPLES ? 0 : 1 + (n_samples - FRAME_SAMPLES) / FRAME_STEP;
}

/* The windowed frame, zeros behind it, and its log energy. */
static double prepare(const struct features *f, const int16_t *sample, double x[N_FFT])
{
    double mean = 0, energy = 0;
    for (int i = 0; i < FRAME_SAMPLES; i++)
        mean += sample[i];
    mean /= FRAME_SAMPLES;
    for (int i = 0; i < FRAME_SAMPLES; i++) {
        x[i] = sample[i] - mean;
        energy += x[i] * x[i];
    }
    for (int i = FRAME_SAMPLES - 1; i > 0; i--)
        x[i] -= 0.97 * x[i - 1];
    x[0] *= 1 - 0.97;
    for (int i = 0; i < FRAME_SAMPLES; i++)
        x[i] *= f->window[i];
    memset(x + FRAME_SAMPLES, 0, (N_FFT - FRAME_SAMPLES) * sizeof *x);
    return log(fmax(energy, floor_power));
}

static void apply_filters(const struct features *f, const double *power, double *out)
{
    for (int i = 0; i < f->kind->filters; i++) {
        double sum = 0;
        for (int k = f->first[i]; k < f->end[i]; k++)
            sum += f->filter[i][k] * (f->kind->magnitude ? sqrt(power[k]) : power[k]);
        out[i] = log(fmax(sum, floor_power));
    }
}

static enum status extract_static(struct features *f, const int16_t *sample, double *out)
{
    double x[N_FFT], power[N_BINS], bank[MOST_FILTERS];
    const int n = f->kind->filters, cepstra = f->kind->cepstra;
    out[f->n_static - 1] = prepare(f, sample, x);
    TRY(fft_power(f->fft, x, power));
    apply_filters(f, power, bank);
    if (cepstra == 0)
        memcpy(out, bank, (size_t)n * sizeof *out);
    for (int c = 0; c < cepstra; c++) {
        out[c] = 0;
        for (int i = 0; i < n; i++)
            out[c] += f->cosine[c][i] * bank[i];
    }
    return OK;
}

/* out[t] = sum over k = 1, 2 of k (x[t+k] - x[t-k]) / 10, of n values a frame, `width` apart. */
static void add_deltas(const double *x, size_t n_frames, int n, int width, double *out)
{
    const long last = (long)n_frames - 1;
    for (long t = 0; t <= last; t++)
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (long k = 1; k <= 2; k++) {
                const long next = t + k < last ? t + k : last, before = t > k ? t - k : 0;
                sum += (double)k * (x[next * width + i] - x[before * width + i]);
            }
            out[t * width + i] = sum / 10;
        }
}

enum status features_extract(struct features *f, const int16_t *sample, size_t n, float *out)
{
    const size_t frames = features_count(n);
    const int n_static = f->n_static, width = f->kind->n_out;
    double *all; /* [frames][n_out] */
    assert(frames != 0);
    TRY(mem_new(&all, frames * (size_t)width, sizeof *all));
    enum status s = OK;
    for (size_t t = 0; s == OK && t < frames; t++)
        s = extract_static(f, sample + t * FRAME_STEP, all + t * (size_t)width);
    add_deltas(all, frames, n_static, width, all + n_static);
    add_deltas(all + n_static, frames, n_static, width, all + 2 * n_static);
    for (size_t i = 0; i < frames * (size_t)width; i++)
        out[i] = (float)all[i];
    mem_free(all);
    return s;
}
