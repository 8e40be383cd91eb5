#include "fpga/host/fpga_device.h"

#include <string.h>

static const struct scheme {
    const char *name;
    enum status (*open)(const char *rest, struct fpga_device *out);
} schemes[] = {
    {"model:", fpga_model_open}, {"shm:", fpga_shm_open}, {"pio:", fpga_pio_open},
    {"xdma:", fpga_xdma_open},   {"uio:", fpga_uio_open},
#ifdef BRDS_VERILATOR
    {"sim:", fpga_sim_open},
#endif
};

enum status fpga_device_open(const char *uri, struct fpga_device *out)
{
    *out = (struct fpga_device){0};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(uri, schemes[i].name, strlen(schemes[i].name)) == 0)
            return schemes[i].open(uri + strlen(schemes[i].name), out);
    if (strncmp(uri, "sim:", 4) == 0)
        return fail(E_ABSENT, "device '%s': this build has no devices sim:", uri);
    return fail(
        E_USAGE,
        "unknown device '%s' (expected model:SET, sim:SET, shm:PATH, xdma:N, uio:N or pio:URI)",
        uri);
}

void fpga_device_close(struct fpga_device *d)
{
    if (d->ops != NULL)
        d->ops->close(d->ctx);
    *d = (struct fpga_device){0};
}
