/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * What the files of the gzip encoder share: the batch between parser and emitter, and the
 * functions of each file. The format is RFC 1951; names in comments are Go's, of compress/flate.
 */
#ifndef PYGGCR_DEFLATE_H
#define PYGGCR_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accelerator.h"
#include "processor.h"

#define BLOCK_SIZE 65535  /* maxStoreBlockSize: more does not fit into a stored block */
#define WINDOW_SIZE 32768 /* how far back a match may reach */
#define BATCH_BLOCKS 8    /* more would not stay in the processor's second-level cache */

#define MIN_MATCH 3
#define MAX_MATCH 258
#define SHORTEST_MATCH 4 /* what the searches look for */
#define MAX_MATCHES (BLOCK_SIZE / SHORTEST_MATCH)

#define LITERALS 286 /* bytes, the end of block, and length codes */
#define END_OF_BLOCK 256
#define FIRST_LENGTH 257
#define LENGTHS (LITERALS - FIRST_LENGTH)
#define OFFSETS 30
/* The fixed codes have room for some that never occur. */
#define FIXED_LITERALS 288
#define MAX_BITS 15

/* Loops read and write whole words: so many bytes more are there, on both sides of a window. */
#define PADDING 64

/*
 * Where data decide, a branch cannot be predicted and costs as much as twenty instructions: hot
 * loops compute with masks instead, in forms that compilers do not turn back into branches.
 */
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/*
 * Hot loops are compiled a second time for processors that shift without flags and count zeros
 * fast; not for all of x86-64-v3, which fuses multiplication and addition, as Go does not.
 */
#if defined(__x86_64__) && defined(__GNUC__)
#define NEWER __attribute__((target("avx2,bmi,bmi2")))
static inline bool is_newer_processor(void)
{
    return processor_has(HAS_NEWER);
}
#else
#define NEWER
static inline bool is_newer_processor(void)
{
    return false;
}
#endif

/* A match after so many literals, in one word: length less MIN_MATCH, offset less 1. */
typedef uint64_t packed_sequence;
#define SEQUENCE(literals, length, offset) \
    ((uint64_t)(uint32_t)((literals) | (offset) << 16) | (uint64_t)(length) << 32)
#define SEQUENCE_LITERALS(sequence) ((uint32_t)(sequence)&0xFFFF)
#define SEQUENCE_OFFSET(sequence) ((uint32_t)(sequence) >> 16)
#define SEQUENCE_LENGTH(sequence) ((uint32_t)((sequence) >> 32))

enum block_kind {
    BLOCK_STORED,    /* as it is */
    BLOCK_LITERALS,  /* Huffman-coded, without matches */
    BLOCK_SEQUENCES, /* literals and matches (writeBlockDynamic) */
    BLOCK_SMALLEST,  /* literals and matches, in the smallest form (writeBlock of Go 1.26) */
};

/* A block as the search left it. Pointers are into the batch, but `raw` may be into the piece. */
struct block {
    enum block_kind kind;
    bool last;          /* made when the stream was closed: no table stays open behind it */
    uint32_t size;      /* of the bytes that it stands for */
    const uint8_t *raw; /* those bytes; NULL where they are gone, so that it cannot be stored */
    uint8_t *literal;   /* not filled where the kind has no use for them */
    uint32_t literals;
    packed_sequence *sequence;
    uint32_t matches;
};

/* More than any block takes. */
#define NOT_STORABLE UINT32_MAX

/* Bits of a block if it is stored, or NOT_STORABLE. */
static inline uint32_t stored_size(const struct block *block)
{
    return block->raw && block->size <= BLOCK_SIZE ? (block->size + 5) * 8 : NOT_STORABLE;
}

/* Whether searching saved less than a sixteenth of the tokens: then matches are not worth it. */
static inline bool gains_little(const struct block *block)
{
    return block->literals + block->matches > block->size - (block->size >> 4);
}

struct gzip_batch {
    bool first; /* the stream begins here, and needs its header */
    bool last;  /* it ends here, and needs its trailer */
    uint32_t checksum;    /* for the trailer, as is the size; not of levels whose emitter sums */
    uint32_t stream_size;
    uint32_t blocks;
    struct block block[BATCH_BLOCKS];
    uint8_t before_window[PADDING];
    /* WINDOW_SIZE bytes of history, then the blocks that are not where they came from. */
    uint8_t window[WINDOW_SIZE + BATCH_BLOCKS * BLOCK_SIZE + PADDING];
    uint8_t literal[BATCH_BLOCKS * BLOCK_SIZE + PADDING];
    packed_sequence sequence[BATCH_BLOCKS * MAX_MATCHES];
};

/* levels.c */

