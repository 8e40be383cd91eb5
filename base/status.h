/* status.h - how every function of brds says what went wrong.
 *
 * A function that can fail returns enum status; 0 is fine. The one-line message of the last failure
 * of the calling thread is kept here and printed by the command line only. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/* What kind of failure; each maps to one exit code of the command (status_exit_code). */
enum status {
    OK = 0,
    E_CHECK,       /* a comparison or check failed */
    E_IO,          /* the operating system refused: open, read, write, lock */
    E_NOMEM,       /* out of memory */
    E_DEVICE,      /* an accelerator answered wrongly or not at all */
    E_NUMERIC,     /* training diverged: a loss or gradient is not finite */
    E_INTERRUPTED, /* stopped by SIGINT or SIGTERM at a point from which it can resume */
    E_USAGE,       /* unknown command, option, suite, net, pattern, precision or backend */
    E_FORMAT,      /* bad data: malformed bytes, a missing member, non-finite weights */
    E_ABSENT,      /* a known name that this build or machine lacks (corpus, backend) */
    E_UNSUPPORTED, /* a backend cannot take this case; becomes a `skip` row */
};

/* Records a one-line message (printf style, cut at 1023 bytes; line ends become blanks) for this
 * thread and returns `s`, so that `return fail(E_FORMAT, "%s:%zu: ...", ...)` reads well.
 * The message is `FILE:LINE: what is wrong (what was expected)`, without a trailing newline. */
enum status fail(enum status s, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/* Like fail, but keeps the earlier message and puts the new text and ": " before it. */
enum status fail_in(enum status s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), cold));

/* The message of the last fail on this thread; "" before any. Valid until the next fail. */
const char *status_message(void);

/* The exit code of SPEC 6 for a status: 0, 1, 2, 64, 65, 69, 77; 130 for E_INTERRUPTED. */
int status_exit_code(enum status s);

/* Passes a failure on to the caller. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum status try_status_ = (call);                                                          \
        if (try_status_ != OK)                                                                     \
            return try_status_;                                                                    \
    } while (0)

/* Passes a failure on through the function's `out:` label; needs a local `enum status s`. */
#define TRY_OUT(call)                                                                              \
    do {                                                                                           \
        s = (call);                                                                                \
        if (s != OK)                                                                               \
            goto out;                                                                              \
    } while (0)

#endif
