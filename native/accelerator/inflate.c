/*
 * DEFLATE undone (RFC 1951): bits are looked up in tables, a symbol at a time, and copied within a
 * window that is handed out piece by piece.
 *
 * As strict as compress/flate: what Go calls corrupt is damage here. What of a damaged stream was
 * decoded before, and Go's words for the damage, are found out by pyggcr/_gostd/gzip/inflate.py.
 * Nothing outside the window is read or written, whatever the input.
 */
#include <stdlib.h>

#include "deflate.h"
#include "memory.h"

#define PIECE_SIZE (1u << 18) /* output that is made at a time */
/* Loops write so much more than they were asked for: literals, a match, and whole words. */
#define OUTPUT_SLACK (MAX_MATCH + 64)
#define FAST_INPUT 32 /* with so many bytes left no refill looks beyond them */

#define ORDERED 19 /* symbols of the code for lengths */
#define MAX_ORDERED_BITS 7
#define FIXED_OFFSETS 32

/* The first look-up takes so many bits; longer codes have a second, in a part of the table. */
#define LITERAL_BITS 11
#define OFFSET_BITS 9
#define ORDER_BITS MAX_ORDERED_BITS
/* Each part serves at least two codes. */
#define PARTS_SIZE(symbols, bits) ((symbols) / 2 << (MAX_BITS - (bits)))
#define LITERAL_TABLE ((1u << LITERAL_BITS) + PARTS_SIZE(FIXED_LITERALS, LITERAL_BITS))
#define OFFSET_TABLE ((1u << OFFSET_BITS) + PARTS_SIZE(FIXED_OFFSETS, OFFSET_BITS))

/*
 * What a table says of the bits that come next. From the lowest bit on: how many bits it is about,
 * those of a length or offset beyond its code included (8 bits); how many of them are code (5); two
 * flags for what is not usual; a flag for that; and a literal, the least length or offset, or where
 * the part of the table begins (15). The highest bit marks literals.
 */
typedef uint32_t table_entry;
#define ENTRY_BITS(entry) ((entry)&0xFF)
#define ENTRY_CODE_BITS(entry) ((entry) >> 8 & 0x1F)
#define ENTRY_VALUE(entry) ((entry) >> 16 & 0x7FFF)
#define ENTRY_PART (1u << 13)
#define ENTRY_END (1u << 14)
#define ENTRY_UNUSUAL (1u << 15)
#define ENTRY_LITERAL (1u << 31)
#define VALUE(value) ((uint32_t)(value) << 16)
#define NO_CODE ENTRY_UNUSUAL

enum state {
    AT_BLOCK,
    AT_STORED_SIZE,
    IN_STORED,
    AT_CODE_COUNTS,
    IN_ORDER,
    IN_CODE_LENGTHS,
    IN_SYMBOLS,
    AT_THE_END,
    IS_DAMAGED,
};

struct inflater {
    enum state state;
    bool is_last;
    uint64_t word; /* less than a byte that is not used yet */
    uint32_t count;
    uint32_t stored; /* bytes that the stored block still has */
    /* Of the header that is being read: how many lengths there are of each code, and known. */
    uint32_t literals, offsets, ordered, known;
    uint8_t length[LITERALS + OFFSETS];
    uint8_t order[ORDERED];
    /* What symbols mean, before a code makes entries of it. */
    table_entry literal_meaning[FIXED_LITERALS], offset_meaning[FIXED_OFFSETS],
        order_meaning[ORDERED];
    table_entry literal_table[LITERAL_TABLE], offset_table[OFFSET_TABLE],
        order_table[1u << ORDER_BITS];
    uint32_t history; /* bytes of the window, before the piece, that were output */
    uint32_t made;    /* bytes of the last piece */
    uint8_t window[WINDOW_SIZE + PIECE_SIZE + OUTPUT_SLACK];
};

/* The order of the lengths of the code for lengths, and how they are repeated (section 3.2.7). */
static const uint8_t ordered_symbol[ORDERED] = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
};

