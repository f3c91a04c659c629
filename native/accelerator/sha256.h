/*
 * SHA-256 of one, two or three streams at once (FIPS 180-4), by the instructions that processors
 * have for it. One stream leaves them waiting for each other; others beside it cost little.
 */
#ifndef PYGGCR_SHA256_H
#define PYGGCR_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BLOCK 64
#define SHA256_LANES 3 /* with four, registers do not suffice */

#define SHA256_INLINE inline __attribute__((always_inline))

/* What it is given, for each of `lanes` streams: with numbers that the compiler knows, not a loop. */
#define EACH(...)                                                                                  \
    {                                                                                              \
        enum { i = 0 };                                                                            \
        __VA_ARGS__;                                                                               \
    }                                                                                              \
    if (lanes > 1) {                                                                               \
        enum { i = 1 };                                                                            \
        __VA_ARGS__;                                                                               \
    }                                                                                              \
    if (lanes > 2) {                                                                               \
        enum { i = 2 };                                                                            \
        __VA_ARGS__;                                                                               \
    }

/* The 64 rounds of a block, by the processor's own ROUNDS and ROUNDS_AND_WORDS. */
#define SHA256_ALL_ROUNDS                                                                          \
    ROUNDS_AND_WORDS(0, w0, w1, w2, w3)                                                            \
    ROUNDS_AND_WORDS(1, w1, w2, w3, w0)                                                            \
    ROUNDS_AND_WORDS(2, w2, w3, w0, w1)                                                            \
    ROUNDS_AND_WORDS(3, w3, w0, w1, w2)                                                            \
    ROUNDS_AND_WORDS(4, w0, w1, w2, w3)                                                            \
    ROUNDS_AND_WORDS(5, w1, w2, w3, w0)                                                            \
    ROUNDS_AND_WORDS(6, w2, w3, w0, w1)                                                            \
    ROUNDS_AND_WORDS(7, w3, w0, w1, w2)                                                            \
    ROUNDS_AND_WORDS(8, w0, w1, w2, w3)                                                            \
    ROUNDS_AND_WORDS(9, w1, w2, w3, w0)                                                            \
    ROUNDS_AND_WORDS(10, w2, w3, w0, w1)                                                           \
    ROUNDS_AND_WORDS(11, w3, w0, w1, w2)                                                           \
    ROUNDS(12, w0)                                                                                 \
    ROUNDS(13, w1)                                                                                 \
    ROUNDS(14, w2)                                                                                 \
    ROUNDS(15, w3)

/* A kernel of `add_blocks`, compiled for each number of lanes with the attributes it needs. */
#define SHA256_LANE(attributes, function, lanes)                                                   \
    attributes static void function(uint32_t *const state[], const uint8_t *const data[],          \
                                    size_t blocks)                                                 \
    {                                                                                              \
        add_blocks(state, data, blocks, lanes);                                                    \
    }
#define SHA256_KERNEL(attributes, name)                                                            \
    SHA256_LANE(attributes, add_to_one, 1)                                                         \
    SHA256_LANE(attributes, add_to_two, 2)                                                         \
    SHA256_LANE(attributes, add_to_three, 3)                                                       \
    static const struct sha256_kernel kernel = {                                                   \
        name, {NULL, add_to_one, add_to_two, add_to_three}};

extern const uint32_t sha256_constants[64];

/* Adds `blocks` blocks to each of the states; so many streams as its place in `by_lanes` says. */
typedef void sha256_function(uint32_t *const state[], const uint8_t *const data[], size_t blocks);

struct sha256_kernel {
    const char *name;
    sha256_function *by_lanes[SHA256_LANES + 1]; /* for none there is none */
};

/* What this processor has, or NULL. */
const struct sha256_kernel *sha256_x86(void);
const struct sha256_kernel *sha256_arm(void);

#endif
