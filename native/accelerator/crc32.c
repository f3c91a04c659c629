/*
 * CRC-32 as in gzip (RFC 1952, section 8): polynomial 0xEDB88320, bits reflected.
 */
#include "accelerator.h"

uint32_t gzip_crc32(uint32_t checksum, const uint8_t *data, size_t size)
{
    checksum = ~checksum;
    for (size_t i = 0; i < size; i++) {
        checksum ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            checksum = checksum >> 1 ^ (0xEDB88320u & (0u - (checksum & 1)));
    }
    return ~checksum;
}