static void give_meanings(inflater *inflater)
{
    for (uint32_t i = 0; i < FIXED_LITERALS; i++)
        inflater->literal_meaning[i] = i < END_OF_BLOCK ? ENTRY_LITERAL | VALUE(i) : NO_CODE;
    inflater->literal_meaning[END_OF_BLOCK] = ENTRY_UNUSUAL | ENTRY_END;
    uint32_t least = MIN_MATCH;
    for (uint32_t i = 0; i < LENGTHS; i++) {
        inflater->literal_meaning[FIRST_LENGTH + i] = VALUE(least) | length_extra_bits[i];
        least += 1u << length_extra_bits[i];
    }
    inflater->literal_meaning[LITERALS - 1] = VALUE(MAX_MATCH);
    least = 1;
    for (uint32_t i = 0; i < FIXED_OFFSETS; i++) {
        inflater->offset_meaning[i] =
            i < OFFSETS ? VALUE(least) | offset_extra_bits[i] : NO_CODE;
        least += i < OFFSETS ? 1u << offset_extra_bits[i] : 0;
    }
    for (uint32_t i = 0; i < ORDERED; i++)
        inflater->order_meaning[i] = VALUE(i);
}

inflater *inflater_new(void)
{
    inflater *inflater = malloc(sizeof *inflater);
    if (!inflater)
        return NULL;
    memset(inflater, 0, offsetof(struct inflater, window));
    give_meanings(inflater);
    return inflater;
}

void inflater_free(inflater *inflater)
{
    free(inflater);
}

static uint32_t reversed(uint32_t code, uint32_t length)
{
    uint32_t result = 0;
    for (; length; length--, code >>= 1)
        result = result << 1 | (code & 1);
    return result;
}

/*
 * Whether there may be such a code (huffmanDecoder.init): every row of bits has a meaning, or there
 * is a single code of one bit, or none at all.
 */
static bool is_code(const uint32_t *counts)
{
    int32_t left = 1;
    uint32_t codes = 0;
    for (uint32_t length = 1; length <= MAX_BITS; length++) {
        left = 2 * left - (int32_t)counts[length];
        if (left < 0)
            return false;
        codes += counts[length];
    }
    return left == 0 || codes == 0 || (codes == 1 && counts[1] == 1);
}

/*
 * Fill a table whose first look-up takes `bits` bits; false if there is no such code. No length is
 * above MAX_BITS, and there is room for parts as PARTS_SIZE has it.
 */
static bool fill_table(table_entry *table, uint32_t bits, const uint8_t *lengths, uint32_t symbols,
                       const table_entry *meaning)
{
    uint32_t counts[MAX_BITS + 1] = {0};
    uint32_t next_code[MAX_BITS + 1];
    for (uint32_t i = 0; i < symbols; i++)
        counts[lengths[i]]++;
    counts[0] = 0;
    if (!is_code(counts))
        return false;
    uint32_t code = 0;
    for (uint32_t length = 1; length <= MAX_BITS; length++) {
        code = (code + counts[length - 1]) << 1;
        next_code[length] = code;
    }
    for (uint32_t i = 0; i < 1u << bits; i++)
        table[i] = NO_CODE;
    uint32_t free_part = 1u << bits;
    for (uint32_t symbol = 0; symbol < symbols; symbol++) {
        uint32_t length = lengths[symbol];
        if (!length)
            continue;
        uint32_t row = reversed(next_code[length]++, length);
        table_entry entry = meaning[symbol];
        if (length <= bits) {
            entry += length | length << 8;
            for (; row < 1u << bits; row += 1u << length)
                table[row] = entry;
            continue;
        }
        table_entry *first = &table[row & ((1u << bits) - 1)];
        if (*first == NO_CODE) {
            *first = ENTRY_UNUSUAL | ENTRY_PART | VALUE(free_part) | bits | bits << 8;
            free_part += 1u << (MAX_BITS - bits);
        }
        table_entry *part = table + ENTRY_VALUE(*first);
        length -= bits;
        entry += length | length << 8;
        for (row >>= bits; row < 1u << (MAX_BITS - bits); row += 1u << length)
            part[row] = entry;
    }
    return true;
}

static void fill_fixed_tables(inflater *inflater)
{
    uint8_t lengths[FIXED_LITERALS];
    memset(lengths, 8, 144);
    memset(lengths + 144, 9, 256 - 144);
    memset(lengths + 256, 7, 280 - 256);
    memset(lengths + 280, 8, FIXED_LITERALS - 280);
    fill_table(inflater->literal_table, LITERAL_BITS, lengths, FIXED_LITERALS,
               inflater->literal_meaning);
    memset(lengths, 5, FIXED_OFFSETS);
    fill_table(inflater->offset_table, OFFSET_BITS, lengths, FIXED_OFFSETS,
               inflater->offset_meaning);
}

