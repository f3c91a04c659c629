/*
 * CRC-32 as in gzip (RFC 1952, section 8): polynomial 0xEDB88320, bits reflected. By tables, eight
 * bytes at a time; by carry-less multiplication or the processor's own instruction where it has
 * them ("Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel, 2009).
 */
#include <pthread.h>

#include "accelerator.h"
#include "memory.h"
#include "processor.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

#define POLYNOMIAL 0xEDB88320u

static struct {
    pthread_once_t once;
    uint32_t of[8][256];
} table = {.once = PTHREAD_ONCE_INIT};

static void fill_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (POLYNOMIAL & (0u - (crc & 1)));
        table.of[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (uint32_t i = 1; i < 8; i++) {
            uint32_t crc = table.of[i - 1][byte];
            table.of[i][byte] = crc >> 8 ^ table.of[0][crc & 255];
        }
}

static uint32_t add_by_table(uint32_t crc, const uint8_t *data, size_t size)
{
    pthread_once(&table.once, fill_table);
    for (; size >= 8; data += 8, size -= 8) {
        uint32_t low = load32(data) ^ crc;
        uint32_t high = load32(data + 4);
        crc = table.of[7][low & 255] ^ table.of[6][low >> 8 & 255] ^
              table.of[5][low >> 16 & 255] ^ table.of[4][low >> 24] ^
              table.of[3][high & 255] ^ table.of[2][high >> 8 & 255] ^
              table.of[1][high >> 16 & 255] ^ table.of[0][high >> 24];
    }
    for (; size; data++, size--)
        crc = crc >> 8 ^ table.of[0][(crc ^ *data) & 255];
    return crc;
}

#if defined(__x86_64__) && defined(__GNUC__)

/* Powers of x by which a lane is multiplied to move it so many bytes on. */
#define BY_16 _mm_set_epi64x(0x0CCAA009E, 0x1751997D0)
#define BY_64 _mm_set_epi64x(0x1C6E41596, 0x154442BD4)
#define BY_128 _mm256_set_epi64x(0x14A7FE880, 0x1E88EF372, 0x14A7FE880, 0x1E88EF372)

#define INLINE inline __attribute__((always_inline))
#define CARRYLESS __attribute__((target("sse4.1,pclmul")))

CARRYLESS static INLINE __m128i fold(__m128i lane, __m128i by, __m128i next)
{
    __m128i low = _mm_clmulepi64_si128(lane, by, 0x00);
    __m128i high = _mm_clmulepi64_si128(lane, by, 0x11);
    return _mm_xor_si128(_mm_xor_si128(low, high), next);
}

/* The next bytes, copied if there is a place for them. */
CARRYLESS static INLINE __m128i take_lane(uint8_t *to, const uint8_t *from, size_t at)
{
    __m128i lane = _mm_loadu_si128((const __m128i *)(const void *)(from + at));
    if (to)
        _mm_storeu_si128((__m128i *)(void *)(to + at), lane);
    return lane;
}

/* Fold lanes that follow each other into one, and what is left; `at` bytes are in the lanes. */
CARRYLESS static INLINE uint32_t finish_folding(const __m128i *lane, int lanes, size_t at,
                                                uint8_t *to, const uint8_t *from, size_t size)
{
    __m128i one = lane[0];
    for (int i = 1; i < lanes; i++)
        one = fold(one, BY_16, lane[i]);
    for (; at + 16 <= size; at += 16)
        one = fold(one, BY_16, take_lane(to, from, at));
    if (to)
        memcpy(to + at, from + at, size - at);
    /* Of 16 bytes that leave the same remainder as all up to here. */
    uint8_t same[16];
    _mm_storeu_si128((__m128i *)(void *)same, one);
    return add_by_table(add_by_table(0, same, sizeof same), from + at, size - at);
}

/* At least 64 bytes. */
CARRYLESS static uint32_t take_folding(uint32_t crc, uint8_t *to, const uint8_t *from, size_t size)
{
    __m128i lane[4];
    for (int i = 0; i < 4; i++)
        lane[i] = take_lane(to, from, 16 * i);
    lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi32_si128((int)crc));
    size_t at = 64;
    for (; at + 64 <= size; at += 64)
        for (int i = 0; i < 4; i++)
            lane[i] = fold(lane[i], BY_64, take_lane(to, from, at + 16 * i));
    return finish_folding(lane, 4, at, to, from, size);
}

