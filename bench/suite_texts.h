/* suite_texts.h - the built-in suite files, embedded at build time from bench/suites/ by
 * embed_suites.py. */
#ifndef BENCH_SUITE_TEXTS_H
#define BENCH_SUITE_TEXTS_H

struct suite_file {
    const char *name, *text;
};

/* Ends with {NULL, NULL}. */
extern const struct suite_file suite_texts[];

#endif
