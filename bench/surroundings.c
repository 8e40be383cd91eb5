#include "bench/surroundings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_below(const char *root, const char *path)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", root, path);
    return fopen(whole, "re");
}

/* The first line, without its end; "" if there is none. */
static void read_line(const char *root, const char *path, char *out, int size)
{
    FILE *f = open_below(root, path);
    if (f == NULL || fgets(out, size, f) == NULL)
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (f != NULL)
        fclose(f);
}

/* What follows "key :" in a file of such lines, the first time; 0 if it is not there. */
static int find_field(const char *root, const char *path, const char *key, char *out, size_t size)
{
    char *line = NULL;
    size_t room = 0;
    int found = 0;
    FILE *f = open_below(root, path);
    while (f != NULL && !found && getline(&line, &room, f) > 0) {
        const char *value = strchr(line, ':');
        found = strncmp(line, key, strlen(key)) == 0 && value != NULL;
        if (found)
            snprintf(out, size, "%.*s", (int)strcspn(value + 1 + strspn(value + 1, " \t"), "\n"),
                     value + 1 + strspn(value + 1, " \t"));
    }
    free(line);
    if (f != NULL)
        fclose(f);
    return found;
}

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
    read_line(root, "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", out->governor,
              sizeof out->governor);
    read_line(root, "/sys/devices/system/cpu/smt/active", text, sizeof text);
    if (text[0] == '0' || text[0] == '1')
        out->has_siblings = text[0] == '1';
    find_field(root, cpuinfo, "microcode", out->microcode, sizeof out->microcode);
    if (find_field(root, cpuinfo, "flags", text, sizeof text))
        out->is_virtual = has_word(text, "hypervisor");
    read_line(root, "/proc/loadavg", text, sizeof text);
    if (text[0] != '\0')
        out->load = strtod(text, NULL);
    if (find_field(root, "/proc/meminfo", "MemTotal", text, sizeof text))
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
