/* sim_core.h - the verilated accelerator as pins and clock cycles, in C. */
#ifndef FPGA_SIM_SIM_CORE_H
#define FPGA_SIM_SIM_CORE_H

#include <stdint.h>

/* The ports of fpga/rtl/brds_top.sv. */
struct sim_pins {
    /* in */
    uint8_t rst_n, awaddr, awvalid, wvalid, bready, araddr, arvalid, rready;
    uint32_t wdata;
    uint64_t ld_tdata, x_tdata;
    uint8_t ld_tvalid, ld_tlast, x_tvalid, x_tlast, h_tready;
    /* out */
    uint8_t awready, wready, bvalid, arready, rvalid, irq;
    uint32_t rdata;
    uint8_t ld_tready, x_tready, h_tvalid, h_tlast, h_tkeep;
    uint64_t h_tdata;
};

/* A parameter set that was verilated. The functions return 0 if the simulation threw. */
struct sim_type {
    const char *name;
    void *(*make)(void); /* NULL if memory is short */
    /* Takes the inputs and gives the outputs of this cycle, before its clock edge. */
    int (*settle)(void *top, struct sim_pins *pins);
    int (*edge)(void *top); /* the rising edge that ends the cycle */
    void (*free)(void *top);
};

#endif
