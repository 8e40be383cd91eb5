#include "datasets/manifest.h"

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "datasets/members.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const ptb_sha256[N_SPLITS] = {
    "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
    "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
    "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
};

const char *manifest_ptb_sha256(enum split s)
{
    return ptb_sha256[s];
}

/* Digests of the whole, by label. Where all that is to be had of a corpus are its counts, which its
 * reader checks, the digest is NULL: no other corpus can get that label. */
static const struct {
    const char *label, *sha256;
} known[] = {
    {"ptb", "841f15efe911ab80082cc50842b19e1e15ad3e40ec25e20f4f666ff89d8454da"},
    {"imdb", "abce4b3e07951ae8f65fe5d7fbd0d2063edbd8923c31a9700c8380105ae7e178"},
    {"imdb-kaggle", NULL},
    {"timit", NULL},
    {"timit-sample", NULL},
};

static int is_known(const struct manifest *m)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].sha256 != NULL ? strcmp(m->entry.sha256, known[i].sha256) == 0
                                    : strcmp(m->entry.label, known[i].label) == 0)
            return 1;
    return 0;
}

void manifest_begin(struct manifest *m, const char *corpus, const char *label)
{
    *m = (struct manifest){0};
    snprintf(m->entry.corpus, sizeof m->entry.corpus, "%s", corpus);
    snprintf(m->entry.label, sizeof m->entry.label, "%s", label);
}

void manifest_fact(struct manifest *m, const char *name, const char *fmt, ...)
{
    assert(m->entry.n_facts < STORE_FACTS);
    struct store_fact *f = &m->entry.fact[m->entry.n_facts++];
    snprintf(f->name, sizeof f->name, "%s", name);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->text, sizeof f->text, fmt, ap);
    va_end(ap);
}

enum status manifest_finish(struct manifest *m)
{
    TRY(manifest_whole(m->sha256, m->entry.sha256));
    m->entry.known = is_known(m);
    return OK;
}

enum status manifest_whole(char sha256[N_SPLITS][HASH_HEX], char whole[HASH_HEX])
{
    char text[N_SPLITS * HASH_HEX + 1];
    snprintf(text, sizeof text, "%s\n%s\n%s\n", sha256[0], sha256[1], sha256[2]);
    return hash_bytes(text, strlen(text), whole);
}

/* How corpus.json calls a split. */
static const char *key_of(const struct manifest *m, enum split i)
{
    return strcmp(m->entry.corpus, "ptb") == 0 ? members_file(i) : split_name(i);
}

enum status manifest_check_ptb(const struct manifest *m)
{
    static const size_t lines[N_SPLITS] = {42068, 3370, 3761};
    static const size_t tokens[N_SPLITS] = {929589, 73760, 82430};
    const struct store_entry *e = &m->entry;
    for (int i = 0; i < N_SPLITS; i++)
        if (e->n_lines[i] != lines[i] || e->n_tokens[i] != tokens[i])
            return fail(E_FORMAT, "%s: %zu lines, %zu tokens (PTB has %zu and %zu)",
                        members_file((enum split)i), e->n_lines[i], e->n_tokens[i], lines[i],
                        tokens[i]);
    if (e->n_words != 10000)
        return fail(E_FORMAT, "ptb.train.txt: %zu words (PTB has 10000)", e->n_words);
    return OK;
}

static enum status put_member(struct json *members, const struct manifest *m, enum split i)
{
    struct json *j;
    TRY(json_put_object(members, key_of(m, i), &j));
    TRY(json_put_text(j, "sha256", m->sha256[i]));
    TRY(json_put_whole(j, "bytes", (int64_t)m->n_bytes[i]));
    TRY(json_put_whole(j, "lines", (int64_t)m->entry.n_lines[i]));
    return json_put_whole(j, "tokens", (int64_t)m->entry.n_tokens[i]);
}

static enum status put_facts(struct json *root, const struct store_entry *e)
{
    struct json *list, *j;
    if (e->n_facts == 0)
        return OK;
    TRY(json_put_array(root, "facts", &list));
    for (int i = 0; i < e->n_facts; i++) {
        TRY(json_push_object(list, &j));
        TRY(json_put_text(j, "name", e->fact[i].name));
        TRY(json_put_text(j, "text", e->fact[i].text));
    }
    return OK;
}

