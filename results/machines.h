/* machines.h - the JSON beside a result file, FILE.machine.json: the machine, its state and its
 * measured peaks, for each run. bench/sidecar.h writes it. */
#ifndef RESULTS_MACHINES_H
#define RESULTS_MACHINES_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { MACHINES_LEVELS = 4 };

/* "L1", "L2", "L3", "memory": the names under read_gb_per_s. */
extern const char *const machines_level[MACHINES_LEVELS];

/* What is not known is "", 0, or -1 for what may be 0. */
struct machine_run {
    char run_id[32], host_id[32], cpu[128], flags[256], governor[32], microcode[32];
    int64_t processors, memory_bytes, smt, is_virtual;
    double load;
    double read_gb_per_s[MACHINES_LEVELS]; /* by one thread */
    double fma_gflops;                     /* of one thread, f32 */
};

struct machines {
    struct machine_run *run; /* [n] */
    size_t n;
};

/* FILE.csv -> FILE.machine.json; another name gets ".machine.json" added. Free with mem_free. */
enum status machines_path(const char *csv, char **out);

/* Adds the runs of the file beside `csv`; nothing if there is no such file. E_FORMAT if it is
 * malformed. */
enum status machines_read(const char *csv, struct machines *m);
void machines_release(struct machines *m);

#endif