/*
 * What a search works on. Bytes are named by their places in the stream, counted from some place
 * or other; what `data` points to is at place 0, and is not there any more.
 */
struct search {
    const uint8_t *data;
    uint32_t start; /* where the block begins */
    uint32_t end;   /* and ends */
    uint32_t floor; /* nothing before this is history: the stream began here */
    const uint8_t *history; /* the first byte of what Go keeps, if the level asks for it */
    void *table;            /* of the size that the level says, all zero at first */
};

/* Find the block's matches: fills all from `literal` on, of which the spaces are given. */
typedef void search_function(const struct search *search, struct block *block);

/* How the table of a search is made up. */
enum table_kind {
    TABLE_PLACES, /* 32-bit places */
    TABLE_SLOTS,  /* SLOT: a place, and the four bytes there, in 64 bits */
};

/* How thorough a level with hash chains is (compressionLevel, less what has no effect). */
struct effort {
    uint32_t lazy;    /* a match that is shorter waits for a better one; 0: none does */
    uint32_t nice;    /* a match of that length ends the search */
    uint32_t chain;   /* how many places are tried */
    uint32_t indexed; /* in longer matches no places are remembered, where none waits */
    bool weighs;      /* matches are chosen by what they gain, not by their length */
};

enum method {
    METHOD_STORE,   /* all blocks are stored */
    METHOD_HUFFMAN, /* nothing is searched */
    METHOD_SEARCH,  /* block by block, with `search` */
    METHOD_CHAINS,  /* hash chains, with `effort` */
};

/* What a level of a profile does. */
struct level {
    enum method method;
    uint32_t block_size; /* but not of METHOD_CHAINS, which cuts by tokens */
    search_function *(*search)(void);
    enum table_kind table_kind;
    uint32_t table_size;
    bool keeps_history; /* as Go does, for it shows in the output */
    struct effort effort;
    uint32_t penalty_shift; /* logNewTablePenalty of Go 1.27: what a new table has to gain */
    uint8_t hint;           /* XFL in gzip's header */
};

/* The release of Go that a profile belongs to: GZIP_GO126 or GZIP_GO127; 0 if there is none such. */
int release_of(int profile);

/* Go's level -2 to 9; false if there is none such, or no such release. */
bool level_find(struct level *level, int release, int number);

/* search126.c, search127.c, search127_2.c to search127_6.c: each gives its search. */
search_function *search126(void);
search_function *search127(void);
search_function *search127_2(void);
search_function *search127_3(void);
search_function *search127_4(void);
search_function *search127_5(void);
search_function *search127_6(void);

/* How many places or slots their tables have. */
#define TABLE_SIZE_126 (1u << 14)
#define TABLE_SIZE_127 (1u << 15)
#define TABLE_SIZE_127_2 (1u << 17)
#define TABLE_SIZE_127_3 (2u << 16) /* two places in each slot */
#define TABLE_SIZE_127_4 (2u << 15) /* two tables */
#define TABLE_SIZE_127_5 (3u << 15) /* two tables, one with two places in each slot */
#define TABLE_SIZE_127_6 (3u << 15)

/* What a stream's trailer tells, gathered while its bytes are copied, or only read. */
struct intake {
    uint32_t checksum;
    uint32_t size;
};

static inline void intake_take(struct intake *intake, uint8_t *to, const uint8_t *from, size_t size)
{
    if (!size)
        return; /* for then there may be no data to point to */
    intake->checksum = crc32_take(intake->checksum, to, from, size);
    intake->size += (uint32_t)size;
}

/*
 * Places in the stream are 32 bits wide. The first is so high that an empty slot of a table is out
 * of reach; before they overflow, all are shifted down.
 */
#define FIRST_PLACE (2u * WINDOW_SIZE)
#ifndef LAST_PLACE /* lower for tests */
#define LAST_PLACE (1u << 30)
#endif

/* blockwise.c: the levels that cut the stream into blocks of one size. */

struct blockwise;
struct blockwise *blockwise_new(int release, const struct level *level);
void blockwise_free(struct blockwise *blockwise);
/* As gzip_parse and gzip_parse_last, into a batch that is empty. */
size_t blockwise_parse(struct blockwise *blockwise, struct gzip_batch *batch, const uint8_t *data,
                       size_t size, size_t taken);
void blockwise_parse_last(struct blockwise *blockwise, struct gzip_batch *batch);

/* chains.c: the levels with hash chains. */

struct chains;
struct chains *chains_new(int release, const struct level *level);
void chains_free(struct chains *chains);
size_t chains_parse(struct chains *chains, struct intake *intake, struct gzip_batch *batch,
                    const uint8_t *data, size_t size, size_t taken);
