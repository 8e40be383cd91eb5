#include "bench/sidecar.h"

#include "base/clock.h"
#include "base/cpu.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "results/machines.h"

#include <stdio.h>
#include <string.h>

enum { MOST_BYTES = 64 << 20 };

static enum status put_machine(struct json *run, const struct machine *m)
{
    struct json *o;
    TRY(json_put_object(run, "machine", &o));
    TRY(json_put_text(o, "host_id", m->host_id));
    TRY(json_put_text(o, "cpu", m->cpu));
    TRY(json_put_whole(o, "processors", cpu_count()));
    TRY(json_put_text(o, "isa", m->isa));
    TRY(json_put_text(o, "kernel_os", m->kernel_os));
    for (int level = 1; level <= 3; level++) {
        char key[16];
        snprintf(key, sizeof key, "l%d_bytes", level);
        if (cpu_cache_bytes(level) != 0)
            TRY(json_put_whole(o, key, (int64_t)cpu_cache_bytes(level)));
    }
    TRY(json_put_text(o, "compiler", m->compiler));
    TRY(json_put_text(o, "flags", m->flags));
    TRY(json_put_text(o, "blas", m->blas));
    TRY(json_put_whole(o, "blas_threads", 1)); /* gemm.c sees to it */
    return json_put_text(o, "git", m->git);
}

static enum status put_surroundings(struct json *run, const struct surroundings *s)
{
    struct json *o;
    TRY(json_put_object(run, "surroundings", &o));
    if (s->governor[0] != '\0')
        TRY(json_put_text(o, "governor", s->governor));
    if (s->microcode[0] != '\0')
        TRY(json_put_text(o, "microcode", s->microcode));
    if (s->has_siblings >= 0)
        TRY(json_put_whole(o, "smt", s->has_siblings));
    if (s->is_virtual >= 0)
        TRY(json_put_whole(o, "virtual", s->is_virtual));
    if (s->load >= 0)
        TRY(json_put_number(o, "load_1min", s->load));
    return s->memory_bytes != 0 ? json_put_whole(o, "memory_bytes", s->memory_bytes) : OK;
}

static enum status put_peaks(struct json *run, const struct peaks *p)
{
    struct json *o, *read;
    TRY(json_put_object(run, "measured", &o));
    TRY(json_put_number(o, "fma_gflops", p->fma_gflops));
    TRY(json_put_object(o, "read_gb_per_s", &read));
    for (int i = 0; i < MACHINES_LEVELS; i++)
        if (p->read_gb_per_s[i] != 0)
            TRY(json_put_number(read, machines_level[i], p->read_gb_per_s[i]));
    return OK;
}

static enum status put_run(struct json *root, const struct sidecar_run *r)
{
    struct json *runs, *run;
    char utc[32];
    TRY(json_open_array(root, "runs", &runs));
    TRY(json_push_object(runs, &run));
    TRY(json_put_text(run, "run_id", r->run_id));
    TRY(json_put_text(run, "suite", r->suite));
    TRY(json_put_text(run, "utc", clock_utc(utc)));
    TRY(put_machine(run, r->machine));
    TRY(put_surroundings(run, r->surroundings));
    return r->peaks != NULL ? put_peaks(run, r->peaks) : OK;
}

static enum status read_root(const char *path, struct json **root)
{
    char *text;
    size_t n;
    if (!file_exists(path))
        return json_new(root);
    TRY(file_read(path, MOST_BYTES, &text, &n));
    enum status s = json_parse(text, n, path, root);
    mem_free(text);
    return s;
}

static enum status add_locked(const char *path, const struct sidecar_run *run)
{
    struct json *root = NULL;
    struct strbuf text = {0};
    enum status s = read_root(path, &root);
    if (s == OK)
        s = put_run(root, run);
    if (s == OK)
        s = json_write(root, 1, &text);
    if (s == OK)
        s = file_write(path, text.s, text.n);
    strbuf_release(&text);
    json_release(root);
    return s;
}

enum status sidecar_add(const char *csv, const struct sidecar_run *run)
{
    char *path = NULL;
    int fd;
    enum status s = machines_path(csv, &path);
    if (s == OK)
        s = file_lock(csv, &fd);
    if (s == OK) {
        s = add_locked(path, run);
        file_unlock(fd);
    }
    mem_free(path);
    return s;
}
