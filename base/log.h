/* log.h - warnings and notes on stderr, and the progress line. Levels are set by the command. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_QUIET, LOG_NORMAL, LOG_VERBOSE };

/* Sets what is shown; LOG_NORMAL at first. Warnings are shown at every level. */
void log_set_level(enum log_level level);

/* One line `brds: warning: ...`: something is odd and the result says so. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* One line for a person who watches; not shown when quiet. */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* 1 if a progress line should be drawn: stderr is a terminal and the level is not quiet. */
int log_interactive(void);

/* A progress line `label [=====>    ] 42 %  note  ETA 1:23`, redrawn at most ten times a second and
 * only where log_interactive; elsewhere one plain line at the end. `fraction` is 0..1. */
struct progress {
    const char *label;
    long long start_ns, drawn_ns;
    int width; /* characters last drawn */
};
void progress_begin(struct progress *p, const char *label);
void progress_show(struct progress *p, double fraction, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Clears the line; with a non-empty note prints `label: note (time taken)` on a line of its own. */
void progress_end(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
