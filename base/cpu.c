#include "base/cpu.h"

#include "base/sysfile.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

unsigned cpu_flags_found(void)
{
    unsigned f = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi2"))
        return 0;
    f |= CPU_AVX2;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
        return f;
    f |= CPU_AVX512;
    if (__builtin_cpu_supports("avx512vnni"))
        f |= CPU_AVX512_VNNI;
    if (__builtin_cpu_supports("avx512vbmi"))
        f |= CPU_AVX512_VBMI;
    if (__builtin_cpu_supports("avx512bf16"))
        f |= CPU_AVX512_BF16;
#endif
    return f;
}

enum status cpu_flags_allowed(unsigned *flags)
{
    const char *v = getenv("BRDS_CPU");
    *flags = cpu_flags_found();
    if (v == NULL || *v == '\0' || strcmp(v, "avx512") == 0)
        return OK;
    if (strcmp(v, "avx2") == 0) {
        *flags &= CPU_AVX2;
        return OK;
    }
    if (strcmp(v, "scalar") == 0) {
        *flags = 0;
        return OK;
    }
    return fail(E_USAGE, "BRDS_CPU: unknown level '%s' (expected scalar, avx2 or avx512)", v);
}

const char *cpu_isa_name(unsigned flags, char out[64])
{
    if (!(flags & CPU_AVX512)) {
        snprintf(out, 64, "%s", flags & CPU_AVX2 ? "avx2" : "scalar");
        return out;
    }
    snprintf(out, 64, "avx512%s%s%s", flags & CPU_AVX512_VNNI ? "+vnni" : "",
             flags & CPU_AVX512_VBMI ? "+vbmi" : "", flags & CPU_AVX512_BF16 ? "+bf16" : "");
    return out;
}

const char *cpu_name(char out[128])
{
    sysfile_field("", "/proc/cpuinfo", "model name", out, 128);
    return out;
}

int cpu_count(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (int)n : 1;
}

/* The word in a file of the first processor's i-th cache; "" if there is none. */
static const char *cache_word(int i, const char *what, char out[32])
{
    char path[96];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu0/cache/index%d/%s", i, what);
    return sysfile_line("", path, out, 32);
}

/* From /sys; 0 if it does not tell. */
static size_t cache_of_sysfs(int level)
{
    char word[32], unit = ' ';
    unsigned long n = 0;
    for (int i = 0; cache_word(i, "level", word)[0] != '\0'; i++) {
        if (word[0] != '0' + level || strcmp(cache_word(i, "type", word), "Instruction") == 0)
            continue;
        if (sscanf(cache_word(i, "size", word), "%lu%c", &n, &unit) < 1)
            return 0;
        return (size_t)n << (unit == 'K' ? 10 : unit == 'M' ? 20 : 0);
    }
    return 0;
}

size_t cpu_cache_bytes(int level)
{
    static const int name[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE,
                               _SC_LEVEL3_CACHE_SIZE};
    if (level < 1 || level > 3)
        return 0;
    size_t told = cache_of_sysfs(level);
    long n = told != 0 ? (long)told : sysconf(name[level - 1]);
    return n > 0 ? (size_t)n : 0;
}
