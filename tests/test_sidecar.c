/* test_sidecar.c - the machine's state from a made-up /proc and /sys, what is warned of, and the
 * file beside the CSV that keeps it. */
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "bench/sidecar.h"
#include "tests/scratch.h"

#include <criterion/criterion.h>
#include <string.h>

static struct scratch root;

static void put(const char *path, const char *text)
{
    scratch_write(&root, path, text, strlen(text));
}

static void setup(void)
{
    scratch_make(&root);
}

static void teardown(void)
{
    scratch_remove(&root);
}

TestSuite(sidecar, .init = setup, .fini = teardown);

static const char *warned(const struct surroundings *s)
{
    static struct strbuf text;
    strbuf_release(&text);
    text = (struct strbuf){0};
    surroundings_warn(s, &text);
    cr_assert_eq(strbuf_check(&text), OK);
    return strbuf_text(&text);
}

static size_t lines(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += *text == '\n';
    return n;
}

Test(sidecar, a_machine_that_tells_nothing_warns_of_nothing)
{
    struct surroundings s;
    surroundings_read(root.dir, &s);
    cr_assert(s.governor[0] == '\0' && s.microcode[0] == '\0' && s.memory_bytes == 0);
    cr_assert(s.has_siblings == -1 && s.is_virtual == -1 && s.load == -1);
    cr_assert_str_eq(warned(&s), "");
}

Test(sidecar, a_steady_machine)
{
    struct surroundings s;
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    put("sys/devices/system/cpu/smt/active", "0\n");
    put("proc/loadavg", "0.10 0.20 0.30 1/100 1234\n");
    put("proc/meminfo", "MemFree:  5 kB\nMemTotal:       1000 kB\n");
    put("proc/cpuinfo", "processor\t: 0\nmicrocode\t: 0xab\nflags\t\t: fpu hypervisors avx2\n");
    surroundings_read(root.dir, &s);
    cr_assert_str_eq(s.governor, "performance");
    cr_assert_str_eq(s.microcode, "0xab");
    cr_assert(s.has_siblings == 0 && s.is_virtual == 0 && s.load == 0.1);
    cr_assert_eq(s.memory_bytes, 1024000);
    cr_assert_str_eq(warned(&s), "");
}

Test(sidecar, each_doubt_has_its_cure)
{
    struct surroundings s;
    put("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave\n");
    put("sys/devices/system/cpu/smt/active", "1\n");
    put("proc/loadavg", "3.25 0.20 0.30 1/100 1234\n");
    put("proc/cpuinfo", "flags\t\t: fpu avx2 hypervisor\n");
    surroundings_read(root.dir, &s);
    const char *text = warned(&s);
    cr_assert_eq(lines(text), 4, "%s", text);
    cr_assert_not_null(strstr(text, "'powersave'"));
    cr_assert_not_null(strstr(text, "cpupower frequency-set -g performance"));
    cr_assert_not_null(strstr(text, "SMT"));
    cr_assert_not_null(strstr(text, "virtual machine"));
    cr_assert_not_null(strstr(text, "3.2 processors busy"));
}

static enum status add(const char *csv, const char *run_id, const struct peaks *peaks)
{
    struct machine m;
    struct surroundings s;
    machine_read(&m);
    surroundings_read("", &s);
    return sidecar_add(csv, &(struct sidecar_run){run_id, "a \"suite\"", &m, &s, peaks});
}

/* The number of runs in the file, and the id and the peak of the last. */
static size_t read_back(const char *path, char id[32], double *gflops)
{
    char *text;
    size_t n;
    struct json *json;
    cr_assert_eq(file_read(path, 1 << 20, &text, &n), OK);
    cr_assert_eq(json_parse(text, n, path, &json), OK);
    const struct json *runs = json_member(json, "runs");
    size_t count = json_count(runs);
    const struct json *last = json_item(runs, count - 1);
    const struct json *measured = json_member(last, "measured");
    snprintf(id, 32, "%s", json_text(json_member(last, "run_id")));
    cr_assert_str_eq(json_text(json_member(last, "suite")), "a \"suite\"");
    cr_assert(json_has_members(json_member(last, "machine")));
    if (!json_real_of(json_member(measured, "fma_gflops"), gflops))
        *gflops = -1;
    json_release(json);
    mem_free(text);
    return count;
}

Test(sidecar, runs_are_added)
{
    const struct peaks peaks = {{100, 50, 0, 10}, 118.5};
    const char *csv = scratch_path(&root, "rows.csv"),
               *path = scratch_path(&root, "rows.machine.json");
    char id[32];
    double gflops;
    put("rows.csv", "");
    cr_assert_eq(add(csv, "first", NULL), OK);
    cr_assert(read_back(path, id, &gflops) == 1 && strcmp(id, "first") == 0 && gflops == -1);
    cr_assert_eq(add(csv, "second", &peaks), OK);
    cr_assert(read_back(path, id, &gflops) == 2 && strcmp(id, "second") == 0 && gflops == 118.5);
}

Test(sidecar, what_is_something_else_stays)
{
    static const char *const text[] = {"{\"runs\": 3}", "{\"runs\": [", "[]", ""};
    const char *csv = scratch_path(&root, "x"), *path = scratch_path(&root, "x.machine.json");
    put("x", "");
    for (size_t i = 0; i < 4; i++) {
        char *now;
        size_t n;
        put("x.machine.json", text[i]);
        cr_assert_eq(add(csv, "first", NULL), E_FORMAT, "%s", text[i]);
        cr_assert_eq(file_read(path, 1 << 20, &now, &n), OK);
        cr_assert_str_eq(now, text[i]);
        mem_free(now);
    }
}

/* Sane: a level is no slower than 100 MB/s, and the arithmetic no slower than 10 Mflop/s. */
Test(sidecar, peaks_are_there)
{
    struct peaks p;
    cr_assert_eq(peaks_measure(&p), OK);
    cr_assert(p.fma_gflops > 0.01 && p.fma_gflops < 1e5, "%g", p.fma_gflops);
    for (int i = 0; i < MACHINES_LEVELS; i++)
        cr_assert(p.read_gb_per_s[i] == 0 || (p.read_gb_per_s[i] > 0.1 && p.read_gb_per_s[i] < 1e5),
                  "%s: %g", machines_level[i], p.read_gb_per_s[i]);
    cr_assert_gt(p.read_gb_per_s[MACHINES_LEVELS - 1], 0);
}
