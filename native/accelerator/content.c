/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * What is in a block: counting symbols, and writing them (RFC 1951, section 3.2.5).
 *
 * Writing is the hot half. The tables that it needs are made for each block, so that a literal is
 * one look-up, and a match two.
 */
#include "bits.h"
#include "deflate.h"

const uint8_t length_extra_bits[LENGTHS] = {
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
};

const uint8_t offset_extra_bits[OFFSETS] = {
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12,
    13, 13,
};

/* By length less MIN_MATCH. */
const uint8_t length_code[MAX_MATCH - MIN_MATCH + 1] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14,
    14, 14, 15, 15, 15, 15, 16, 16, 16, 16, 16, 16, 16, 16, 17, 17, 17, 17, 17, 17, 17, 17, 18,
    18, 18, 18, 18, 18, 18, 18, 19, 19, 19, 19, 19, 19, 19, 19, 20, 20, 20, 20, 20, 20, 20, 20,
    20, 20, 20, 20, 20, 20, 20, 20, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21, 21,
    21, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 22, 23, 23, 23, 23, 23, 23,
    23, 23, 23, 23, 23, 23, 23, 23, 23, 23, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24,
    24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25, 25,
    25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25,
    25, 25, 25, 25, 25, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26,
    26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 27, 27, 27, 27, 27, 27, 27, 27, 27,
    27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 28,
};

/* By offset less 1, where that is below 256, and then by 128 of them: see offset_code. */
const uint8_t offset_codes[512] = {
    0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9,
    9, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 11, 11, 11, 11, 11, 11,
    11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12,
    12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 12, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13, 13,
    13, 13, 13, 13, 13, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14,
    14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14,
    14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14, 14,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 0, 14, 16, 17, 18,
    18, 19, 19, 20, 20, 20, 20, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 22, 23, 23, 23, 23,
    23, 23, 23, 23, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25,
    25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 25, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26,
    26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 26, 27,
    27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27, 27,
    27, 27, 27, 27, 27, 27, 27, 27, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29,
    29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29,
    29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29, 29,
};

/* Four counters for each byte, taken by turns: equal bytes in a row do not wait for each other. */
void count_bytes(const uint8_t *data, size_t size, uint16_t counts[256])
{
    uint16_t part[4][256] = {{0}};
    size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        uint64_t bytes = load64(data + at);
        part[0][bytes & 255]++;
        part[1][bytes >> 8 & 255]++;
        part[2][bytes >> 16 & 255]++;
        part[3][bytes >> 24 & 255]++;
        part[0][bytes >> 32 & 255]++;
        part[1][bytes >> 40 & 255]++;
        part[2][bytes >> 48 & 255]++;
        part[3][bytes >> 56]++;
    }
    for (; at < size; at++)
        part[0][data[at]]++;
    for (int i = 0; i < 256; i++)
        counts[i] = (uint16_t)(part[0][i] + part[1][i] + part[2][i] + part[3][i]);
}

/* Here and not where matches are found: the parser has more to do than the emitter as it is. */
static void count_matches(const struct block *block, struct counts *counts)
{
    uint16_t lengths[2][LENGTHS] = {{0}};
    uint16_t offsets[2][OFFSETS] = {{0}};
    for (uint32_t i = 0; i < block->matches; i++) {
        packed_sequence sequence = block->sequence[i];
        lengths[i & 1][length_code[SEQUENCE_LENGTH(sequence)]]++;
        offsets[i & 1][offset_code(SEQUENCE_OFFSET(sequence))]++;
    }
    for (uint32_t i = 0; i < LENGTHS; i++)
        counts->literals[FIRST_LENGTH + i] = (uint16_t)(lengths[0][i] + lengths[1][i]);
    for (uint32_t i = 0; i < OFFSETS; i++)
        counts->offsets[i] = (uint16_t)(offsets[0][i] + offsets[1][i]);
}

void count_block(const struct block *block, struct counts *counts)
{
    count_bytes(block->literal, block->literals, counts->literals);
    counts->literals[END_OF_BLOCK] = 1;
    count_matches(block, counts);
}

uint32_t extra_size(const struct counts *counts)
{
    uint32_t size = 0;
    for (uint32_t i = 0; i < LENGTHS; i++)
        size += (uint32_t)counts->literals[FIRST_LENGTH + i] * length_extra_bits[i];
    for (uint32_t i = 0; i < OFFSETS; i++)
        size += (uint32_t)counts->offsets[i] * offset_extra_bits[i];
    return size;
}

/* Bits and, above them, their number, in one word. */
#define PACKED_SHIFT 24
#define PACKED_BITS(packed) ((packed) & ((1u << PACKED_SHIFT) - 1))
#define PACKED_COUNT(packed) ((packed) >> PACKED_SHIFT)

static ALWAYS_INLINE uint32_t packed(const struct code *code, uint32_t symbol)
{
    return code->bits[symbol] | (uint32_t)code->length[symbol] << PACKED_SHIFT;
}

static ALWAYS_INLINE void put_packed(struct bits *bits, uint32_t packed)
{
    bits_put(bits, PACKED_BITS(packed), PACKED_COUNT(packed));
}

/* By length less MIN_MATCH: the code, and the extra bits. */
static ALWAYS_INLINE void pack_lengths(const struct code *code, uint32_t lengths[256])
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < LENGTHS; i++) {
        uint32_t extra = length_extra_bits[i];
        uint32_t bits = code->length[FIRST_LENGTH + i];
        uint32_t value = code->bits[FIRST_LENGTH + i] | (bits + extra) << PACKED_SHIFT;
        for (uint32_t rest = 0; rest < 1u << extra; rest++)
            lengths[length + rest] = value | rest << bits;
        length += 1u << extra;
        /* 258 has a code of its own, and is the last that the code before could reach. */
        if (i == LENGTHS - 2)
            length--;
    }
}

