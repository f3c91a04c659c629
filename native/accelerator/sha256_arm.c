/*
 * SHA-256 by the instructions of aarch64 processors that have them (ARMv8's Cryptographic
 * Extension). They are compiled for those only and chosen when the program runs.
 */
#include "processor.h"
#include "sha256.h"

#if defined(__ARM_FEATURE_SHA2)
#define SHA2
#elif defined(__clang__) && __clang_major__ >= 16
#define SHA2 __attribute__((target("sha2")))
#elif defined(__GNUC__) && !defined(__clang__)
#define SHA2 __attribute__((target("+crypto")))
#endif

#if defined(__aarch64__) && !defined(__AARCH64EB__) && defined(SHA2)

#include <arm_neon.h>

/* Four rounds with the words `now`. */
#define ROUNDS(number, now)                                                                        \
    EACH(                                                                                          \
        uint32x4_t sum = vaddq_u32(now[i], vld1q_u32(sha256_constants + 4 * (number)));            \
        uint32x4_t abcd_then = abcd[i];                                                            \
        abcd[i] = vsha256hq_u32(abcd[i], efgh[i], sum);                                            \
        efgh[i] = vsha256h2q_u32(efgh[i], abcd_then, sum);                                         \
    )

/* The same, and the words of sixteen rounds later take the place of `now`. */
#define ROUNDS_AND_WORDS(number, now, next, third, last)                                           \
    ROUNDS(number, now)                                                                            \
    EACH(now[i] = vsha256su1q_u32(vsha256su0q_u32(now[i], next[i]), third[i], last[i]))

#define WORDS(at) vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(at)))

SHA2 static SHA256_INLINE void add_blocks(uint32_t *const *state, const uint8_t *const *data,
                                          size_t blocks, int lanes)
{
    uint32x4_t abcd[SHA256_LANES], efgh[SHA256_LANES];
    EACH(abcd[i] = vld1q_u32(state[i]))
    EACH(efgh[i] = vld1q_u32(state[i] + 4))
    for (size_t at = 0; at < blocks * SHA256_BLOCK; at += SHA256_BLOCK) {
        uint32x4_t abcd_before[SHA256_LANES], efgh_before[SHA256_LANES];
        uint32x4_t w0[SHA256_LANES], w1[SHA256_LANES], w2[SHA256_LANES], w3[SHA256_LANES];
        EACH(abcd_before[i] = abcd[i])
        EACH(efgh_before[i] = efgh[i])
        EACH(w0[i] = WORDS(data[i] + at))
        EACH(w1[i] = WORDS(data[i] + at + 16))
        EACH(w2[i] = WORDS(data[i] + at + 32))
        EACH(w3[i] = WORDS(data[i] + at + 48))
        SHA256_ALL_ROUNDS
        EACH(abcd[i] = vaddq_u32(abcd[i], abcd_before[i]))
        EACH(efgh[i] = vaddq_u32(efgh[i], efgh_before[i]))
    }
    EACH(vst1q_u32(state[i], abcd[i]))
    EACH(vst1q_u32(state[i] + 4, efgh[i]))
}

SHA256_KERNEL(SHA2, "ARMv8 SHA-2")

const struct sha256_kernel *sha256_arm(void)
{
    return processor_has(HAS_SHA256) ? &kernel : NULL;
}

#else

const struct sha256_kernel *sha256_arm(void)
{
    return NULL;
}

#endif