/*
 * Input on its way: `count` bits of the word are taken from the bytes; what is above them is either
 * nothing or the bits that come next.
 */
struct input {
    const uint8_t *next, *end;
    uint64_t word;
    uint32_t count;
};

/* As many bits as there are, at most 63. */
static ALWAYS_INLINE void fill(struct input *in)
{
    while (in->count < 56 && in->next < in->end) {
        in->word |= (uint64_t)*in->next++ << in->count;
        in->count += 8;
    }
}

/* At least 56 bits; eight bytes are there. */
static ALWAYS_INLINE void refill(struct input *in)
{
    in->word |= load64(in->next) << in->count;
    in->next += (63 - in->count) >> 3;
    in->count |= 56;
}

static ALWAYS_INLINE void drop(struct input *in, uint32_t bits)
{
    in->word >>= bits;
    in->count -= bits;
}

static ALWAYS_INLINE uint32_t low_bits(uint64_t word, uint32_t bits)
{
    return (uint32_t)(word & (((uint64_t)1 << bits) - 1));
}

/* What an entry means with the bits that it is about at the low end of the word. */
static ALWAYS_INLINE uint32_t value_of(table_entry entry, uint64_t word)
{
    return ENTRY_VALUE(entry) +
           (low_bits(word, ENTRY_BITS(entry)) >> ENTRY_CODE_BITS(entry));
}

/* Less than a byte stays; whole ones are given back. */
static void settle(struct input *in)
{
    in->next -= in->count >> 3;
    in->count &= 7;
    in->word = low_bits(in->word, in->count);
}

/* Copy a match; up to 31 bytes behind it are overwritten. Returns its end. */
static ALWAYS_INLINE uint8_t *copy_match(uint8_t *out, uint32_t length, uint32_t offset)
{
    const uint8_t *from = out - offset;
    uint8_t *end = out + length;
    if (LIKELY(offset >= 16)) {
        /* Most are no longer than this, and a loop would end where nobody can predict it. */
        memcpy(out, from, 16);
        memcpy(out + 16, from + 16, 16);
        while (UNLIKELY((out += 32) < end)) {
            from += 32;
            memcpy(out, from, 16);
            memcpy(out + 16, from + 16, 16);
        }
    } else if (offset == 1) {
        memset(out, *from, length);
    } else {
        /* Each word that is right in its first bytes puts the next ones right. */
        uint32_t step = offset < 8 ? offset : 8;
        do {
            memmove(out, from, 8);
            out += step, from += step;
        } while (out < end);
    }
    return end;
}

enum outcome { WANTS_INPUT, IS_FULL, BLOCK_ENDED, FOUND_DAMAGE };

