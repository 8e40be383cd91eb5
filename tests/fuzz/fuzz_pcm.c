/* fuzz_pcm.c - any bytes go to the reader of SPHERE and RIFF. */
#include "base/mem.h"
#include "datasets/pcm.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pcm p;
    enum status s = pcm_read((const char *)data, size, "f", &p);
    if (s == OK ? p.n == 0 || p.n > size / 2 : s != E_FORMAT || p.sample != NULL)
        abort();
    if (s != OK && strncmp(status_message(), "f:", 2) != 0)
        abort();
    mem_free(p.sample);
    return 0;
}
