#include "cli/train_log.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/mem.h"
#include "results/number.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { N_COLUMNS = 10, STEP = 1, MAX_BYTES = 1 << 28 };
static const char header[] =
    "epoch,step,tokens,loss,valid,lr,grad_norm,words_per_s,gflops,softmax_share\n";

/* Offset of the first line that does not belong to an update before `step`, or is torn. */
static size_t kept(const char *bytes, size_t n, size_t step)
{
    size_t at = sizeof header - 1;
    while (at < n) {
        const char *end = memchr(bytes + at, '\n', n - at), *comma = strchr(bytes + at, ',');
        char cell[32] = "";
        int64_t of;
        if (end == NULL || comma == NULL || comma > end)
            break;
        size_t len = strcspn(comma + 1, ",\n");
        memcpy(cell, comma + 1, len < sizeof cell ? len : 0);
        if (!number_read_whole(cell, &of) || of < 0 || (size_t)of >= step)
            break;
        at = (size_t)(end - bytes) + 1;
    }
    return at;
}

/* What an earlier run left, without what is to come again. */
static enum status start(const char *path, size_t step)
{
    char *bytes;
    size_t n;
    if (!file_exists(path))
        return file_write(path, header, sizeof header - 1);
    TRY(file_read(path, MAX_BYTES, &bytes, &n));
    enum status s;
    if (n == 0)
        s = file_write(path, header, sizeof header - 1);
    else if (n < sizeof header - 1 || memcmp(bytes, header, sizeof header - 1) != 0)
        s = fail(E_FORMAT, "%s:1: is no log of a training (expected %.*s)", path,
                 (int)sizeof header - 2, header);
    else
        s = file_write(path, bytes, kept(bytes, n, step));
    mem_free(bytes);
    return s;
}

static enum status append(const char *path, const char *line, size_t n)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    ssize_t done = fd >= 0 ? write(fd, line, n) : -1;
    int error = errno;
    if (fd >= 0)
        close(fd);
    if (done == (ssize_t)n)
        return OK;
    return fail(E_IO, "%s: cannot write: %s", path, done < 0 ? strerror(error) : "no space left");
}

enum status train_log_add(struct train_log *log, const struct train_point *p)
{
    const double value[N_COLUMNS] = {p->epoch,  (double)p->step, (double)p->tokens, p->loss,
                                     p->valid,  p->lr,           p->grad_norm,      p->tokens_per_s,
                                     p->gflops, p->softmax_share};
    char text[N_COLUMNS][NUMBER_TEXT];
    const char *cell[N_COLUMNS];
    struct strbuf line = {0};
    if (log->path == NULL)
        return OK;
    if (!log->is_open)
        TRY(start(log->path, p->step));
    log->is_open = 1;
    if (!p->epoch_end && p->step % log->every != 0)
        return OK;
    for (int i = 0; i < N_COLUMNS; i++)
        cell[i] = number_write(text[i], value[i]);
    csv_put_line(&line, cell, N_COLUMNS);
    enum status s = strbuf_check(&line);
    if (s == OK)
        s = append(log->path, line.s, line.n);
    strbuf_release(&line);
    return s;
}
