/* energy_hwmon.c - power rails of INA2xx sensors through hwmon: samples integrated over time. */
#include "base/clock.h"
#include "base/file.h"
#include "base/mem.h"
#include "bench/energy/energy_source.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

static const char folder[] = "/sys/class/hwmon";

static int is_ina(const char *path)
{
    char name_path[320], *name;
    size_t n;
    snprintf(name_path, sizeof name_path, "%s/name", path);
    if (file_read(name_path, 256, &name, &n) != OK)
        return 0;
    int ina = strncmp(name, "ina2", 4) == 0;
    mem_free(name);
    return ina;
}

static void add_rails(struct energy_state *s, const char *path)
{
    for (int i = 1; i <= 8 && s->n < ENERGY_PARTS; i++) {
        struct energy_part *p = &s->part[s->n];
        if (snprintf(p->path, sizeof p->path, "%s/power%d_input", path, i) < (int)sizeof p->path)
            s->n += file_exists(p->path);
    }
}

static enum status find(struct energy_state *s, const char *root)
{
    char dir[256], path[256];
    snprintf(dir, sizeof dir, "%s%s", root, folder);
    DIR *d = opendir(dir);
    if (d == NULL)
        return fail(E_ABSENT, "no %s", folder);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        snprintf(path, sizeof path, "%.120s/%.120s", dir, e->d_name);
        if (e->d_name[0] != '.' && is_ina(path))
            add_rails(s, path);
    }
    closedir(d);
    return s->n != 0 ? OK : fail(E_ABSENT, "no INA2xx rail in %s", folder);
}

static enum status begin(struct energy_state *s)
{
    s->joules = 0;
    s->last_s = clock_unix_s();
    for (int i = 0; i < s->n; i++) {
        TRY(energy_read_number(s->part[i].path, &s->part[i].last));
        s->part[i].last *= 1e-6; /* microwatts */
    }
    return OK;
}

/* The mean of two samples over the time between them. */
static enum status poll(struct energy_state *s)
{
    double now_s = clock_unix_s();
    for (int i = 0; i < s->n; i++) {
        double uw;
        TRY(energy_read_number(s->part[i].path, &uw));
        s->joules += (now_s - s->last_s) * (1e-6 * uw + s->part[i].last) / 2;
        s->part[i].last = 1e-6 * uw;
    }
    s->last_s = now_s;
    return OK;
}

static enum status total(struct energy_state *s, double *joules)
{
    *joules = s->joules;
    return OK;
}

const struct energy_source energy_hwmon = {"hwmon", find, begin, poll, total, NULL};