/*
 * Four literals fit between two flushes unless codes are of the longest kind: 7 + 4 * 14 bits.
 */
static ALWAYS_INLINE void put_four(struct bits *bits, const uint32_t *table, const uint8_t *bytes,
                                   bool longest)
{
    put_packed(bits, table[bytes[0]]);
    put_packed(bits, table[bytes[1]]);
    if (longest)
        bits_flush(bits);
    put_packed(bits, table[bytes[2]]);
    put_packed(bits, table[bytes[3]]);
    bits_flush(bits);
}

/* Some bits that shall be put together. */
struct group {
    uint64_t bits;
    uint32_t count;
};

static ALWAYS_INLINE void group_add(struct group *group, uint32_t packed)
{
    group->bits |= (uint64_t)PACKED_BITS(packed) << group->count;
    group->count += PACKED_COUNT(packed);
}

/* Up to three literals, of which the number is not predictable; reads three bytes anyway. */
static ALWAYS_INLINE struct group few_literals(const uint32_t *table, const uint8_t *bytes,
                                               uint32_t count)
{
    struct group group = {0, 0};
    for (uint32_t i = 0; i < 3; i++)
        group_add(&group, table[bytes[i]] & mask_less(i, count));
    return group;
}

static ALWAYS_INLINE void put_group(struct bits *bits, struct group group)
{
    bits_write(bits, group.bits, group.count);
}

static ALWAYS_INLINE bool is_longest(const struct code *literals)
{
    uint8_t longest = 0;
    for (int i = 0; i < 256; i++)
        longest = literals->length[i] > longest ? literals->length[i] : longest;
    return longest == MAX_BITS;
}

static ALWAYS_INLINE void write_bytes_with(struct bits *bits, const uint8_t *data, size_t size,
                                           const uint32_t *table, bool longest)
{
    const uint8_t *end = data + size;
    for (; end - data >= 4; data += 4)
        put_four(bits, table, data, longest);
    put_group(bits, few_literals(table, data, (uint32_t)(end - data)));
}

static ALWAYS_INLINE void write_sequences_with(struct bits *to, const struct block *block,
                                               const uint32_t *literal_table,
                                               const uint32_t *length_table,
                                               const uint32_t *offset_table, bool longest)
{
    struct bits bits = *to;
    const uint8_t *literal = block->literal;
    const packed_sequence *next = block->sequence;
    const packed_sequence *end = next + block->matches;
    while (next < end) {
        packed_sequence sequence = *next++;
        uint32_t run = SEQUENCE_LITERALS(sequence);
        for (; UNLIKELY(run > 3); run -= 4, literal += 4)
            put_four(&bits, literal_table, literal, longest);
        struct group literals = few_literals(literal_table, literal, run);
        literal += run;
        struct group match = {0, 0};
        group_add(&match, length_table[SEQUENCE_LENGTH(sequence)]);
        uint32_t offset = SEQUENCE_OFFSET(sequence);
        uint32_t code = offset_code(offset);
        group_add(&match, offset_table[code]);
        uint32_t extra = offset_extra_bits[code];
        uint32_t rest = offset & ((1u << extra) - 1);
        group_add(&match, rest | extra << PACKED_SHIFT);
        if (LIKELY(literals.count + match.count <= FLUSHED_BITS)) {
            literals.bits |= match.bits << literals.count;
            literals.count += match.count;
            put_group(&bits, literals);
        } else {
            put_group(&bits, literals);
            put_group(&bits, match);
        }
    }
    write_bytes_with(&bits, literal, (size_t)(block->literal + block->literals - literal),
                     literal_table, longest);
    *to = bits;
}

static ALWAYS_INLINE void write_sequences(struct bits *bits, const struct block *block,
                                          const struct code *literals, const struct code *offsets)
{
    uint32_t literal_table[256], length_table[256], offset_table[OFFSETS];
    for (uint32_t i = 0; i < 256; i++)
        literal_table[i] = packed(literals, i);
    pack_lengths(literals, length_table);
    for (uint32_t i = 0; i < OFFSETS; i++)
        offset_table[i] = packed(offsets, i);
    if (is_longest(literals))
        write_sequences_with(bits, block, literal_table, length_table, offset_table, true);
    else
        write_sequences_with(bits, block, literal_table, length_table, offset_table, false);
}

static ALWAYS_INLINE void write_bytes(struct bits *to, const uint8_t *data, size_t size,
                                      const struct code *literals)
{
    struct bits bits = *to;
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++)
        table[i] = packed(literals, i);
    if (is_longest(literals))
        write_bytes_with(&bits, data, size, table, true);
    else
        write_bytes_with(&bits, data, size, table, false);
    *to = bits;
}

static void write_sequences_anywhere(struct bits *bits, const struct block *block,
                                     const struct code *literals, const struct code *offsets)
{
    write_sequences(bits, block, literals, offsets);
}

static void write_bytes_anywhere(struct bits *bits, const uint8_t *data, size_t size,
                                 const struct code *literals)
{
    write_bytes(bits, data, size, literals);
}

NEWER static void write_sequences_newer(struct bits *bits, const struct block *block,
                                        const struct code *literals, const struct code *offsets)
{
    write_sequences(bits, block, literals, offsets);
}

NEWER static void write_bytes_newer(struct bits *bits, const uint8_t *data, size_t size,
                                    const struct code *literals)
{
    write_bytes(bits, data, size, literals);
}

struct content_writer content_writer(void)
{
    if (is_newer_processor())
        return (struct content_writer){write_sequences_newer, write_bytes_newer};
    return (struct content_writer){write_sequences_anywhere, write_bytes_anywhere};
}
