#include "kernels/pool.h"

#include "base/cpu.h"
#include "base/mem.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum {
    SPINS_WORKER = 20000, /* about 100 us: longer than the gaps between the parts of a step */
    SPINS_CALLER = 2000,  /* then yield: the worker may need this processor */
};

/* Part i of a job is thread i's, so that its data stays in that thread's cache; but a part whose
 * thread has not begun it when the caller is through with its own is done by the caller. Else one
 * busy neighbour would cost a time slice of the scheduler for each job. */
struct worker {
    struct pool *pool;
    pthread_t thread;
    int part;
    atomic_uint claimed; /* the last round in which somebody took this part */
};

struct pool {
    int n, n_started, pin;
    struct worker *worker; /* [n]; entry 0 is the caller */
    pool_fn *fn;
    void *ctx;
    atomic_uint round;   /* raised to start a job; a late worker may miss some */
    atomic_int left;     /* parts of the job that are not done */
    atomic_int sleepers; /* workers in pthread_cond_wait */
    atomic_int quit;
    pthread_mutex_t lock;
    pthread_cond_t wake;
};

static void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* The processors of the first caller, before any pool bound it: a thread inherits its maker's. */
static cpu_set_t allowed;
static pthread_once_t allowed_once = PTHREAD_ONCE_INIT;

static void read_allowed(void)
{
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        CPU_ZERO(&allowed);
}

/* Binds this thread to the nth processor in turn, or, with nth < 0, to all of them again. */
static void pin_to(int nth)
{
    cpu_set_t one;
    int n = CPU_COUNT(&allowed), want = nth;
    if (n == 0)
        return;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &allowed) && want-- % n == 0)
            CPU_SET(cpu, &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, nth < 0 ? &allowed : &one);
}

/* Waits until the round differs from `seen`; spins first. Returns the new round. */
static unsigned wait_round(struct pool *p, unsigned seen)
{
    for (int i = 0; i < SPINS_WORKER; i++) {
        unsigned now = atomic_load_explicit(&p->round, memory_order_acquire);
        if (now != seen)
            return now;
        relax();
    }
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->sleepers, 1);
    while (atomic_load(&p->round) == seen)
        pthread_cond_wait(&p->wake, &p->lock);
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->lock);
    return atomic_load(&p->round);
}

/* Does a part unless somebody has taken it: in each round, every part is taken exactly once. */
static void do_part(struct pool *p, struct worker *w, unsigned round)
{
    unsigned before = round - 1;
    if (!atomic_compare_exchange_strong(&w->claimed, &before, round))
        return;
    p->fn(p->ctx, w->part, p->n);
    atomic_fetch_sub_explicit(&p->left, 1, memory_order_release);
}

static void *work(void *arg)
{
    struct worker *w = arg;
    struct pool *p = w->pool;
    if (p->pin)
        pin_to(w->part);
    for (unsigned seen = 0;;) {
        seen = wait_round(p, seen);
        if (atomic_load(&p->quit))
            return NULL;
        do_part(p, w, seen);
    }
}

/* Returns the number of the new round. */
static unsigned start_round(struct pool *p)
{
    unsigned round = atomic_fetch_add(&p->round, 1) + 1;
    if (atomic_load(&p->sleepers) == 0)
        return round;
    pthread_mutex_lock(&p->lock);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    return round;
}

enum status pool_new(int n, int pin, struct pool **out)
{
    struct pool *p;
    *out = NULL;
    TRY(mem_new(&p, 1, sizeof *p));
    p->n = n;
    p->pin = pin;
    pthread_once(&allowed_once, read_allowed);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    enum status s = mem_new(&p->worker, (size_t)n, sizeof *p->worker);
    for (int i = 1; s == OK && i < n; i++) {
        p->worker[i].pool = p;
        p->worker[i].part = i;
        if (i >= CPU_COUNT(&allowed))
            continue; /* a thread without a processor would take time from the others */
        if (pthread_create(&p->worker[i].thread, NULL, work, &p->worker[i]) != 0)
            s = fail(E_NOMEM, "thread %d of %d cannot be started", i + 1, n);
        else
            p->n_started++;
    }
    if (s != OK) {
        pool_release(p);
        return s;
    }
    if (pin)
        pin_to(0);
    *out = p;
    return OK;
}

void pool_release(struct pool *p)
{
    if (p == NULL)
        return;
    atomic_store(&p->quit, 1);
    start_round(p);
    for (int i = 1; i <= p->n_started; i++)
        pthread_join(p->worker[i].thread, NULL);
    if (p->pin)
        pin_to(-1);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    mem_free(p->worker);
    mem_free(p);
}

int pool_threads(const struct pool *p)
{
    return p != NULL ? p->n : 1;
}

void pool_run(struct pool *p, pool_fn *fn, void *ctx)
{
    if (p == NULL || p->n == 1) {
        fn(ctx, 0, 1);
        return;
    }
    p->fn = fn;
    p->ctx = ctx;
    atomic_store(&p->left, p->n - 1);
    unsigned round = start_round(p);
    fn(ctx, 0, p->n);
    for (int i = 1; i < p->n; i++)
        do_part(p, &p->worker[i], round);
    for (int i = 0; atomic_load_explicit(&p->left, memory_order_acquire) != 0; i++) {
        relax();
        if (i > SPINS_CALLER)
            sched_yield();
    }
}

void pool_share(size_t n, size_t grain, int part, int parts, size_t *lo, size_t *hi)
{
    size_t grains = (n + grain - 1) / grain;
    *lo = grains * (size_t)part / (size_t)parts * grain;
    *hi = grains * ((size_t)part + 1) / (size_t)parts * grain;
    *lo = *lo < n ? *lo : n;
    *hi = *hi < n ? *hi : n;
}