enum status manifest_write(const struct manifest *m, const char *path)
{
    struct json *root, *members;
    struct strbuf b = {0};
    TRY(json_new(&root));
    enum status s;
    TRY_OUT(json_put_text(root, "label", m->entry.label));
    TRY_OUT(json_put_text(root, "corpus", m->entry.corpus));
    TRY_OUT(json_put_text(root, "sha256", m->entry.sha256));
    TRY_OUT(json_put_whole(root, "words", (int64_t)m->entry.n_words));
    TRY_OUT(json_put_object(root, "members", &members));
    for (int i = 0; i < N_SPLITS; i++)
        TRY_OUT(put_member(members, m, (enum split)i));
    TRY_OUT(put_facts(root, &m->entry));
    TRY_OUT(json_write(root, 1, &b));
    strbuf_add(&b, "\n");
    TRY_OUT(strbuf_check(&b));
    TRY_OUT(file_write(path, b.s, b.n));
out:
    json_release(root);
    strbuf_release(&b);
    return s;
}

/* A member with a text that fits `size` bytes. */
static enum status get_text(const struct json *j, const char *key, const char *path, char *out,
                            size_t size)
{
    const char *text = json_text(json_member(j, key));
    if (text == NULL || strlen(text) >= size)
        return fail(E_FORMAT, "%s: '%s' is no text of at most %zu bytes", path, key, size - 1);
    snprintf(out, size, "%s", text);
    return OK;
}

static enum status get_digest(const struct json *j, const char *path, char out[HASH_HEX])
{
    TRY(get_text(j, "sha256", path, out, HASH_HEX));
    if (strspn(out, "0123456789abcdef") != HASH_HEX - 1)
        return fail(E_FORMAT, "%s: 'sha256' is not 64 lower-case hex digits", path);
    return OK;
}

static enum status get_count(const struct json *j, const char *key, const char *path, size_t *out)
{
    int64_t n;
    if (!json_whole(json_member(j, key), &n) || n < 0)
        return fail(E_FORMAT, "%s: '%s' is no count", path, key);
    *out = (size_t)n;
    return OK;
}

static enum status get_facts(const struct json *list, const char *path, struct store_entry *e)
{
    if (json_count(list) > STORE_FACTS)
        return fail(E_FORMAT, "%s: more than %d facts", path, STORE_FACTS);
    for (size_t i = 0; i < json_count(list); i++) {
        struct store_fact *f = &e->fact[e->n_facts++];
        TRY(get_text(json_item(list, i), "name", path, f->name, sizeof f->name));
        TRY(get_text(json_item(list, i), "text", path, f->text, sizeof f->text));
    }
    return OK;
}

static enum status get_all(const struct json *root, const char *path, struct manifest *m)
{
    struct store_entry *e = &m->entry;
    char whole[HASH_HEX];
    TRY(get_text(root, "label", path, e->label, sizeof e->label));
    TRY(get_text(root, "corpus", path, e->corpus, sizeof e->corpus));
    TRY(get_digest(root, path, e->sha256));
    TRY(get_count(root, "words", path, &e->n_words));
    for (int i = 0; i < N_SPLITS; i++) {
        const struct json *j = json_member(json_member(root, "members"), key_of(m, (enum split)i));
        TRY(get_digest(j, path, m->sha256[i]));
        TRY(get_count(j, "bytes", path, &m->n_bytes[i]));
        TRY(get_count(j, "lines", path, &e->n_lines[i]));
        TRY(get_count(j, "tokens", path, &e->n_tokens[i]));
    }
    TRY(get_facts(json_member(root, "facts"), path, e));
    TRY(manifest_whole(m->sha256, whole));
    if (strcmp(whole, e->sha256) != 0)
        return fail(E_FORMAT, "%s: 'sha256' is not that of the members' digests", path);
    e->known = is_known(m);
    return OK;
}

enum status manifest_read(const char *path, struct manifest *out)
{
    char *bytes;
    size_t n;
    struct json *root = NULL;
    *out = (struct manifest){0};
    TRY(file_read(path, 1 << 16, &bytes, &n));
    enum status s;
    TRY_OUT(json_parse(bytes, n, path, &root));
    TRY_OUT(get_all(root, path, out));
out:
    json_release(root);
    mem_free(bytes);
    return s;
}
