#include "kernels/kern.h"

#include "base/cpu.h"

#include <pthread.h>

static struct kern shared;

void kern_init(struct kern *k, unsigned flags)
{
    kern_init_scalar(k);
#if defined(__x86_64__)
    if (flags & CPU_AVX2) {
        kern_init_avx2(k);
        kern_init_avx2_own(k);
        kern_init_gemm_avx2(k);
    }
    if (flags & CPU_AVX512) {
        kern_init_avx512(k);
        kern_init_gemm_avx512(k);
        kern_init_avx512_own(k);
        kern_init_avx512_fixed(k);
    }
    if (flags & CPU_AVX512_BF16)
        kern_init_avx512_bf16(k);
    if ((flags & CPU_AVX512_VNNI) && (flags & CPU_AVX512_VBMI)) {
        kern_init_avx512_vnni(k);
        kern_init_avx512_bank(k);
    }
#endif
    k->flags = flags;
}

static void init_shared(void)
{
    unsigned flags = 0;
    kern_init(&shared, cpu_flags_allowed(&flags) == OK ? flags : 0);
}

const struct kern *kern_get(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_shared);
    return &shared;
}
