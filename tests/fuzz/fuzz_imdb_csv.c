/* fuzz_imdb_csv.c - any bytes go to the reader of Kaggle's CSV. */
#include "datasets/imdb_find.h"
#include "datasets/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bundle b = {0};
    enum status s = imdb_read_csv((const char *)data, size, "c", &b);
    if (s != OK && (s != E_FORMAT || strncmp(status_message(), "c:", 2) != 0))
        abort();
    for (size_t i = 0; i < b.n; i++) {
        const struct member *m = &b.file[i];
        if (strncmp(m->name, "csv/", 4) != 0 || m->n_bytes == 0 ||
            memchr(m->bytes, '\0', m->n_bytes) != NULL || m->n_bytes > TEXT_MAX_LINE)
            abort();
    }
    bundle_release(&b);
    return 0;
}
