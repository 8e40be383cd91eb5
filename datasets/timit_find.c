#include "datasets/timit_find.h"

#include "base/file.h"
#include "base/mem.h"
#include "datasets/folder.h"
#include "datasets/pcm.h"
#include "datasets/phn.h"
#include "datasets/timit_speakers.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPECTED_BYTES ((uint64_t)460 << 20) /* speech and labels of all that is taken */

enum { FOLDER_DEPTH = 5, MOST_PARTS = 5, MOST_NAME = 64 };

/* A member's name taken apart; all in lower case. */
struct utterance {
    char half[8], speaker[8], file[32]; /* "train", "fcjf0", "si648.wav" */
    char region;                        /* '1' to '8' */
};

/* The last components of a name in lower case, the last one first; their number. */
static int split_name_parts(const char *member, char part[MOST_PARTS][32])
{
    int n = 0;
    for (const char *end = member + strlen(member); n < MOST_PARTS && end > member; n++) {
        const char *start = end;
        while (start > member && start[-1] != '/')
            start--;
        if ((size_t)(end - start) >= sizeof part[0])
            return n;
        for (int i = 0; start + i < end; i++)
            part[n][i] = (char)tolower((unsigned char)start[i]);
        part[n][end - start] = '\0';
        end = start > member ? start - 1 : start;
    }
    return n;
}

/* Sex, three letters (or digits), a digit. */
static int is_speaker(const char *text)
{
    if (strlen(text) != 5 || strchr("mf", text[0]) == NULL || !isdigit((unsigned char)text[4]))
        return 0;
    for (int i = 1; i < 4; i++)
        if (!isalnum((unsigned char)text[i]))
            return 0;
    return 1;
}

static int is_region(const char *text)
{
    return strncmp(text, "dr", 2) == 0 && text[2] >= '1' && text[2] <= '8';
}

/* si or sx, digits, and one of the endings. */
static int is_file(const char *text)
{
    if (strncmp(text, "si", 2) != 0 && strncmp(text, "sx", 2) != 0)
        return 0;
    const size_t digits = strspn(text + 2, "0123456789");
    const char *end = text + 2 + digits;
    return digits != 0 &&
           (strcmp(end, ".wav") == 0 || strcmp(end, ".phn") == 0 || strcmp(end, ".wav.wav") == 0);
}

/* 1 if the member is speech or labels that are wanted. */
static int take_apart(const char *member, struct utterance *u)
{
    char part[MOST_PARTS][32];
    const int n = split_name_parts(member, part);
    const char *speaker;
    if (n < 2 || !is_file(part[0]))
        return 0;
    if (is_region(part[1]) && part[1][3] == '-') {
        speaker = part[1] + 4;
        u->region = part[1][2];
        strcpy(u->half, "sample");
    } else if (n >= 4 && is_region(part[2]) && part[2][3] == '\0' &&
               (strcmp(part[3], "train") == 0 || strcmp(part[3], "test") == 0)) {
        speaker = part[1];
        u->region = part[2][2];
        strcpy(u->half, part[3]);
    } else {
        return 0;
    }
    if (!is_speaker(speaker))
        return 0;
    snprintf(u->speaker, sizeof u->speaker, "%s", speaker);
    snprintf(u->file, sizeof u->file, "%s", part[0]);
    return strcmp(u->half, "test") != 0 || timit_is_dev(speaker) || timit_is_core(speaker);
}

struct search {
    const char *path;
    struct bundle tree, sample;
};

static int want(void *ctx, const char *member)
{
    struct utterance u;
    return take_apart(member, &u);
}

/* Labels and speech on their own; whether they fit each other is seen when both are there. */
static enum status check_bytes(const char *file, const char *name, const char *bytes, size_t n)
{
    struct phn labels = {0};
    struct pcm speech = {0};
    enum status s = strstr(file, ".phn") != NULL ? phn_read(bytes, n, name, SIZE_MAX, &labels)
                                                 : pcm_read(bytes, n, name, &speech);
    mem_free(labels.span);
    mem_free(speech.sample);
    return s;
}

static enum status take(void *ctx, const char *member, const char *bytes, size_t n)
{
    struct search *search = ctx;
    struct utterance u;
    char *full, name[MOST_NAME];
    if (!take_apart(member, &u))
        return OK;
    TRY(file_join(&full, search->path, member));
    snprintf(name, sizeof name, "%s/dr%c/%s/%s", u.half, u.region, u.speaker, u.file);
    struct bundle *b = strcmp(u.half, "sample") == 0 ? &search->sample : &search->tree;
    enum status s = check_bytes(u.file, full, bytes, n);
    if (s == OK)
        s = bundle_add(b, name, full, bytes, n);
    mem_free(full);
    return s;
}

static enum status walk(struct search *search)
{
    struct member_visitor v = {want, take, search, EXPECTED_BYTES};
    if (file_is_folder(search->path))
        return folder_walk(search->path, FOLDER_DEPTH, &v);
    return archive_walk(search->path, &v);
}

/* x.wav.wav comes right behind x.wav: it goes if that is there, else it takes its name. */
static void drop_twice_named(struct bundle *b)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->n; i++) {
        struct member m = b->file[i];
        const size_t n = strlen(m.name);
        b->file[i] = (struct member){0};
        if (n > 8 && strcmp(m.name + n - 8, ".wav.wav") == 0) {
            m.name[n - 4] = '\0';
            if (kept != 0 && strcmp(b->file[kept - 1].name, m.name) == 0) {
                mem_free(m.name);
                mem_free(m.origin);
                mem_free(m.bytes);
                continue;
            }
        }
        b->file[kept++] = m;
    }
    b->n = kept;
}

/* 1 if the names are those of one utterance's labels and speech. */
static int is_pair(const char *a, const char *b)
{
    const size_t n = strlen(a);
    return n == strlen(b) && strcmp(a + n - 4, ".phn") == 0 && strcmp(b + n - 4, ".wav") == 0 &&
           memcmp(a, b, n - 4) == 0;
}

static enum status check_pairs(const struct bundle *b)
{
    for (size_t i = 0; i < b->n; i += 2) {
        const struct member *m = &b->file[i];
        if (i + 1 < b->n && is_pair(m->name, m[1].name))
            continue;
        const int phn = strstr(m->name, ".phn") != NULL;
        return fail(E_FORMAT, "%s: there is no .%s beside it", m->origin, phn ? "WAV" : "PHN");
    }
    return OK;
}

enum status timit_find(const char *path, struct bundle *out)
{
    struct search search = {.path = path};
    *out = (struct bundle){0};
    enum status s = walk(&search);
    struct bundle *found = search.tree.n != 0 ? &search.tree : &search.sample;
    if (s == OK && found->n == 0)
        s = fail(E_FORMAT,
                 "%s: no utterance in it (expected {TRAIN,TEST}/DRn/SPKR/*.{WAV,PHN} or "
                 "drN-spkr/*.{wav,phn})",
                 path);
    if (s == OK)
        s = bundle_sort(found, path);
    if (s == OK) {
        drop_twice_named(found);
        s = check_pairs(found);
    }
    if (s == OK) {
        *out = *found;
        *found = (struct bundle){0};
    }
    bundle_release(&search.tree);
    bundle_release(&search.sample);
    return s;
}
