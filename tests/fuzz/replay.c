/* replay.c - runs a fuzz target on every file of the folders in argv, where libFuzzer is not. */
#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target gets a block of exactly n bytes, so that a sanitizer sees a read past the end. */
static int replay_file(const char *path)
{
    char *bytes;
    size_t n;
    if (file_read(path, 1 << 24, &bytes, &n) != OK) {
        fprintf(stderr, "replay: %s\n", status_message());
        return 0;
    }
    uint8_t *exact = malloc(n != 0 ? n : 1);
    if (exact != NULL) {
        memcpy(exact, bytes, n);
        LLVMFuzzerTestOneInput(exact, n);
    }
    mem_free(bytes);
    free(exact);
    return exact != NULL;
}

/* Number of files run, -1 on failure. */
static int replay_folder(const char *path)
{
    int n = 0;
    DIR *d = opendir(path);
    if (d == NULL) {
        fprintf(stderr, "replay: %s: cannot open\n", path);
        return -1;
    }
    for (struct dirent *e; n >= 0 && (e = readdir(d)) != NULL;) {
        char *file;
        if (file_join(&file, path, e->d_name) != OK)
            n = -1;
        else if (!file_is_folder(file))
            n = replay_file(file) ? n + 1 : -1;
        mem_free(file);
    }
    closedir(d);
    return n;
}

int main(int argc, char **argv)
{
    int total = 0;
    for (int i = 1; i < argc; i++) {
        int n = replay_folder(argv[i]);
        if (n <= 0) {
            fprintf(stderr, "replay: %s: no input was run\n", argv[i]);
            return 1;
        }
        total += n;
    }
    printf("%d inputs\n", total);
    return total == 0;
}