/* Symbols as long as there is plenty of input, and room. */
static ALWAYS_INLINE enum outcome decode_fast(const inflater *inflater, struct input *input,
                                              uint8_t **output, const uint8_t *limit)
{
    struct input in = *input;
    uint8_t *out = *output;
    const uint8_t *const begin = inflater->window + WINDOW_SIZE - inflater->history;
    const table_entry *const literals = inflater->literal_table;
    const table_entry *const offsets = inflater->offset_table;
    enum outcome outcome = WANTS_INPUT;
    if (in.end - in.next < FAST_INPUT)
        return WANTS_INPUT;
    const uint8_t *const last_input = in.end - FAST_INPUT;
    refill(&in);
    table_entry entry = literals[low_bits(in.word, LITERAL_BITS)];
    for (;;) {
        /* The entry is of the bits that are next, of which there are 56. */
        if (UNLIKELY(out >= limit)) {
            outcome = IS_FULL;
            break;
        }
        if (UNLIKELY(in.next > last_input))
            break;
        /* Three literals of the first look-up take 33 bits, and another code 20. */
        if (entry & ENTRY_LITERAL) {
            drop(&in, ENTRY_BITS(entry));
            *out++ = (uint8_t)ENTRY_VALUE(entry);
            entry = literals[low_bits(in.word, LITERAL_BITS)];
            if (entry & ENTRY_LITERAL) {
                drop(&in, ENTRY_BITS(entry));
                *out++ = (uint8_t)ENTRY_VALUE(entry);
                entry = literals[low_bits(in.word, LITERAL_BITS)];
                if (entry & ENTRY_LITERAL) {
                    drop(&in, ENTRY_BITS(entry));
                    *out++ = (uint8_t)ENTRY_VALUE(entry);
                    entry = literals[low_bits(in.word, LITERAL_BITS)];
                    refill(&in);
                    continue;
                }
            }
        }
        if (UNLIKELY(entry & ENTRY_UNUSUAL)) {
            if (entry & ENTRY_PART) {
                drop(&in, LITERAL_BITS);
                entry = literals[ENTRY_VALUE(entry) +
                                 low_bits(in.word, MAX_BITS - LITERAL_BITS)];
                if (entry & ENTRY_LITERAL) {
                    drop(&in, ENTRY_BITS(entry));
                    *out++ = (uint8_t)ENTRY_VALUE(entry);
                    entry = literals[low_bits(in.word, LITERAL_BITS)];
                    refill(&in);
                    continue;
                }
            }
            if (entry & ENTRY_UNUSUAL) {
                drop(&in, ENTRY_BITS(entry));
                outcome = entry & ENTRY_END ? BLOCK_ENDED : FOUND_DAMAGE;
                break;
            }
        }
        uint64_t word = in.word;
        drop(&in, ENTRY_BITS(entry));
        uint32_t length = value_of(entry, word);
        entry = offsets[low_bits(in.word, OFFSET_BITS)];
        /* Of the 56 bits 14 are left at least: enough for the look-up, not for all of an offset. */
        refill(&in);
        if (UNLIKELY(entry & ENTRY_UNUSUAL)) {
            if (entry & ENTRY_PART) {
                drop(&in, OFFSET_BITS);
                entry =
                    offsets[ENTRY_VALUE(entry) + low_bits(in.word, MAX_BITS - OFFSET_BITS)];
            }
            if (entry & ENTRY_UNUSUAL) {
                outcome = FOUND_DAMAGE;
                break;
            }
        }
        word = in.word;
        drop(&in, ENTRY_BITS(entry));
        uint32_t offset = value_of(entry, word);
        if (UNLIKELY(offset > (size_t)(out - begin))) {
            outcome = FOUND_DAMAGE;
            break;
        }
        /* Looked up before the copy, which may take longer. */
        entry = literals[low_bits(in.word, LITERAL_BITS)];
        refill(&in);
        out = copy_match(out, length, offset);
    }
    *input = in;
    *output = out;
    return outcome;
}

/* The entry for the bits that come next, and all of them in front; false if there are too few. */
static bool look_up(const table_entry *table, uint32_t bits, const struct input *in,
                    table_entry *entry, uint32_t *before)
{
    *before = 0;
    *entry = table[low_bits(in->word, bits)];
    if (*entry & ENTRY_PART && *entry & ENTRY_UNUSUAL) {
        *before = bits;
        *entry = table[ENTRY_VALUE(*entry) + low_bits(in->word >> bits, MAX_BITS - bits)];
    }
    return *before + ENTRY_BITS(*entry) <= in->count;
}

/* One symbol, and the offset behind it, where input may end anywhere: all of it or nothing. */
static enum outcome decode_one(const inflater *inflater, struct input *in, uint8_t **output)
{
    table_entry entry;
    uint32_t before;
    fill(in);
    if (!look_up(inflater->literal_table, LITERAL_BITS, in, &entry, &before))
        return WANTS_INPUT;
    if (entry & ENTRY_UNUSUAL && !(entry & ENTRY_END))
        return in->count < MAX_BITS ? WANTS_INPUT : FOUND_DAMAGE;
    struct input ahead = *in;
    drop(&ahead, before);
    uint32_t value = value_of(entry, ahead.word);
    drop(&ahead, ENTRY_BITS(entry));
    if (entry & ENTRY_UNUSUAL) {
        *in = ahead;
        return BLOCK_ENDED;
    }
    if (entry & ENTRY_LITERAL) {
        *in = ahead;
        *(*output)++ = (uint8_t)value;
        return IS_FULL; /* or not: that is for the caller to see */
    }
    if (!look_up(inflater->offset_table, OFFSET_BITS, &ahead, &entry, &before))
        return WANTS_INPUT;
    if (entry & ENTRY_UNUSUAL)
        return ahead.count < MAX_BITS ? WANTS_INPUT : FOUND_DAMAGE;
    drop(&ahead, before);
    uint32_t offset = value_of(entry, ahead.word);
    drop(&ahead, ENTRY_BITS(entry));
    const uint8_t *begin = inflater->window + WINDOW_SIZE - inflater->history;
    if (offset > (size_t)(*output - begin))
        return FOUND_DAMAGE;
    *in = ahead;
    *output = copy_match(*output, value, offset);
    return IS_FULL;
}

