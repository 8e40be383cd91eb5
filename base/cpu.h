/* cpu.h - what this processor is and may do. */
#ifndef BASE_CPU_H
#define BASE_CPU_H

#include "base/status.h"

#include <stddef.h>

/* Features as bit flags; a level is the set of all flags that its kernels may use. */
enum cpu_flag {
    CPU_AVX2 = 1 << 0,        /* AVX2, FMA, F16C, BMI2 */
    CPU_AVX512 = 1 << 1,      /* AVX-512 F, BW, DQ, VL */
    CPU_AVX512_VNNI = 1 << 2, /* vpdpbusd, vpdpwssd */
    CPU_AVX512_VBMI = 1 << 3, /* vpermi2b */
    CPU_AVX512_BF16 = 1 << 4, /* vdpbf16ps */
};

/* Flags found on this machine and usable under this operating system. */
unsigned cpu_flags_found(void);

/* Flags that BRDS_CPU (scalar, avx2, avx512; unset: all) allows, among those found.
 * E_USAGE if the variable holds another word. */
enum status cpu_flags_allowed(unsigned *flags);

/* "scalar", "avx2", "avx512" or "avx512+vnni+vbmi+bf16" (as far as present) for a set of flags. */
const char *cpu_isa_name(unsigned flags, char out[64]);

/* The processor's name as the kernel tells it, "" if unknown. */
const char *cpu_name(char out[128]);

/* Number of processors this process may run on, >= 1. */
int cpu_count(void);

/* Size in bytes of the data or unified cache of a level (1, 2, 3), as /sys tells it, else the C
 * library (which in virtual machines may take the host's for one's own); 0 if unknown. */
size_t cpu_cache_bytes(int level);

#endif
