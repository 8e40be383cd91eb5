/* test_speech.c - speech files and their labels, good and bad; phones; shapes of features. */
#include "base/mem.h"
#include "base/strbuf.h"
#include "datasets/features.h"
#include "datasets/pcm.h"
#include "datasets/phn.h"
#include "datasets/phones.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { HEADER = 1024 };

/* A SPHERE file of the header lines given and n_bytes of samples: 1, 2, 3, .. little-endian. */
static size_t sphere(const char *lines, size_t n_bytes, char *out)
{
    memset(out, ' ', HEADER);
    memcpy(out, "NIST_1A\n   1024\n", 16);
    memcpy(out + 16, lines, strlen(lines));
    for (size_t i = 0; i < n_bytes; i++)
        out[HEADER + i] = i % 2 == 0 ? (char)(i / 2 + 1) : 0;
    return HEADER + n_bytes;
}

#define COUNT(n) "sample_count -i " #n "\n"
#define REST "sample_rate -i 16000\nchannel_count -i 1\nsample_n_bytes -i 2\n"
#define ORDER "sample_byte_format -s2 01\n"
#define END "end_head\n"

static void refuse(const char *bytes, size_t n, const char *part)
{
    struct pcm p;
    cr_assert_eq(pcm_read(bytes, n, "f.wav", &p), E_FORMAT, "accepted: %s", part);
    cr_assert_not_null(strstr(status_message(), part), "%s", status_message());
    cr_assert_eq(strncmp(status_message(), "f.wav:", 6), 0, "%s", status_message());
    cr_assert_null(p.sample);
}

static void refuse_sphere(const char *lines, size_t n_bytes, const char *part)
{
    char file[HEADER + 64];
    refuse(file, sphere(lines, n_bytes, file), part);
}

Test(speech, sphere_is_read)
{
    char file[HEADER + 64];
    struct pcm p;
    const char *lines = "speaker_id -s4 DAB0\n; a comment\n" COUNT(3) REST ORDER
        "sample_min -i 1\nsample_max -i 3\nsample_sig_bits -i 16\n" END;
    size_t n = sphere(lines, 6, file);
    cr_assert_eq(pcm_read(file, n, "f", &p), OK, "%s", status_message());
    cr_assert(p.n == 3 && p.sample[0] == 1 && p.sample[2] == 3);
    mem_free(p.sample);
    lines = COUNT(2) REST "sample_byte_format -s2 10\nsample_coding -s3 pcm\n" END;
    n = sphere(lines, 6, file); /* one sample more than is said is not looked at */
    cr_assert_eq(pcm_read(file, n, "f", &p), OK, "%s", status_message());
    cr_assert(p.n == 2 && p.sample[0] == 256);
    mem_free(p.sample);
}

Test(speech, bad_sphere_is_refused)
{
    refuse("", 0, "the file is empty");
    refuse("anything", 8, "f.wav: is neither a SPHERE nor a RIFF WAVE file");
    refuse("<html>", 6, "f.wav:1: is an HTML page");
    refuse("version https://git-lfs", 23, "f.wav:1: is a git-lfs pointer");
    refuse("NIST_1A\n   1024\nend_head\n", 25,
           "the header of 1024 bytes is cut short: the file has 25");
    refuse("NIST_1A\n   99\n", 14, ":2: is no size of a SPHERE header");
    refuse("NIST_1A\n", 8, ":2: is no size of a SPHERE header");
    refuse("NIST_2B\n   1024\n", 16, ":1: is no SPHERE file");
    refuse_sphere(REST ORDER END, 6, "has no sample_count");
    refuse_sphere(COUNT(-3) REST ORDER END, 6, "sample_count is -3 (expected at least 1)");
    refuse_sphere(COUNT(0) REST ORDER END, 6, "sample_count is 0");
    refuse_sphere(COUNT(3x) REST ORDER END, 6, ":3: sample_count is '3x' (expected a whole");
    refuse_sphere(COUNT(9) REST ORDER END, 6,
                  "cut short: 6 bytes of samples where the header "
                  "says 18");
    refuse_sphere(COUNT(3) REST "sample_coding -s26 pcm,embedded-shorten-v2.00\n" END, 6,
                  "is compressed with shorten, pcm,embedded-shorten-v2.00 (expand it with");
    refuse_sphere(COUNT(3) REST "sample_coding -s4 ulaw\n" END, 6, "sample_coding is ulaw");
    refuse_sphere(COUNT(3) "sample_rate -i 16000\nchannel_count -i 2\n" END, 6, "has 2 channels");
    refuse_sphere(COUNT(3) "sample_rate -i 8000\n" END, 6,
                  "has 8000 samples a second (expected 16000)");
    refuse_sphere(COUNT(3) END, 6, "samples a second (expected 16000)");
    refuse_sphere(COUNT(3) "sample_rate -i 16000\nsample_n_bytes -i 1\n" END, 6,
                  "has 1 bytes a sample");
    refuse_sphere(COUNT(3) REST "sample_byte_format -s2 1\n" END, 6, "sample_byte_format is '1'");
    refuse_sphere(COUNT(3) REST "sample_max -i 7\n" END, 6,
                  "samples from 1 to 3, but its header says 1 to 7: the file is damaged");
    refuse_sphere(COUNT(3) "nonsense\n" END, 6, ":4: 'nonsense' is no field");
    refuse_sphere(COUNT(3) REST, 6, "has no end_head");
    refuse("ajkg\2\1", 6, "is compressed with shorten (expand it with shorten -x)");
}

