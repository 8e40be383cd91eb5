#include "bench/surroundings.h"

#include "base/sysfile.h"

#include <stdlib.h>
#include <string.h>

static int has_word(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    size_t n = strlen(word);
    return at != NULL && (at == text || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0');
}

void surroundings_read(const char *root, struct surroundings *out)
{
    static const char cpuinfo[] = "/proc/cpuinfo";
    char text[8192];
    *out = (struct surroundings){.has_siblings = -1, .is_virtual = -1, .load = -1};
    sysfile_line(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", out->governor,
                 sizeof out->governor);
    sysfile_line(root, "/sys/devices/system/cpu/smt/active", text, sizeof text);
    if (text[0] == '0' || text[0] == '1')
        out->has_siblings = text[0] == '1';
    sysfile_field(root, cpuinfo, "microcode", out->microcode, sizeof out->microcode);
    if (sysfile_field(root, cpuinfo, "flags", text, sizeof text))
        out->is_virtual = has_word(text, "hypervisor");
    sysfile_line(root, "/proc/loadavg", text, sizeof text);
    if (text[0] != '\0')
        out->load = strtod(text, NULL);
    if (sysfile_field(root, "/proc/meminfo", "MemTotal", text, sizeof text))
        out->memory_bytes = (int64_t)(1024 * strtod(text, NULL));
}

void surroundings_warn(const struct surroundings *s, struct strbuf *out)
{
    if (s->governor[0] != '\0' && strcmp(s->governor, "performance") != 0)
        strbuf_addf(out,
                    "the frequency governor is '%s': clocks change with the load (cpupower "
                    "frequency-set -g performance)\n",
                    s->governor);
    if (s->has_siblings == 1)
        strbuf_add(out,
                   "processors share cores (SMT): a busy sibling slows what is timed (--pin, and "
                   "keep the siblings idle or turn SMT off)\n");
    if (s->is_virtual == 1)
        strbuf_add(out, "this is a virtual machine: others on its host change what is timed (quote "
                        "ratios and intervals, or use a machine of your own)\n");
    if (s->load > 0.5)
        strbuf_addf(out, "others kept %.1f processors busy in the last minute (stop them)\n",
                    s->load);
}
