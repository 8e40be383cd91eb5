/* compare.h - tables that hold rows against each other. */
#ifndef RESULTS_COMPARE_H
#define RESULTS_COMPARE_H

#include "base/status.h"
#include "results/rowfile.h"
#include "results/sheet_out.h"

/* One ratio against two at equal weights: nets pruned by rows from dense nets of the same seed,
 * f32, whose kept weights differ by at most 0.2 %, two ratios never keeping more than one. Under
 * the table it says on how many seeds two ratios are better; that they `are better` only if the
 * difference has one sign on all of at least 3 seeds. Nothing is appended if no rows pair. */
enum status compare_ratios(const struct rows *rows, struct sheet_out *out);

/* A line for every net that was scored: the metric in f32, q16 and q8, and the least time of a step
 * of any backend. Nothing is appended if none was. */
enum status compare_nets(const struct rows *rows, struct sheet_out *out);

/* Pruned nets of several seeds: the mean and the ends of the metric and of its change from the
 * dense net that was trained on. Nothing is appended where each stands with one seed. */
enum status compare_seeds(const struct rows *rows, struct sheet_out *out);

/* The metric of equal weights in several number formats, with the difference from f32 in per cent.
 * Nothing is appended if no weights were scored in more than one. */
enum status compare_precisions(const struct rows *rows, struct sheet_out *out);

/* Cycles, utilisation and what follows from them at the assumed clock, of rows of the accelerator.
 * Nothing is appended if there are none. */
enum status compare_accelerator(const struct rows *rows, struct sheet_out *out);

/* Energy of a step: a table of what was measured, and one of what models bound, which has no ratio
 * to anything. Nothing is appended where there is none. */
enum status compare_energy(const struct rows *rows, struct sheet_out *out);

/* Rows of two files that have the same case: the metric where it differs, the latency where the 95
 * % intervals of the same host do not overlap. *worse counts metrics that got worse by more than
 * 1e-6 of their value, and latencies that got longer. Cases of one file only are counted in the
 * note. */
enum status compare_files(const struct rows *old, const struct rows *now, struct sheet_out *out,
                          size_t *worse);

#endif