Test(speech, every_cut_of_a_sphere_file_is_refused)
{
    char file[HEADER + 64];
    struct pcm p;
    const size_t n = sphere(COUNT(8) REST ORDER END, 16, file);
    for (size_t cut = 0; cut < n; cut++)
        cr_assert_eq(pcm_read(file, cut, "f", &p), E_FORMAT, "%zu", cut);
}

struct riff {
    unsigned char b[128];
    size_t n;
};

static void put(struct riff *r, const char *tag, uint32_t value, int n)
{
    memcpy(r->b + r->n, tag, strlen(tag));
    r->n += strlen(tag);
    for (int i = 0; i < n; i++)
        r->b[r->n++] = (unsigned char)(value >> (8 * i));
}

static struct riff riff(uint32_t coding, uint32_t channels, uint32_t rate, uint32_t bits,
                        uint32_t data_bytes)
{
    struct riff r = {.n = 0};
    put(&r, "RIFF", 100, 4);
    put(&r, "WAVEjunk", 3, 4); /* an odd chunk has a byte of padding */
    put(&r, "abc", 0, 1);
    put(&r, "fmt ", 16, 4);
    put(&r, "", coding, 2);
    put(&r, "", channels, 2);
    put(&r, "", rate, 4);
    put(&r, "", rate * 2, 4);
    put(&r, "", 2, 2);
    put(&r, "", bits, 2);
    put(&r, "data", data_bytes, 4);
    put(&r, "", 0x00020001, 4);
    put(&r, "", 0xffff, 2);
    return r;
}

static void refuse_riff(struct riff r, const char *part)
{
    refuse((const char *)r.b, r.n, part);
}

Test(speech, riff)
{
    struct pcm p;
    struct riff r = riff(1, 1, 16000, 16, 6);
    cr_assert_eq(pcm_read((char *)r.b, r.n, "f", &p), OK, "%s", status_message());
    cr_assert(p.n == 3 && p.sample[0] == 1 && p.sample[1] == 2 && p.sample[2] == -1);
    mem_free(p.sample);
    for (size_t cut = 0; cut < r.n; cut++)
        cr_assert_eq(pcm_read((char *)r.b, cut, "f", &p), E_FORMAT, "%zu", cut);
    refuse_riff(riff(7, 1, 16000, 16, 6), "WAVE coding 7 (expected 1, PCM)");
    refuse_riff(riff(1, 2, 16000, 16, 6), "has 2 channels");
    refuse_riff(riff(1, 1, 44100, 16, 6), "has 44100 samples a second");
    refuse_riff(riff(1, 1, 16000, 8, 6), "has 8 bits a sample");
    refuse_riff(riff(1, 1, 16000, 16, 8),
                "cut short at byte 48: the data chunk has 8 bytes, the file 6");
    refuse_riff(riff(1, 1, 16000, 16, 0xffffffff), "cut short at byte 48");
    refuse_riff(riff(1, 1, 16000, 16, 0), "0 bytes of samples");
    refuse_riff(riff(1, 1, 16000, 16, 5), "5 bytes of samples (expected a multiple of 2)");
    memcpy(r.b + 24, "fnt ", 4);
    refuse_riff(r, "samples at byte 48 before a fmt chunk");
    memcpy(r.b + 48, "date", 4);
    refuse_riff(r, "the RIFF file has no data chunk");
}

/* ---- labels ---- */

static void refuse_phn(const char *text, const char *message)
{
    struct phn p;
    cr_assert_eq(phn_read(text, strlen(text), "f.phn", 1000, &p), E_FORMAT, "%s", text);
    cr_assert_str_eq(status_message(), message);
    cr_assert_null(p.span);
}

Test(speech, labels)
{
    struct phn p;
    const char *text = "0 300 h#\r\n300 500 aa \n500 900 ax-h";
    size_t at = 0;
    cr_assert_eq(phn_read(text, strlen(text), "f", 1000, &p), OK, "%s", status_message());
    cr_assert_eq(p.n, 3);
    cr_assert(p.span[1].begin == 300 && p.span[1].end == 500);
    static const struct {
        size_t sample;
        const char *phone;
    } want[] = {{0, "h#"}, {299, "h#"}, {300, "aa"}, {500, "ax-h"}, {999, "ax-h"}};
    for (int i = 0; i < 5; i++)
        cr_assert_str_eq(phones_name(phn_at(&p, want[i].sample, &at)), want[i].phone);
    mem_free(p.span);
}