void chains_parse_last(struct chains *chains, struct gzip_batch *batch);

/* huffman.c */

/* A code: bits in the order in which they are written, and how many; 0 for symbols without one. */
struct code {
    uint16_t bits[FIXED_LITERALS];
    uint8_t length[FIXED_LITERALS];
};

/* Of `symbols` counts, none above 65535; lengths up to `max_bits` (huffmanEncoder.generate). */
void huffman_build(struct code *code, const uint16_t *counts, uint32_t symbols, uint32_t max_bits);
/* Codes from lengths, as RFC 1951 assigns them. */
void huffman_assign(struct code *code, uint32_t symbols);
/* Bits that symbols take which occur so often. */
uint32_t huffman_size(const struct code *code, const uint16_t *counts, uint32_t symbols);
/* Whether each symbol that occurs has a code. */
bool huffman_covers(const struct code *code, const uint16_t *counts, uint32_t symbols);
/* How many symbols there are, up to the last that occurs; at least one. */
uint32_t huffman_used(const uint16_t *counts, uint32_t symbols);

/* The fixed codes (RFC 1951, section 3.2.6). */
struct fixed_codes {
    struct code literals, offsets;
};
void fixed_codes_make(struct fixed_codes *fixed);

/* dynamic_header.c */

/* The header of a block with codes of its own, as it will be written. */
struct dynamic_header {
    uint32_t literals; /* how many lengths of each code it has */
    uint32_t offsets;
    uint32_t order;    /* how many lengths of the code for lengths */
    uint32_t items;
    uint8_t item[LITERALS + OFFSETS];
    uint8_t extra[LITERALS + OFFSETS];
    struct code code;
    uint32_t size; /* in bits */
};

struct bits;
void dynamic_header_make(struct dynamic_header *header, const struct code *literals,
                         uint32_t literal_count, const struct code *offsets, uint32_t offset_count);
void dynamic_header_write(const struct dynamic_header *header, struct bits *bits);

/* content.c */

/* How often each symbol of a block occurs; the end of block does once. */
struct counts {
    uint16_t literals[LITERALS];
    uint16_t offsets[OFFSETS];
};

extern const uint8_t length_extra_bits[LENGTHS];
extern const uint8_t offset_extra_bits[OFFSETS];
extern const uint8_t length_code[MAX_MATCH - MIN_MATCH + 1];
extern const uint8_t offset_codes[512];

/* All ones if `low` is less than `high`; they are no further apart than 2 ** 31. */
static ALWAYS_INLINE uint32_t mask_less(uint32_t low, uint32_t high)
{
    return (uint32_t)((int32_t)(low - high) >> 31);
}

/* By offset less 1. */
static ALWAYS_INLINE uint32_t offset_code(uint32_t offset)
{
    uint32_t high = 256 + (offset >> 7);
    return offset_codes[high ^ ((high ^ offset) & mask_less(offset, 256))];
}

void count_bytes(const uint8_t *data, size_t size, uint16_t counts[256]);
void count_block(const struct block *block, struct counts *counts);
/* Bits of lengths and offsets beyond their codes. */
uint32_t extra_size(const struct counts *counts);

/* Writes a block's content in given codes, but not the end of block. */
struct content_writer {
    void (*sequences)(struct bits *bits, const struct block *block, const struct code *literals,
                      const struct code *offsets);
    void (*bytes)(struct bits *bits, const uint8_t *data, size_t size, const struct code *literals);
};
struct content_writer content_writer(void);

/* estimate.c */

/* How many bits a block of so many tokens would take with tables of its own. */
typedef uint32_t estimator(const struct counts *counts, uint32_t tokens);
/* That of a profile of Go 1.27. */
estimator *estimator_of(int profile);

/* blocks126.c, blocks127.c */

struct emitter126 {
    struct code literals, offsets;
    struct fixed_codes fixed;
    struct counts counts;
    struct dynamic_header header;
};

struct emitter127 {
    struct code literals, offsets; /* those of the table that is open, if one is */
    struct code own_literals;
    struct fixed_codes fixed;
    struct counts counts;
    struct dynamic_header header;
    estimator *estimated_bits;
    uint32_t penalty_shift;
    uint32_t open_header; /* size of the header of the open table, in bits; 0 if there is none */
    bool open_is_literal_only;
};

void blocks126_write(struct emitter126 *emitter, const struct content_writer *content,
                     struct bits *bits, const struct block *block);
void blocks126_finish(struct bits *bits);

void blocks127_write(struct emitter127 *emitter, const struct content_writer *content,
                     struct bits *bits, const struct block *block);
void blocks127_finish(struct emitter127 *emitter, struct bits *bits);

#endif
