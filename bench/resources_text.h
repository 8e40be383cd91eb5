/* resources_text.h - fpga-resources.csv, embedded at build time by results/embed_text.py. */
#ifndef BENCH_RESOURCES_TEXT_H
#define BENCH_RESOURCES_TEXT_H

extern const char resources_text[];

#endif
