#include "fpga/host/fpga_sender.h"

#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct fpga_sender {
    const struct fpga_node *node;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned char *bytes;
    size_t n, room; /* n != 0: under way */
    int stop;
    enum status status; /* of the last transfer, with its message */
    char message[256];
};

static void *work(void *ctx)
{
    struct fpga_sender *s = ctx;
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        if (s->n == 0) {
            pthread_cond_wait(&s->changed, &s->lock);
            continue;
        }
        pthread_mutex_unlock(&s->lock);
        enum status status = fpga_node_send(s->node, s->bytes, s->n);
        pthread_mutex_lock(&s->lock);
        s->status = status;
        snprintf(s->message, sizeof s->message, "%s", status_message());
        s->n = 0;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

enum status fpga_sender_new(const struct fpga_node *node, struct fpga_sender **out)
{
    struct fpga_sender *s;
    pthread_condattr_t attr;
    TRY(mem_new(&s, 1, sizeof *s));
    s->node = node;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&s->thread, NULL, work, s) != 0) {
        mem_free(s);
        return fail(E_NOMEM, "no thread for the transfers of an accelerator");
    }
    *out = s;
    return OK;
}

void fpga_sender_release(struct fpga_sender *s)
{
    if (s == NULL)
        return;
    pthread_mutex_lock(&s->lock);
    s->stop = 1;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    mem_free(s->bytes);
    mem_free(s);
}

enum status fpga_sender_reserve(struct fpga_sender *s, size_t n)
{
    enum status status = OK;
    pthread_mutex_lock(&s->lock);
    if (s->n != 0) /* the thread still reads them */
        status = fail(E_DEVICE, "%s: %zu bytes are still under way", s->node->path, s->n);
    else {
        mem_free(s->bytes);
        s->bytes = NULL;
        s->room = 0;
        status = mem_new(&s->bytes, n, 1);
        s->room = status == OK ? n : 0;
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

enum status fpga_sender_send(struct fpga_sender *s, const void *bytes, size_t n)
{
    enum status status = OK;
    pthread_mutex_lock(&s->lock);
    if (s->n != 0 || n > s->room)
        status = fail(E_DEVICE, "%s: %zu bytes behind %zu (room for %zu)", s->node->path, n, s->n,
                      s->room);
    else {
        memcpy(s->bytes, bytes, n);
        s->n = n;
        s->status = OK;
        pthread_cond_broadcast(&s->changed);
    }
    pthread_mutex_unlock(&s->lock);
    return status;
}

enum status fpga_sender_end(struct fpga_sender *s, int timeout_ms)
{
    struct timespec end;
    int late = 0;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += timeout_ms / 1000;
    end.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
    end.tv_sec += end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    pthread_mutex_lock(&s->lock);
    while (s->n != 0 && !late)
        late = pthread_cond_timedwait(&s->changed, &s->lock, &end) == ETIMEDOUT;
    enum status status = OK;
    if (s->n != 0)
        status = fail(E_DEVICE, "%s: the accelerator did not take %zu bytes within %d ms",
                      s->node->path, s->n, timeout_ms);
    else if (s->status != OK)
        status = fail(s->status, "%s", s->message);
    s->status = OK;
    pthread_mutex_unlock(&s->lock);
    return status;
}
