/*
 * SHA-256 by the instructions of x86-64 processors that have them (Intel's SHA extensions). They
 * are compiled for those only and chosen when the program runs.
 */
#include "processor.h"
#include "sha256.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define SHA_NI __attribute__((target("sha,sse4.1")))

#define STORE(to, value) _mm_storeu_si128((__m128i *)(void *)(to), value)
#define LOAD(from) _mm_loadu_si128((const __m128i *)(const void *)(from))

/* The instructions want the state as ABEF and CDGH. */
SHA_NI static SHA256_INLINE void load_state(const uint32_t *state, __m128i *abef, __m128i *cdgh)
{
    __m128i badc = _mm_shuffle_epi32(LOAD(state), 0xB1);
    __m128i efgh = _mm_shuffle_epi32(LOAD(state + 4), 0x1B);
    *abef = _mm_alignr_epi8(badc, efgh, 8);
    *cdgh = _mm_blend_epi16(efgh, badc, 0xF0);
}

SHA_NI static SHA256_INLINE void store_state(uint32_t *state, __m128i abef, __m128i cdgh)
{
    __m128i feba = _mm_shuffle_epi32(abef, 0x1B);
    __m128i dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    STORE(state, _mm_blend_epi16(feba, dchg, 0xF0));
    STORE(state + 4, _mm_alignr_epi8(dchg, feba, 8));
}

/* Four rounds with the words `now`. */
#define ROUNDS(number, now)                                                                        \
    EACH(                                                                                          \
        __m128i sum = _mm_add_epi32(now[i], LOAD(sha256_constants + 4 * (number)));                \
        cdgh[i] = _mm_sha256rnds2_epu32(cdgh[i], abef[i], sum);                                    \
        abef[i] = _mm_sha256rnds2_epu32(abef[i], cdgh[i], _mm_shuffle_epi32(sum, 0x0E));           \
    )

/* The same, and the words of sixteen rounds later take the place of `now`. */
#define ROUNDS_AND_WORDS(number, now, next, third, last)                                           \
    ROUNDS(number, now)                                                                            \
    EACH(                                                                                          \
        __m128i part = _mm_sha256msg1_epu32(now[i], next[i]);                                      \
        part = _mm_add_epi32(part, _mm_alignr_epi8(last[i], third[i], 4));                         \
        now[i] = _mm_sha256msg2_epu32(part, last[i]);                                              \
    )

SHA_NI static SHA256_INLINE void add_blocks(uint32_t *const *state, const uint8_t *const *data,
                                            size_t blocks, int lanes)
{
    const __m128i big_endian = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
    __m128i abef[SHA256_LANES], cdgh[SHA256_LANES];
    EACH(load_state(state[i], &abef[i], &cdgh[i]))
    for (size_t at = 0; at < blocks * SHA256_BLOCK; at += SHA256_BLOCK) {
        __m128i abef_before[SHA256_LANES], cdgh_before[SHA256_LANES];
        __m128i w0[SHA256_LANES], w1[SHA256_LANES], w2[SHA256_LANES], w3[SHA256_LANES];
        EACH(abef_before[i] = abef[i])
        EACH(cdgh_before[i] = cdgh[i])
        EACH(w0[i] = _mm_shuffle_epi8(LOAD(data[i] + at), big_endian))
        EACH(w1[i] = _mm_shuffle_epi8(LOAD(data[i] + at + 16), big_endian))
        EACH(w2[i] = _mm_shuffle_epi8(LOAD(data[i] + at + 32), big_endian))
        EACH(w3[i] = _mm_shuffle_epi8(LOAD(data[i] + at + 48), big_endian))
        SHA256_ALL_ROUNDS
        EACH(abef[i] = _mm_add_epi32(abef[i], abef_before[i]))
        EACH(cdgh[i] = _mm_add_epi32(cdgh[i], cdgh_before[i]))
    }
    EACH(store_state(state[i], abef[i], cdgh[i]))
}

SHA256_KERNEL(SHA_NI, "SHA-NI")

const struct sha256_kernel *sha256_x86(void)
{
    return processor_has(HAS_SHA256) ? &kernel : NULL;
}

#else

const struct sha256_kernel *sha256_x86(void)
{
    return NULL;
}

#endif