typedef enum outcome decode_function(const inflater *, struct input *, uint8_t **,
                                     const uint8_t *);

static enum outcome decode_anywhere(const inflater *inflater, struct input *in, uint8_t **out,
                                    const uint8_t *limit)
{
    return decode_fast(inflater, in, out, limit);
}

NEWER static enum outcome decode_newer(const inflater *inflater, struct input *in, uint8_t **out,
                                       const uint8_t *limit)
{
    return decode_fast(inflater, in, out, limit);
}

static enum outcome decode(const inflater *inflater, struct input *in, uint8_t **out,
                           const uint8_t *limit)
{
    decode_function *fast = is_newer_processor() ? decode_newer : decode_anywhere;
    for (;;) {
        enum outcome outcome = fast(inflater, in, out, limit);
        if (outcome != WANTS_INPUT)
            return outcome;
        while (in->end - in->next < FAST_INPUT) {
            if (*out >= limit)
                return IS_FULL;
            outcome = decode_one(inflater, in, out);
            if (outcome != IS_FULL)
                return outcome;
        }
    }
}

/* Have so many bits; false if there are too few. */
static bool have(struct input *in, uint32_t bits)
{
    fill(in);
    return in->count >= bits;
}

static uint32_t take_bits(struct input *in, uint32_t bits)
{
    uint32_t value = low_bits(in->word, bits);
    drop(in, bits);
    return value;
}

/* How many lengths each code has; false if input ends. */
static bool read_code_counts(inflater *inflater, struct input *in)
{
    if (!have(in, 14))
        return false;
    inflater->literals = FIRST_LENGTH + take_bits(in, 5);
    inflater->offsets = 1 + take_bits(in, 5);
    inflater->ordered = 4 + take_bits(in, 4);
    inflater->known = 0;
    memset(inflater->order, 0, sizeof inflater->order);
    bool fits = inflater->literals <= LITERALS && inflater->offsets <= OFFSETS;
    inflater->state = fits ? IN_ORDER : IS_DAMAGED;
    return true;
}

static bool read_order(inflater *inflater, struct input *in)
{
    for (; inflater->known < inflater->ordered; inflater->known++) {
        if (!have(in, 3))
            return false;
        inflater->order[ordered_symbol[inflater->known]] = (uint8_t)take_bits(in, 3);
    }
    inflater->known = 0;
    bool is_code = fill_table(inflater->order_table, ORDER_BITS, inflater->order, ORDERED,
                              inflater->order_meaning);
    inflater->state = is_code ? IN_CODE_LENGTHS : IS_DAMAGED;
    return true;
}

/* One symbol of the code for lengths; false if input ends. */
static bool read_code_length(inflater *inflater, struct input *in)
{
    table_entry entry;
    uint32_t before;
    fill(in);
    if (!look_up(inflater->order_table, ORDER_BITS, in, &entry, &before))
        return false;
    if (entry & ENTRY_UNUSUAL) {
        if (in->count < MAX_ORDERED_BITS)
            return false;
        inflater->state = IS_DAMAGED;
        return true;
    }
    uint32_t symbol = ENTRY_VALUE(entry);
    uint32_t extra = symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
    if (in->count < ENTRY_BITS(entry) + extra)
        return false;
    drop(in, ENTRY_BITS(entry));
    uint32_t repeat = symbol < 16 ? 1 : symbol < 18 ? 3 : 11;
    repeat += take_bits(in, extra);
    if ((symbol == 16 && !inflater->known) ||
        inflater->known + repeat > inflater->literals + inflater->offsets) {
        inflater->state = IS_DAMAGED;
        return true;
    }
    uint8_t length = (uint8_t)symbol;
    if (symbol >= 16)
        length = symbol == 16 ? inflater->length[inflater->known - 1] : 0;
    memset(inflater->length + inflater->known, length, repeat);
    inflater->known += repeat;
    return true;
}

static bool read_code_lengths(inflater *inflater, struct input *in)
{
    while (inflater->state == IN_CODE_LENGTHS &&
           inflater->known < inflater->literals + inflater->offsets)
        if (!read_code_length(inflater, in))
            return false;
    if (inflater->state == IS_DAMAGED)
        return true;
    bool are_codes = fill_table(inflater->literal_table, LITERAL_BITS, inflater->length,
                                inflater->literals, inflater->literal_meaning) &&
                     fill_table(inflater->offset_table, OFFSET_BITS,
                                inflater->length + inflater->literals, inflater->offsets,
                                inflater->offset_meaning);
    inflater->state = are_codes ? IN_SYMBOLS : IS_DAMAGED;
    return true;
}

