/*
 * CRC-32 as in gzip (RFC 1952, section 8): polynomial 0xEDB88320, bits reflected. By tables, eight
 * bytes at a time; by carry-less multiplication or the processor's own instruction where it has
 * them ("Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009).
 */
#include "deflate.h"
#include "memory.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#endif

#define POLYNOMIAL 0xEDB88320u

void crc32_prepare(struct crc32_table *table)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (POLYNOMIAL & (0u - (crc & 1)));
        table->of[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (uint32_t i = 1; i < 8; i++) {
            uint32_t crc = table->of[i - 1][byte];
            table->of[i][byte] = crc >> 8 ^ table->of[0][crc & 255];
        }
}

static uint32_t add_by_table(const struct crc32_table *table, uint32_t crc, const uint8_t *data,
                             size_t size)
{
    for (; size >= 8; data += 8, size -= 8) {
        uint32_t low = load32(data) ^ crc;
        uint32_t high = load32(data + 4);
        crc = table->of[7][low & 255] ^ table->of[6][low >> 8 & 255] ^
              table->of[5][low >> 16 & 255] ^ table->of[4][low >> 24] ^
              table->of[3][high & 255] ^ table->of[2][high >> 8 & 255] ^
              table->of[1][high >> 16 & 255] ^ table->of[0][high >> 24];
    }
    for (; size; data++, size--)
        crc = crc >> 8 ^ table->of[0][(crc ^ *data) & 255];
    return crc;
}

#if defined(__x86_64__)

#define FOLDED 64 /* bytes at a time */

/* Powers of x by which a lane is multiplied to move it 64, or 16, bytes on. */
#define BY_64 _mm_set_epi64x(0x1C6E41596, 0x154442BD4)
#define BY_16 _mm_set_epi64x(0x0CCAA009E, 0x1751997D0)

#define CARRYLESS __attribute__((target("sse4.1,pclmul")))

CARRYLESS static ALWAYS_INLINE __m128i fold(__m128i lane, __m128i by, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(lane, by, 0x00);
    __m128i high = _mm_clmulepi64_si128(lane, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

CARRYLESS static ALWAYS_INLINE __m128i load_lane(const uint8_t *from)
{
    return _mm_loadu_si128((const __m128i *)(const void *)from);
}

/* At least FOLDED bytes; leaves a remainder of 16 bytes, from which the table makes the CRC. */
CARRYLESS static uint32_t add_by_folding(const struct crc32_table *table, uint32_t crc,
                                         const uint8_t *data, size_t size)
{
    __m128i lane[4];
    for (int i = 0; i < 4; i++)
        lane[i] = load_lane(data + 16 * i);
    lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi32_si128((int)crc));
    for (data += FOLDED, size -= FOLDED; size >= FOLDED; data += FOLDED, size -= FOLDED)
        for (int i = 0; i < 4; i++)
            lane[i] = fold(lane[i], BY_64, load_lane(data + 16 * i));
    __m128i one = lane[0];
    for (int i = 1; i < 4; i++)
        one = fold(one, BY_16, lane[i]);
    for (; size >= 16; data += 16, size -= 16)
        one = fold(one, BY_16, load_lane(data));
    uint8_t remainder[16];
    _mm_storeu_si128((__m128i *)(void *)remainder, one);
    return add_by_table(table, add_by_table(table, 0, remainder, sizeof remainder), data, size);
}

static uint32_t add(const struct crc32_table *table, uint32_t crc, const uint8_t *data, size_t size)
{
    if (size >= FOLDED && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1"))
        return add_by_folding(table, crc, data, size);
    return add_by_table(table, crc, data, size);
}

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)

static uint32_t add(const struct crc32_table *table, uint32_t crc, const uint8_t *data, size_t size)
{
    for (; size >= 8; data += 8, size -= 8)
        crc = __crc32d(crc, load64(data));
    return add_by_table(table, crc, data, size);
}

#else

static uint32_t add(const struct crc32_table *table, uint32_t crc, const uint8_t *data, size_t size)
{
    return add_by_table(table, crc, data, size);
}

#endif

uint32_t crc32_add(const struct crc32_table *table, uint32_t crc, const uint8_t *data, size_t size)
{
    return ~add(table, ~crc, data, size);
}
