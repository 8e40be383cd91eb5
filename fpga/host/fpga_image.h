/* fpga_image.h - what a host sends to the accelerator's memories: sections and a CRC, in 64-bit
 * beats of little-endian bytes. */
#ifndef FPGA_HOST_FPGA_IMAGE_H
#define FPGA_HOST_FPGA_IMAGE_H

#include "fpga/host/fpga_program.h"

#include <stddef.h>

/* An image in memory of fixed size. */
struct fpga_image {
    unsigned char *bytes;
    size_t n, room;
};

/* Weights, biases, peepholes and passes of a program. Free image->bytes with mem_free. */
enum status fpga_image_make(const struct fpga_program *g, const struct quant_layer *q,
                            struct fpga_image *out);

/* Room for the state of a program. Free with mem_free. */
enum status fpga_image_new_state(const struct fpga_program *g, struct fpga_image *out);

/* The state that a run begins with: r and c of all layers, one layer behind the other, [n_rec] and
 * [n_hid] each. Never allocates. */
void fpga_image_state(const struct fpga_program *g, const struct lstm_net *net, const int16_t *r,
                      const int16_t *c, struct fpga_image *image);

#endif