static bool read_block_header(inflater *inflater, struct input *in)
{
    static const enum state state[] = {AT_STORED_SIZE, IN_SYMBOLS, AT_CODE_COUNTS, IS_DAMAGED};
    if (!have(in, 3))
        return false;
    inflater->is_last = take_bits(in, 1);
    inflater->state = state[take_bits(in, 2)];
    if (inflater->state == IN_SYMBOLS)
        fill_fixed_tables(inflater);
    return true;
}

static bool read_stored_size(inflater *inflater, struct input *in)
{
    /* What is left of a byte says nothing; asked again, nothing is left. */
    drop(in, in->count & 7);
    if (!have(in, 32))
        return false;
    uint32_t size = take_bits(in, 16);
    inflater->stored = size;
    inflater->state = take_bits(in, 16) == (size ^ 0xFFFF) ? IN_STORED : IS_DAMAGED;
    settle(in);
    return true;
}

static void end_block(inflater *inflater)
{
    inflater->state = inflater->is_last ? AT_THE_END : AT_BLOCK;
}

/* Copy what there is, as far as there is room; false if input or room ends. */
static bool copy_stored(inflater *inflater, struct input *in, uint8_t **out, const uint8_t *limit)
{
    size_t size = inflater->stored;
    size_t given = (size_t)(in->end - in->next);
    size_t room = *out < limit ? (size_t)(limit - *out) : 0;
    size = size < given ? size : given;
    size = size < room ? size : room;
    memcpy(*out, in->next, size);
    *out += size;
    in->next += size;
    inflater->stored -= (uint32_t)size;
    if (inflater->stored)
        return false;
    end_block(inflater);
    return true;
}

/* Go on until input or room is short, or the stream ends or is damaged. */
static enum outcome run(inflater *inflater, struct input *in, uint8_t **out, const uint8_t *limit)
{
    for (;;) {
        bool goes_on = true;
        enum outcome outcome;
        switch (inflater->state) {
        case AT_BLOCK:
            goes_on = read_block_header(inflater, in);
            break;
        case AT_STORED_SIZE:
            goes_on = read_stored_size(inflater, in);
            break;
        case IN_STORED:
            if (!copy_stored(inflater, in, out, limit))
                return *out < limit ? WANTS_INPUT : IS_FULL;
            break;
        case AT_CODE_COUNTS:
            goes_on = read_code_counts(inflater, in);
            break;
        case IN_ORDER:
            goes_on = read_order(inflater, in);
            break;
        case IN_CODE_LENGTHS:
            goes_on = read_code_lengths(inflater, in);
            break;
        case IN_SYMBOLS:
            outcome = decode(inflater, in, out, limit);
            if (outcome == FOUND_DAMAGE)
                inflater->state = IS_DAMAGED;
            else if (outcome == BLOCK_ENDED)
                end_block(inflater);
            else
                return outcome;
            break;
        case AT_THE_END:
            return BLOCK_ENDED;
        case IS_DAMAGED:
            return FOUND_DAMAGE;
        }
        if (!goes_on)
            return WANTS_INPUT;
    }
}

int inflate_more(inflater *inflater, const uint8_t *data, size_t size, size_t most,
                 inflated *inflated)
{
    static const int answer[] = {INFLATE_WANTS_INPUT, INFLATE_IS_FULL, INFLATE_ENDED,
                                 INFLATE_IS_DAMAGED};
    uint8_t *const piece = inflater->window + WINDOW_SIZE;
    uint32_t history = inflater->history + inflater->made;
    history = history < WINDOW_SIZE ? history : WINDOW_SIZE;
    memmove(piece - history, piece + inflater->made - history, history);
    inflater->history = history;
    uint8_t *out = piece;
    struct input in = {data, data + size, inflater->word, inflater->count};
    enum outcome outcome = run(inflater, &in, &out, piece + (most < PIECE_SIZE ? most : PIECE_SIZE));
    settle(&in);
    inflater->word = in.word;
    inflater->count = in.count;
    inflater->made = (uint32_t)(out - piece);
    inflated->taken = (size_t)(in.next - data);
    inflated->output = piece;
    inflated->size = inflater->made;
    return answer[outcome];
}
