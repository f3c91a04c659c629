/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * What the files of the zstd encoder share: the batch between parser and emitter, and the functions
 * of each file. The format is RFC 8878; names in comments are those of the Go package that it
 * follows, github.com/klauspost/compress/zstd, release 1.19.2.
 */
#ifndef PYGGCR_ZSTD_H
#define PYGGCR_ZSTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "accelerator.h"
#include "processor.h"
#include "memory.h"

#define ZSTD_MAX_BLOCK (128 << 10) /* maxCompressedBlockSize */
#define ZSTD_MIN_MATCH 3           /* zstdMinMatch: what a stored length lacks */
#define ZSTD_SHORTEST 4            /* what the searches look for */
#define ZSTD_MAX_MATCH 131074      /* maxMatchLength */
#define ZSTD_MAX_SEQUENCES (ZSTD_MAX_BLOCK / ZSTD_SHORTEST + 1)

/* An offset code above three is an offset; up to three it is one of the last three offsets. */
#define ZSTD_REPEATS 3

/* Loops read and write whole words: so many bytes more are there. */
#define ZSTD_PADDING 64

#define ZSTD_INLINE inline __attribute__((always_inline))
#define ZSTD_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/* As in deflate.h: hot loops are compiled a second time for newer processors. */
#if defined(__x86_64__) && defined(__GNUC__)
#define ZSTD_NEWER __attribute__((target("avx2,bmi,bmi2")))
static inline bool zstd_is_newer_processor(void)
{
    return processor_has(HAS_NEWER);
}
#else
#define ZSTD_NEWER
static inline bool zstd_is_newer_processor(void)
{
    return false;
}
#endif

/* A match after so many literals (seq): length less three, offset plus three or a repeat code. */
struct zstd_sequence {
    uint32_t literals;
    uint32_t length;
    uint32_t offset;
    uint8_t literals_code;
    uint8_t length_code;
    uint8_t offset_code;
};

/* A block, as the search left it (blockEnc). */
struct zstd_batch {
    bool first;    /* the stream begins here, and needs its header */
    bool last;     /* it ends here, and needs its checksum */
    bool is_whole; /* the block is all there is of the stream */
    uint32_t size; /* of the source; 0: there is no block */
    uint32_t literals;
    uint32_t sequences;
    uint8_t source[ZSTD_MAX_BLOCK + ZSTD_PADDING];
    uint8_t literal[ZSTD_MAX_BLOCK + ZSTD_PADDING];
    struct zstd_sequence sequence[ZSTD_MAX_SEQUENCES];
};

/*
 * What a search works on (fastBase). The history lies in front of the block; `cur` is what the
 * tables add to a place in it, so that places stay good when the history moves down.
 */
struct zstd_search {
    uint8_t *history;
    uint32_t start;  /* where the block begins */
    uint32_t end;    /* where it ends, as does the history */
    uint32_t window; /* maxMatchOff: no offset is as long as this */
    uint32_t cur;
    bool is_whole; /* there is nothing but this block (EncodeNoHist) */
    void *table;
    void *long_table;
};

typedef void zstd_search_function(const struct zstd_search *search, struct zstd_batch *batch);

/* What a speed does. */
struct zstd_speed {
    uint32_t block_size;
    uint32_t window;
    bool codes_all_literals; /* allLitEntropy: Huffman-codes blocks without a match */
    size_t slots;            /* of 8 bytes, in the table of short matches */
    size_t long_slots;       /* likewise, of long ones */
    zstd_search_function *(*search)(void);
};

const struct zstd_speed *zstd_speed_find(int number);

zstd_search_function *zstd_fast(void);
zstd_search_function *zstd_double(void);
zstd_search_function *zstd_better(void);
zstd_search_function *zstd_best(void);

/* Floor of log2. */
static inline uint32_t zstd_high_bit(uint32_t value)
{
    return 31 - (uint32_t)__builtin_clz(value);
}

extern const uint8_t zstd_length_codes[128];

