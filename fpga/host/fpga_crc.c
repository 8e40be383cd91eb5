#include "fpga/host/fpga_crc.h"

#define BIT(c) ((c) >> 1 ^ (0xedb88320u & (0u - ((c)&1u))))
#define NIBBLE(c) BIT(BIT(BIT(BIT((uint32_t)(c)))))

uint32_t fpga_crc(uint32_t crc, const void *bytes, size_t n)
{
    static const uint32_t of_nibble[16] = {NIBBLE(0),  NIBBLE(1),  NIBBLE(2),  NIBBLE(3),
                                           NIBBLE(4),  NIBBLE(5),  NIBBLE(6),  NIBBLE(7),
                                           NIBBLE(8),  NIBBLE(9),  NIBBLE(10), NIBBLE(11),
                                           NIBBLE(12), NIBBLE(13), NIBBLE(14), NIBBLE(15)};
    const unsigned char *at = bytes;
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ of_nibble[crc & 15];
        crc = crc >> 4 ^ of_nibble[crc & 15];
    }
    return ~crc;
}
