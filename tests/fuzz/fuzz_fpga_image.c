/* fuzz_fpga_image.c - any bytes go to the accelerator's model as an image, and what they wrote is
 * run where it is short; as text, to the parsers of a device's URI. */
#include "fpga/fpga_defs.h"
#include "fpga/host/fpga_model.h"
#include "fpga/host/fpga_program.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run_passes(struct fpga_memory *m)
{
    for (int i = 0; i < m->p.passes; i++) {
        const struct fpga_pass *p = &m->pass[i];
        if (p->groups < 16 && p->kc < 64)
            for (int odd = 0; odd < 2; odd++)
                fpga_memory_pass(m, p, odd);
    }
}

static void as_text(const uint8_t *data, size_t size)
{
    char text[128];
    struct fpga_params p;
    struct fpga_packing how;
    snprintf(text, sizeof text, "%.*s", (int)(size < 127 ? size : 127), (const char *)data);
    if (fpga_params_parse(text, &p) == OK && fpga_params_check(&p) != OK)
        abort();
    if (fpga_packing_parse(text, &how) == OK && (how.split < -1 || how.split > 16))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fpga_params p;
    struct fpga_memory m;
    uint32_t err;
    as_text(data, size);
    if (fpga_params_find("tiny", &p) != OK || fpga_memory_new(&p, &m) != OK ||
        fpga_memory_load(&m, data, size / 8 * 8, &err) != OK)
        abort();
    if (m.n_words > (uint32_t)p.words || err >= 128)
        abort();
    run_passes(&m);
    fpga_memory_release(&m);
    return 0;
}
