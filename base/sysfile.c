#include "base/sysfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *open_below(const char *root, const char *path)
{
    char whole[512];
    int n = snprintf(whole, sizeof whole, "%s%s", root, path);
    return n < (int)sizeof whole ? fopen(whole, "re") : NULL;
}

const char *sysfile_line(const char *root, const char *path, char *out, size_t size)
{
    FILE *f = open_below(root, path);
    if (f == NULL || fgets(out, (int)size, f) == NULL)
        out[0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (f != NULL)
        fclose(f);
    return out;
}

int sysfile_field(const char *root, const char *path, const char *key, char *out, size_t size)
{
    char *line = NULL;
    size_t room = 0;
    int found = 0;
    FILE *f = open_below(root, path);
    out[0] = '\0';
    while (f != NULL && !found && getline(&line, &room, f) > 0) {
        const char *value = strchr(line, ':');
        found = strncmp(line, key, strlen(key)) == 0 && value != NULL;
        if (!found)
            continue;
        value += 1 + strspn(value + 1, " \t");
        snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
    }
    free(line);
    if (f != NULL)
        fclose(f);
    return found;
}
