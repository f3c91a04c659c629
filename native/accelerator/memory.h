/*
 * Words from and to any address; the first byte is the lowest, whatever the machine.
 */
#ifndef PYGGCR_MEMORY_H
#define PYGGCR_MEMORY_H

#include <stdint.h>
#include <string.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FROM_LITTLE_32(value) __builtin_bswap32(value)
#define FROM_LITTLE_64(value) __builtin_bswap64(value)
#else
#define FROM_LITTLE_32(value) (value)
#define FROM_LITTLE_64(value) (value)
#endif

static inline uint32_t load32(const uint8_t *from)
{
    uint32_t value;
    memcpy(&value, from, sizeof value);
    return FROM_LITTLE_32(value);
}

static inline uint64_t load64(const uint8_t *from)
{
    uint64_t value;
    memcpy(&value, from, sizeof value);
    return FROM_LITTLE_64(value);
}

static inline void store32(uint8_t *to, uint32_t value)
{
    value = FROM_LITTLE_32(value);
    memcpy(to, &value, sizeof value);
}

static inline void store64(uint8_t *to, uint64_t value)
{
    value = FROM_LITTLE_64(value);
    memcpy(to, &value, sizeof value);
}

#endif
