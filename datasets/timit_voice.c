#include "datasets/timit_voice.h"

#include "base/mem.h"
#include "base/rng.h"
#include "datasets/pcm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N_FORMANTS = 3, CONTROL = 80, GLIDE = 400, MOST_PHONES = 64, HEADER = 1024 };
enum class { SILENCE, FRONT, BACK, NASAL, FRICATIVE, CLOSURE, BURST };

static const struct sound {
    const char *name;
    enum class class;
    double pulse, noise, formant[N_FORMANTS]; /* amplitudes, Hz */
    int least, more;                          /* samples: least .. least+more */
} sounds[] = {
    {"h#", SILENCE, 0, 0.002, {500, 1500, 2500}, 1600, 2400},
    {"iy", FRONT, 1, 0.01, {280, 2250, 2900}, 960, 1200},
    {"eh", FRONT, 1, 0.01, {550, 1800, 2500}, 900, 1000},
    {"ae", FRONT, 1, 0.01, {700, 1700, 2400}, 1100, 1200},
    {"aa", BACK, 1, 0.01, {720, 1100, 2450}, 1100, 1200},
    {"uw", BACK, 1, 0.01, {310, 900, 2250}, 960, 1200},
    {"ah", BACK, 1, 0.01, {600, 1250, 2400}, 720, 800},
    {"uh", BACK, 1, 0.01, {600, 1250, 2400}, 720, 800}, /* sounds as ah */
    {"m", NASAL, 0.5, 0.005, {250, 1000, 2100}, 700, 700},
    {"n", NASAL, 0.5, 0.005, {250, 1500, 2500}, 700, 700},
    {"s", FRICATIVE, 0, 0.5, {3500, 5200, 6800}, 1100, 1000},
    {"sh", FRICATIVE, 0, 0.5, {1900, 2700, 4800}, 1100, 1000},
    {"z", FRICATIVE, 0.3, 0.3, {3000, 4800, 6500}, 900, 700},
    {"tcl", CLOSURE, 0, 0.002, {300, 1700, 2600}, 600, 600},
    {"kcl", CLOSURE, 0, 0.002, {300, 1700, 2600}, 600, 600}, /* sounds as tcl */
    {"t", BURST, 0, 0.7, {1500, 3400, 4500}, 400, 300},
    {"k", BURST, 0, 0.7, {1500, 3400, 4500}, 400, 300}, /* sounds as t */
};
enum { H, IY, EH, AE, AA, UW, AH, UH, M, N, S, SH, Z, TCL, KCL, T, K };

/* ---- what is said ---- */

struct plan {
    int phone[MOST_PHONES], samples[MOST_PHONES], n, total;
};

static void add(struct plan *p, struct rng *rng, int phone)
{
    const struct sound *s = &sounds[phone];
    p->phone[p->n] = phone;
    p->samples[p->n] = s->least + (int)rng_below(rng, (uint32_t)s->more);
    p->total += p->samples[p->n++];
}

static int pick_vowel(struct rng *rng, int before)
{
    static const int vowel[] = {IY, EH, AE, AA, UW, AH};
    const int v = vowel[rng_below(rng, 6)];
    return v == AH && sounds[before].class == NASAL ? UH : v;
}

/* Behind a vowel: a nasal, a fricative or a stop, whose place the vowel rules. */
static void add_consonant(struct plan *p, struct rng *rng, int vowel)
{
    static const int plain[] = {M, N, M, N, S, SH, Z};
    const uint32_t x = rng_below(rng, 10);
    if (x < 7) {
        add(p, rng, plain[x]);
        return;
    }
    const int front = sounds[vowel].class == FRONT;
    add(p, rng, front ? KCL : TCL);
    add(p, rng, front ? K : T);
}

static void make_plan(struct plan *p, struct rng *rng, int n_phones)
{
    *p = (struct plan){0};
    add(p, rng, H);
    while (p->n < n_phones && p->n < MOST_PHONES - 4) {
        add(p, rng, pick_vowel(rng, p->phone[p->n - 1]));
        add_consonant(p, rng, p->phone[p->n - 1]);
    }
    add(p, rng, H);
}

/* ---- how it sounds ---- */

struct resonance {
    double a, b, c, y1, y2;
};

/* A library's cos and exp may differ in their last bit between machines; a grid takes that away. */
static double on_grid(double x)
{
    return rint(x * (1 << 20)) / (1 << 20);
}