/* Lanes of twice the width, where the processor and the compiler have them. */
#if (defined(__clang__) && __clang_major__ >= 9) || (!defined(__clang__) && __GNUC__ >= 9)
#define HAS_WIDE 1
#define CARRYLESS_WIDE __attribute__((target("sse4.1,pclmul,avx2,vpclmulqdq")))

CARRYLESS_WIDE static INLINE __m256i take_wide_lane(uint8_t *to, const uint8_t *from,
                                                           size_t at)
{
    __m256i lane = _mm256_loadu_si256((const __m256i *)(const void *)(from + at));
    if (to)
        _mm256_storeu_si256((__m256i *)(void *)(to + at), lane);
    return lane;
}

/* At least 128 bytes. */
CARRYLESS_WIDE static uint32_t take_folding_wide(uint32_t crc, uint8_t *to, const uint8_t *from,
                                                 size_t size)
{
    __m256i wide[4];
    for (int i = 0; i < 4; i++)
        wide[i] = take_wide_lane(to, from, 32 * i);
    wide[0] = _mm256_xor_si256(wide[0], _mm256_set_epi32(0, 0, 0, 0, 0, 0, 0, (int)crc));
    size_t at = 128;
    for (; at + 128 <= size; at += 128) {
        /* What comes next is not in a cache yet, where the data are new. */
        __builtin_prefetch(from + at + 2048);
        __builtin_prefetch(from + at + 2048 + 64);
        for (int i = 0; i < 4; i++) {
            __m256i next = take_wide_lane(to, from, at + 32 * i);
            __m256i low = _mm256_clmulepi64_epi128(wide[i], BY_128, 0x00);
            __m256i high = _mm256_clmulepi64_epi128(wide[i], BY_128, 0x11);
            wide[i] = _mm256_xor_si256(_mm256_xor_si256(low, high), next);
        }
    }
    __m128i lane[8];
    for (int i = 0; i < 4; i++) {
        lane[2 * i] = _mm256_castsi256_si128(wide[i]);
        lane[2 * i + 1] = _mm256_extracti128_si256(wide[i], 1);
    }
    return finish_folding(lane, 8, at, to, from, size);
}
#else
#define HAS_WIDE 0
#endif

static uint32_t take(uint32_t crc, uint8_t *to, const uint8_t *from, size_t size)
{
#if HAS_WIDE
    if (size >= 128 && processor_has(HAS_WIDE_CARRYLESS))
        return take_folding_wide(crc, to, from, size);
#endif
    if (size >= 64 && processor_has(HAS_CARRYLESS))
        return take_folding(crc, to, from, size);
    if (to)
        memcpy(to, from, size);
    return add_by_table(crc, from, size);
}

int crc32_has_instructions(void)
{
    return processor_has(HAS_CARRYLESS);
}

#elif defined(__aarch64__) && defined(__GNUC__)

/* Written so that compilers take it without being told that all processors have it. */
static inline uint32_t add_eight(uint32_t crc, uint64_t bytes)
{
    __asm__(".arch_extension crc\n\tcrc32x %w0, %w0, %x1" : "+r"(crc) : "r"(bytes));
    return crc;
}

static uint32_t take(uint32_t crc, uint8_t *to, const uint8_t *from, size_t size)
{
    if (to)
        memcpy(to, from, size);
    if (processor_has(HAS_CRC32))
        for (; size >= 8; from += 8, size -= 8)
            crc = add_eight(crc, load64(from));
    return add_by_table(crc, from, size);
}

int crc32_has_instructions(void)
{
    return processor_has(HAS_CRC32);
}

#else

static uint32_t take(uint32_t crc, uint8_t *to, const uint8_t *from, size_t size)
{
    if (to)
        memcpy(to, from, size);
    return add_by_table(crc, from, size);
}

int crc32_has_instructions(void)
{
    return 0;
}

#endif

uint32_t crc32_take(uint32_t crc, uint8_t *to, const uint8_t *from, size_t size)
{
    return ~take(~crc, to, from, size);
}
