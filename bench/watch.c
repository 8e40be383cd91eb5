#include "bench/watch.h"

#include "base/clock.h"
#include "base/mem.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { PROBE_STEPS = 8000, QUARTERS = 4, LEAST_A_QUARTER = 4, FIRST_ROOM = 64 };

static int64_t thread_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Processor seconds of this process, all threads. */
static double own_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Processor seconds of all processes, and those that the hypervisor took (proc(5), /proc/stat). */
static void read_busy(const char *root, double *busy_s, double *stolen_s)
{
    double user, nice, system, idle, wait, irq, soft, steal, tick = (double)sysconf(_SC_CLK_TCK);
    char path[512];
    *busy_s = *stolen_s = 0;
    snprintf(path, sizeof path, "%s/proc/stat", root);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return;
    if (fscanf(f, "cpu %lf %lf %lf %lf %lf %lf %lf %lf", &user, &nice, &system, &idle, &wait, &irq,
               &soft, &steal) == 8) {
        *busy_s = (user + nice + system + irq + soft) / tick;
        *stolen_s = steal / tick;
    }
    fclose(f);
}

/* Multiplications that wait for each other: their time is that of so many cycles. */
static double probe_ns(void)
{
    uint64_t x = 1;
    int64_t begin = clock_ns();
    for (int i = 0; i < PROBE_STEPS; i++) {
        x = x * 3 + 1;
        __asm__ volatile("" : "+r"(x));
    }
    return (double)(clock_ns() - begin);
}

enum status watch_begin(struct watch *w, const char *root)
{
    *w = (struct watch){.root = root, .processor = -1};
    TRY(mem_new(&w->probe_ns, FIRST_ROOM, sizeof *w->probe_ns));
    read_busy(root, &w->busy_s, &w->stolen_s);
    w->own_s = own_seconds();
    w->ran_ns = thread_ns();
    w->begin_ns = clock_ns();
    return OK;
}

enum status watch_look(struct watch *w)
{
    int now = sched_getcpu();
    size_t n = w->n_probes;
    if (n >= FIRST_ROOM && (n & (n - 1)) == 0) /* full: twice the room */
        TRY(mem_grow(&w->probe_ns, n, 2 * n, sizeof *w->probe_ns));
    w->probe_ns[w->n_probes++] = probe_ns();
    w->moves += w->processor >= 0 && now != w->processor;
    w->processor = now;
    return OK;
}

/* By the fastest probe of each quarter, which nobody interrupted. */
static double drift_of(const double *ns, size_t n)
{
    double fast = 0, slow = 0;
    if (n < QUARTERS * LEAST_A_QUARTER)
        return 0;
    for (size_t q = 0; q < QUARTERS; q++) {
        double least = ns[q * n / QUARTERS];
        for (size_t i = q * n / QUARTERS; i < (q + 1) * n / QUARTERS; i++)
            least = ns[i] < least ? ns[i] : least;
        fast = q == 0 || least < fast ? least : fast;
        slow = least > slow ? least : slow;
    }
    return slow / fast - 1;
}

static double not_negative(double x)
{
    return x > 0 ? x : 0;
}

void watch_end(struct watch *w, struct conditions *out)
{
    if (out != NULL && w->probe_ns != NULL) {
        double busy_s, stolen_s, s = (double)(clock_ns() - w->begin_ns) * 1e-9;
        double own_s = own_seconds() - w->own_s, ran_s = (double)(thread_ns() - w->ran_ns) * 1e-9;
        read_busy(w->root, &busy_s, &stolen_s);
        *out = (struct conditions){.seconds = s,
                                   .had = ran_s < s ? ran_s / s : 1,
                                   .foreign = not_negative(busy_s - w->busy_s - own_s) / s,
                                   .stolen = not_negative(stolen_s - w->stolen_s) / s,
                                   .drift = drift_of(w->probe_ns, w->n_probes),
                                   .looks = w->n_probes,
                                   .moves = w->moves};
    }
    mem_free(w->probe_ns);
    w->probe_ns = NULL;
}