static void tune(struct resonance *r, double hz, double width_hz)
{
    const double radius = exp(-M_PI * width_hz / PCM_HZ);
    r->c = on_grid(-radius * radius);
    r->b = on_grid(2 * radius * cos(2 * M_PI * hz / PCM_HZ));
    r->a = 1 - r->b - r->c;
}

static double ring(struct resonance *r, double x)
{
    const double y = r->a * x + r->b * r->y1 + r->c * r->y2;
    r->y2 = r->y1;
    r->y1 = y;
    return y;
}

struct mouth {
    const struct voice *voice;
    struct rng *rng;
    struct resonance r[N_FORMANTS];
    double phase; /* 0..1 of the time between two pulses */
};

/* Between a phone and the one before it things change over the first GLIDE samples. */
static double blend(double before, double now, int at)
{
    return at >= GLIDE ? now : before + (now - before) * at / GLIDE;
}

static void set(struct mouth *m, const struct sound *before, const struct sound *now, int at)
{
    static const double width[N_FORMANTS] = {80, 120, 180};
    for (int i = 0; i < N_FORMANTS; i++) {
        const double hz = blend(before->formant[i], now->formant[i], at) * m->voice->scale;
        tune(&m->r[i], fmin(hz, 7500), now->noise > 0.2 ? 3 * width[i] : width[i]);
    }
}

static double next(struct mouth *m, double pulse, double noise)
{
    float random;
    rng_uniform(m->rng, &random, 1, -1, 1);
    double x = noise * (double)random;
    m->phase += m->voice->pitch_hz / PCM_HZ;
    if (m->phase >= 1) {
        m->phase -= 1;
        x += 12 * pulse;
    }
    double y = x;
    for (int i = 0; i < N_FORMANTS; i++)
        y = ring(&m->r[i], y);
    return 6000 * (y + 0.1 * x);
}

static void speak(struct mouth *m, const struct plan *p, int16_t *out)
{
    for (int i = 0; i < p->n; i++) {
        const struct sound *now = &sounds[p->phone[i]];
        const struct sound *before = i != 0 ? &sounds[p->phone[i - 1]] : now;
        for (int t = 0; t < p->samples[i]; t++) {
            if (t % CONTROL == 0)
                set(m, before, now, t);
            const double x = next(m, blend(before->pulse, now->pulse, 2 * t),
                                  blend(before->noise, now->noise, 2 * t));
            *out++ = (int16_t)rint(fmax(-32000, fmin(32000, x)));
        }
    }
}

/* ---- files ---- */

static void put_labels(const struct plan *p, struct strbuf *phn)
{
    int at = 0;
    for (int i = 0; i < p->n; i++) {
        strbuf_addf(phn, "%d %d %s\n", at, at + p->samples[i], sounds[p->phone[i]].name);
        at += p->samples[i];
    }
}

static void put_sphere(const int16_t *x, int n, struct strbuf *out)
{
    char head[HEADER];
    int min = x[0], max = x[0];
    for (int i = 1; i < n; i++) {
        min = x[i] < min ? x[i] : min;
        max = x[i] > max ? x[i] : max;
    }
    memset(head, ' ', sizeof head);
    const int used = snprintf(head, sizeof head,
                              "NIST_1A\n   1024\nchannel_count -i 1\nsample_count -i %d\n"
                              "sample_rate -i %d\nsample_min -i %d\nsample_max -i %d\n"
                              "sample_n_bytes -i 2\nsample_byte_format -s2 01\n"
                              "sample_sig_bits -i 16\nend_head\n",
                              n, PCM_HZ, min, max);
    head[used] = ' ';
    strbuf_add_bytes(out, head, sizeof head);
    for (int i = 0; i < n; i++) {
        const unsigned char b[2] = {(unsigned char)(x[i] & 0xff),
                                    (unsigned char)((x[i] >> 8) & 0xff)};
        strbuf_add_bytes(out, b, 2);
    }
}

enum status timit_voice_say(const struct voice *v, struct rng *rng, int n_phones,
                            struct strbuf *phn, struct strbuf *sphere)
{
    struct plan plan;
    struct mouth mouth = {.voice = v, .rng = rng};
    int16_t *x;
    make_plan(&plan, rng, n_phones);
    TRY(mem_new(&x, (size_t)plan.total, sizeof *x));
    speak(&mouth, &plan, x);
    put_labels(&plan, phn);
    put_sphere(x, plan.total, sphere);
    mem_free(x);
    TRY(strbuf_check(phn));
    return strbuf_check(sphere);
}
