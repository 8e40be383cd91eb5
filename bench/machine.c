#include "bench/machine.h"

#include "base/cpu.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/mem.h"
#include "bench/build_git.h"
#include "kernels/gemm.h"
#include "kernels/kern.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

static void read_host_id(char out[17])
{
    char *text, hex[HASH_HEX];
    size_t n;
    out[0] = '\0';
    if (file_read("/etc/machine-id", 4096, &text, &n) != OK)
        return;
    if (n != 0 && hash_bytes(text, n, hex) == OK)
        snprintf(out, 17, "%.16s", hex);
    mem_free(text);
}

void machine_read(struct machine *m)
{
    struct utsname u;
    *m = (struct machine){0};
    cpu_name(m->cpu);
    cpu_isa_name(kern_get()->flags, m->isa);
    if (uname(&u) == 0)
        snprintf(m->kernel_os, sizeof m->kernel_os, "%.32s %.64s", u.sysname, u.release);
#if defined(__clang__)
    snprintf(m->compiler, sizeof m->compiler, "clang %s", __clang_version__);
#else
    snprintf(m->compiler, sizeof m->compiler, "gcc %s", __VERSION__);
#endif
    snprintf(m->blas, sizeof m->blas, "%s", gemm_blas_name());
    snprintf(m->flags, sizeof m->flags, "%s", BUILD_FLAGS);
    snprintf(m->git, sizeof m->git, "%s", BUILD_GIT);
    read_host_id(m->host_id);
}

enum status machine_fill(const struct machine *m, struct row *row)
{
    TRY(row_set_text(row, COL_cpu, m->cpu));
    TRY(row_set_text(row, COL_isa, m->isa));
    TRY(row_set_text(row, COL_kernel_os, m->kernel_os));
    TRY(row_set_text(row, COL_compiler, m->compiler));
    TRY(row_set_text(row, COL_blas, m->blas));
    TRY(row_set_text(row, COL_host_id, m->host_id));
    return row_set_text(row, COL_git, m->git);
}