/* The code of a match's stored length (mlCode). */
static inline uint32_t zstd_length_code(uint32_t stored)
{
    return stored < 128 ? zstd_length_codes[stored] : zstd_high_bit(stored) + 36;
}

/* ---- entropy ------------------------------------------------------------------------------ */

#define ZSTD_MAX_HUFFMAN_BITS 11

/* A Huffman code: bits in the upper half, how many in the lower; all zero for a byte without. */
typedef uint32_t zstd_code;
#define ZSTD_CODE(bits, count) ((zstd_code)(bits) << 16 | (count))
#define ZSTD_CODE_BITS(code) ((code) >> 16)
#define ZSTD_CODE_COUNT(code) ((code)&0xFF)

/* The literals' coder (huff0.Scratch): it keeps the codes of the last block that had its own. */
struct zstd_huffman {
    bool may_reuse;
    uint32_t previous_size; /* how many codes there are; 0: none may be used */
    zstd_code previous[256];
};

enum zstd_literals {
    ZSTD_LITERALS_RAW, /* in the order of the format (literalsBlockType) */
    ZSTD_LITERALS_RLE,
    ZSTD_LITERALS_CODED,
    ZSTD_LITERALS_TREELESS, /* coded with the codes of a block before */
};

/*
 * Code literals into `out`, which has room for 1.5 times as many and 1024 bytes. Says how, and for
 * coded ones how many bytes it wrote. There are from 17 literals to a block full.
 */
enum zstd_literals zstd_huffman_compress(struct zstd_huffman *huffman, const uint8_t *literal,
                                         uint32_t literals, bool in_four, uint8_t *out,
                                         uint32_t *written);

/* Code Huffman weights (fse.Compress). Returns how many bytes, or 0 if it does not help. */
uint32_t zstd_weights_compress(const uint8_t *weight, uint32_t weights, const uint32_t *count,
                               uint32_t symbols, uint8_t *out);

#define ZSTD_MAX_TABLE_BITS 8
#define ZSTD_MAX_CODES 53

struct zstd_transform {
    uint32_t delta_bits;
    int32_t delta_state;
};

/* The coder of one part of sequences (fseEncoder). */
struct zstd_fse {
    uint32_t symbols;
    uint32_t bits;    /* actualTableLog */
    bool is_repeated; /* there is one symbol only (useRLE) */
    uint8_t repeated;
    uint32_t count[64];
    int16_t norm[64];
    uint16_t state[1 << ZSTD_MAX_TABLE_BITS];
    struct zstd_transform transform[64];
};

/*
 * Shared by the tables of sequences and of Huffman weights: make counts add up to a power of two,
 * build the table of that, write it down (buildCTable, writeCount). `bits` is at most eight. What
 * cannot be done gives false or 0.
 */
bool zstd_fse_normalize(int16_t *norm, const uint32_t *count, uint32_t symbols, uint32_t total,
                        uint32_t bits);
bool zstd_fse_build(const int16_t *norm, uint32_t symbols, uint32_t bits, uint16_t *state,
                    struct zstd_transform *transform);
uint32_t zstd_fse_write(const int16_t *norm, uint32_t symbols, uint32_t bits, uint8_t *out);

struct zstd_coders {
    struct zstd_fse predefined[3];
    struct zstd_fse table[3][2];
    int current[3];  /* which of the two is made anew for a block; the other is the one before */
    uint8_t mode[3]; /* of the section that was written last */
};

void zstd_coders_prepare(struct zstd_coders *coders);

/*
 * Write the sequences section. Returns where it ends, or NULL where Go gives an error; `out` has
 * room for 16 bytes for each sequence and 1024.
 */
uint8_t *zstd_sequences_write(struct zstd_coders *coders, struct zstd_batch *batch, uint8_t *out);

/* Take what the section was written with for the one before (setPrev). */
void zstd_coders_keep(struct zstd_coders *coders);

/* Bits that a match takes with the predefined tables, by the codes of its length and offset. */
void zstd_predefined_costs(uint8_t length_cost[ZSTD_MAX_CODES], uint8_t offset_cost[32]);

#endif