Test(speech, bad_labels_are_refused_by_line)
{
    refuse_phn("", "f.phn:1: the file is empty (expected text)");
    refuse_phn("0 300 h#\n300 500\n",
               "f.phn:2: is no line of a .PHN file (expected BEGIN END PHONE)");
    refuse_phn("0 300 h#\n\n", "f.phn:2: is no line of a .PHN file (expected BEGIN END PHONE)");
    refuse_phn("-1 300 h#\n", "f.phn:1: is no line of a .PHN file (expected BEGIN END PHONE)");
    refuse_phn("0 9999999999999 h#\n",
               "f.phn:1: is no line of a .PHN file (expected BEGIN END PHONE)");
    refuse_phn("0 300 h#\n300 500 xx\n", "f.phn:2: unknown phone 'xx' (TIMIT has 61)");
    refuse_phn("0 300 h#\n299 500 aa\n",
               "f.phn:2: begins at 299 where 300 is expected (an overlap)");
    refuse_phn("0 300 h#\n301 500 aa\n", "f.phn:2: begins at 301 where 300 is expected (a gap)");
    refuse_phn("5 300 h#\n", "f.phn:1: begins at 5 where 0 is expected (a gap)");
    refuse_phn("0 0 h#\n", "f.phn:1: ends at 0, not behind its begin 0");
    refuse_phn("0 300 h#\n300 1001 aa\n",
               "f.phn:2: ends at 1001, beyond the audio of 1000 samples");
    refuse_phn("0 300 h\xff\n", "f.phn:1: invalid UTF-8 (byte 0xff at column 8)");
    refuse_phn("<html>", "f.phn:1: is an HTML page (expected the text itself)");
}

Test(speech, phones_fold_as_lee_and_hon_did)
{
    int seen48 = 0, last39 = -1;
    for (int i = 0; i < N_PHONES; i++) {
        cr_assert_eq(phones_find(phones_name(i), strlen(phones_name(i))), i);
        int first48 = *phones_name48(i) != '\0';
        for (int k = 0; k < i; k++)
            first48 &= strcmp(phones_name48(k), phones_name48(i)) != 0;
        seen48 += first48;
        const int fold = phones_fold39()[i];
        cr_assert_eq(fold < 0, strcmp(phones_name(i), "q") == 0);
        cr_assert_eq(fold < 0, *phones_name39(i) == '\0');
        for (int k = 0; k < i; k++) /* equal ids are equal names */
            cr_assert_eq(phones_fold39()[k] == fold,
                         strcmp(phones_name39(k), phones_name39(i)) == 0);
        last39 = fold > last39 ? fold : last39;
    }
    cr_assert_eq(seen48, 48);
    cr_assert_eq(last39, N_PHONES_39 - 1);
    cr_assert_str_eq(phones_name39(phones_find("zh", 2)), "sh");
    cr_assert_str_eq(phones_name39(phones_find("epi", 3)), "sil");
    cr_assert_eq(phones_find("", 0), -1);
}

/* ---- features ---- */

Test(speech, frames_are_counted)
{
    static const size_t want[][2] = {{0, 0}, {399, 0}, {400, 1}, {559, 1}, {560, 2}, {68813, 428}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        cr_assert_eq(features_count(want[i][0]), want[i][1]);
}

Test(speech, features_of_silence_and_of_a_tone)
{
    static int16_t silence[1600], tone[1600];
    static float out[8 * 153];
    struct features *f;
    cr_assert_eq(features_new(120, &f), E_USAGE);
    for (int i = 0; i < 1600; i++)
        tone[i] = (int16_t)lrint(8000 * sin(2 * M_PI * 1000 * i / 16000.0));
    static const int n_in[] = {39, 123, 153};
    for (int k = 0; k < 3; k++) {
        const int n = n_in[k], n_static = n / 3;
        cr_assert_eq(features_new(n, &f), OK);
        cr_assert_eq(features_extract(f, silence, 1600, out), OK);
        for (int i = 0; i < 8 * n; i++)
            cr_assert_lt(fabsf(out[i]), 1e-5f); /* the floor's logarithm is 0 */
        cr_assert_eq(features_extract(f, tone, 1600, out), OK);
        cr_assert_float_eq(out[n_static - 1], log(400 * 8000.0 * 8000 / 2), 1e-3);
        for (int t = 1; t < 8; t++) /* the same in every frame, so deltas vanish */
            for (int i = 0; i < n; i++)
                cr_assert_float_eq(out[t * n + i], i < n_static ? out[i] : 0, 1e-2);
        int loudest = 0;
        for (int i = 0; n != 39 && i < n_static - 1; i++)
            loudest = out[i] > out[loudest] ? i : loudest;
        const double step = (1127 * log(1 + 8000 / 700.0) - 1127 * log(1 + 20 / 700.0)) / n_static;
        const double centre = 1127 * log(1 + 20 / 700.0) + (loudest + 1) * step;
        if (n != 39)
            cr_assert_lt(fabs(centre - 1127 * log(1 + 1000 / 700.0)), step);
        features_release(f);
    }
}
