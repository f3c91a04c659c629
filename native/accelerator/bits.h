/*
 * The bit stream of DEFLATE (RFC 1951, section 3.1.1): the first bit is the lowest of a byte.
 *
 * Bits gather in a word; `bits_flush` writes what is whole and leaves fewer than eight, so that
 * 56 more can be put. Whoever writes sees to it that there is room for eight bytes more.
 */
#ifndef PYGGCR_BITS_H
#define PYGGCR_BITS_H

#include <stdint.h>
#include <string.h>

#include "deflate.h"
#include "memory.h"

#define FLUSHED_BITS 56

struct bits {
    uint64_t word;
    uint32_t count;
    uint8_t *out; /* where the word goes */
    struct intake *intake; /* takes what is stored; may be NULL */
};

static inline void bits_put(struct bits *bits, uint64_t value, uint32_t count)
{
    bits->word |= value << bits->count;
    bits->count += count;
}

static inline void bits_flush(struct bits *bits)
{
    store64(bits->out, bits->word);
    bits->out += bits->count >> 3;
    bits->word >>= bits->count & 56;
    bits->count &= 7;
}

static inline void bits_write(struct bits *bits, uint64_t value, uint32_t count)
{
    bits_put(bits, value, count);
    bits_flush(bits);
}

/* Fill the last byte with zeros. */
static inline void bits_align(struct bits *bits)
{
    bits->count = (bits->count + 7) & ~7u;
    bits_flush(bits);
}

/* Add a stored block. */
static inline void bits_write_stored(struct bits *bits, const uint8_t *data, uint32_t size,
                                     int is_final)
{
    bits_write(bits, is_final, 3);
    bits_align(bits);
    bits_write(bits, size | (uint64_t)(size ^ 0xFFFF) << 16, 32);
    if (bits->intake)
        intake_take(bits->intake, bits->out, data, size);
    else
        memcpy(bits->out, data, size);
    bits->out += size;
}

#endif
