/* energy_rapl.c - RAPL through powercap: packages and DRAM. A package counts its cores too, so
 * subzones other than DRAM are left out. */
#include "base/file.h"
#include "base/mem.h"
#include "bench/energy/energy_source.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char folder[] = "/sys/class/powercap";

/* 1 if the zone is a package ("intel-rapl:0") or names itself dram. */
static int is_counted(const char *zone, const char *path)
{
    char name_path[320], *name;
    size_t n;
    if (strncmp(zone, "intel-rapl:", 11) != 0)
        return 0;
    if (strchr(zone + 11, ':') == NULL)
        return 1;
    snprintf(name_path, sizeof name_path, "%s/name", path);
    if (file_read(name_path, 256, &name, &n) != OK)
        return 0;
    int dram = strncmp(name, "dram", 4) == 0;
    mem_free(name);
    return dram;
}

static enum status add_zone(struct energy_state *s, const char *path)
{
    struct energy_part *p = &s->part[s->n];
    char range[320];
    if (s->n == ENERGY_PARTS ||
        snprintf(p->path, sizeof p->path, "%s/energy_uj", path) >= (int)sizeof p->path)
        return fail(E_UNSUPPORTED, "%s: too many zones, or too long a path", path);
    if (access(p->path, R_OK) != 0)
        return fail(E_IO,
                    "%s: cannot be read (%s); allow it with: sudo chmod a+r "
                    "/sys/class/powercap/intel-rapl:*/energy_uj",
                    p->path, strerror(errno));
    snprintf(range, sizeof range, "%s/max_energy_range_uj", path);
    TRY(energy_read_number(range, &p->range_uj));
    s->n++;
    return OK;
}

static enum status find(struct energy_state *s, const char *root)
{
    char dir[256], path[256];
    snprintf(dir, sizeof dir, "%s%s", root, folder);
    DIR *d = opendir(dir);
    if (d == NULL)
        return fail(E_ABSENT, "no %s", folder);
    enum status st = OK;
    for (struct dirent *e = readdir(d); st == OK && e != NULL; e = readdir(d)) {
        if (snprintf(path, sizeof path, "%.120s/%.120s", dir, e->d_name) < (int)sizeof path &&
            is_counted(e->d_name, path))
            st = add_zone(s, path);
    }
    closedir(d);
    if (st == OK && s->n == 0)
        st = fail(E_ABSENT, "no RAPL zone in %s", folder);
    return st;
}

static enum status begin(struct energy_state *s)
{
    s->joules = 0;
    for (int i = 0; i < s->n; i++)
        TRY(energy_read_number(s->part[i].path, &s->part[i].last));
    return OK;
}

/* A counter that is lower than before has begun again once. */
static enum status poll(struct energy_state *s)
{
    for (int i = 0; i < s->n; i++) {
        struct energy_part *p = &s->part[i];
        double now;
        TRY(energy_read_number(p->path, &now));
        s->joules += 1e-6 * (now - p->last + (now < p->last ? p->range_uj : 0));
        p->last = now;
    }
    return OK;
}

static enum status total(struct energy_state *s, double *joules)
{
    *joules = s->joules;
    return OK;
}

const struct energy_source energy_rapl = {"rapl", find, begin, poll, total, NULL};
