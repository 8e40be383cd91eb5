#include "results/machines.h"

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 64 << 20 };

const char *const machines_level[MACHINES_LEVELS] = {"L1", "L2", "L3", "memory"};

enum status machines_path(const char *csv, char **out)
{
    struct strbuf b = {0};
    size_t n = strlen(csv);
    if (n > 4 && strcmp(csv + n - 4, ".csv") == 0)
        n -= 4;
    strbuf_addf(&b, "%.*s.machine.json", (int)n, csv);
    *out = b.s;
    return strbuf_check(&b);
}

static void get_text(const struct json *o, const char *key, char *out, size_t size)
{
    const char *text = json_text(json_member(o, key));
    snprintf(out, size, "%s", text != NULL ? text : "");
}

static int64_t get_whole(const struct json *o, const char *key, int64_t unknown)
{
    int64_t v;
    return json_whole(json_member(o, key), &v) ? v : unknown;
}

static double get_real(const struct json *o, const char *key, double unknown)
{
    double v;
    return json_real_of(json_member(o, key), &v) ? v : unknown;
}

static void read_run(const struct json *run, struct machine_run *out)
{
    const struct json *machine = json_member(run, "machine");
    const struct json *around = json_member(run, "surroundings");
    const struct json *measured = json_member(run, "measured");
    const struct json *read = json_member(measured, "read_gb_per_s");
    get_text(run, "run_id", out->run_id, sizeof out->run_id);
    get_text(machine, "host_id", out->host_id, sizeof out->host_id);
    get_text(machine, "cpu", out->cpu, sizeof out->cpu);
    get_text(machine, "flags", out->flags, sizeof out->flags);
    get_text(around, "governor", out->governor, sizeof out->governor);
    get_text(around, "microcode", out->microcode, sizeof out->microcode);
    out->processors = get_whole(machine, "processors", 0);
    out->memory_bytes = get_whole(around, "memory_bytes", 0);
    out->smt = get_whole(around, "smt", -1);
    out->is_virtual = get_whole(around, "virtual", -1);
    out->load = get_real(around, "load_1min", -1);
    out->fma_gflops = get_real(measured, "fma_gflops", 0);
    for (int i = 0; i < MACHINES_LEVELS; i++)
        out->read_gb_per_s[i] = get_real(read, machines_level[i], 0);
}

static enum status read_root(const struct json *root, const char *path, struct machines *m)
{
    const struct json *runs = json_member(root, "runs");
    size_t n = json_count(runs);
    if (runs == NULL || json_has_members(runs))
        return fail(E_FORMAT, "%s: has no list 'runs'", path);
    TRY(mem_grow(&m->run, m->n, m->n + n, sizeof *m->run));
    for (size_t i = 0; i < n; i++)
        read_run(json_item(runs, i), &m->run[m->n + i]);
    m->n += n;
    return OK;
}

static enum status read_file(const char *path, struct machines *m)
{
    struct json *root;
    char *text;
    size_t n;
    if (!file_exists(path))
        return OK;
    TRY(file_read(path, MOST_BYTES, &text, &n));
    enum status s = json_parse(text, n, path, &root);
    mem_free(text);
    if (s != OK)
        return s;
    s = read_root(root, path, m);
    json_release(root);
    return s;
}

enum status machines_read(const char *csv, struct machines *m)
{
    char *path;
    TRY(machines_path(csv, &path));
    enum status s = read_file(path, m);
    mem_free(path);
    return s;
}

void machines_release(struct machines *m)
{
    mem_free(m->run);
    *m = (struct machines){0};
}
