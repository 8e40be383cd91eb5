/* fpga_crc.h - CRC-32 of IEEE 802.3, as zlib's crc32, which ends every image. */
#ifndef FPGA_HOST_FPGA_CRC_H
#define FPGA_HOST_FPGA_CRC_H

#include <stddef.h>
#include <stdint.h>

/* The CRC of n more bytes behind those that gave `crc`; 0 begins. */
uint32_t fpga_crc(uint32_t crc, const void *bytes, size_t n);

#endif
