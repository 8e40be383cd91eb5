/* energy_perf.c - RAPL through perf's power events: packages and DRAM, for machines without
 * powercap. */
#include "base/sysfile.h"
#include "bench/energy/energy_source.h"
#include "results/number.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char folder[] = "/sys/bus/event_source/devices/power";

/* The first line of folder/name below root, "" if there is none. */
static void read_text(const char *root, const char *name, char *out, size_t size)
{
    char path[320];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    sysfile_line(root, path, out, size);
}

/* type, "event=0x02" and joules a count of an event; 0 if it is not there. */
static int read_event(const char *root, const char *event, struct perf_event_attr *attr,
                      double *joules)
{
    char text[128], name[64];
    unsigned config, type;
    read_text(root, "type", text, sizeof text);
    if (sscanf(text, "%u", &type) != 1)
        return 0;
    snprintf(name, sizeof name, "events/%s", event);
    read_text(root, name, text, sizeof text);
    if (sscanf(text, "event=%x", &config) != 1)
        return 0;
    snprintf(name, sizeof name, "events/%s.scale", event);
    read_text(root, name, text, sizeof text);
    *attr = (struct perf_event_attr){.type = type, .size = sizeof *attr, .config = config};
    return number_read(text, joules) && *joules > 0;
}

static enum status open_event(struct energy_state *s, const struct perf_event_attr *attr, int cpu,
                              double joules)
{
    struct energy_part *p = &s->part[s->n];
    if (s->n == ENERGY_PARTS)
        return fail(E_UNSUPPORTED, "%s: too many packages", folder);
    long fd = syscall(SYS_perf_event_open, attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0)
        return fail(E_IO,
                    "perf's power events cannot be opened (%s); allow them with: sudo sysctl "
                    "kernel.perf_event_paranoid=-1",
                    strerror(errno));
    *p = (struct energy_part){.fd = (int)fd, .joules = joules};
    s->n++;
    return OK;
}

/* One processor a package: cpumask is a list such as "0,18". */
static enum status open_packages(struct energy_state *s, const char *root, const char *event)
{
    struct perf_event_attr attr;
    char mask[256];
    double joules;
    int cpu, n;
    if (!read_event(root, event, &attr, &joules))
        return OK;
    read_text(root, "cpumask", mask, sizeof mask);
    for (const char *p = mask; sscanf(p, "%d%n", &cpu, &n) == 1; p += p[n] == ',' ? n + 1 : n)
        TRY(open_event(s, &attr, cpu, joules));
    return OK;
}

static void release(struct energy_state *s)
{
    for (int i = 0; i < s->n; i++)
        close(s->part[i].fd);
    s->n = 0;
}

static enum status find(struct energy_state *s, const char *root)
{
    enum status st = open_packages(s, root, "energy-pkg");
    if (st == OK)
        st = open_packages(s, root, "energy-ram");
    if (st == OK && s->n == 0)
        st = fail(E_ABSENT, "no energy event in %s", folder);
    if (st != OK)
        release(s);
    return st;
}

static enum status count(const struct energy_part *p, double *out)
{
    uint64_t v;
    *out = 0;
    if (read(p->fd, &v, sizeof v) != sizeof v)
        return fail(E_IO, "perf's power event: cannot be read: %s", strerror(errno));
    *out = (double)v;
    return OK;
}

static enum status begin(struct energy_state *s)
{
    s->joules = 0;
    for (int i = 0; i < s->n; i++)
        TRY(count(&s->part[i], &s->part[i].last));
    return OK;
}

/* The kernel takes care of counters that wrap. */
static enum status poll(struct energy_state *s)
{
    for (int i = 0; i < s->n; i++) {
        struct energy_part *p = &s->part[i];
        double now;
        TRY(count(p, &now));
        s->joules += p->joules * (now - p->last);
        p->last = now;
    }
    return OK;
}

static enum status total(struct energy_state *s, double *joules)
{
    *joules = s->joules;
    return OK;
}

const struct energy_source energy_perf = {"perf", find, begin, poll, total, release};
