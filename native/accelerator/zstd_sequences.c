/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * The sequences section of a block (blockEnc.encode, second half; seqenc.go, fse_predefined.go).
 */
#include "zstd.h"

enum part { LITERALS, OFFSETS, LENGTHS };

enum mode { MODE_PREDEFINED, MODE_RLE, MODE_FSE, MODE_REPEAT };

#define MIN_TABLE_BITS 5
#define COST_BITS 8
#define IMPOSSIBLE UINT32_MAX
#define LONG_COUNT 0x7F00

static const uint8_t literals_codes[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 16, 17, 17, 18, 18,
    19, 19, 20, 20, 20, 20, 21, 21, 21, 21, 22, 22, 22, 22, 22, 22, 22, 22, 23, 23, 23, 23,
    23, 23, 23, 23, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24};

const uint8_t zstd_length_codes[128] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 32, 33, 33, 34, 34, 35, 35, 36, 36, 36, 36,
    37, 37, 37, 37, 38, 38, 38, 38, 38, 38, 38, 38, 39, 39, 39, 39, 39, 39, 39, 39, 40, 40,
    40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 40, 41, 41, 41, 41, 41, 41, 41, 41,
    41, 41, 41, 41, 41, 41, 41, 41, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42,
    42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42, 42};

/* How many bits more a code has. */
static const uint8_t literals_bits[64] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  1,  1,
    1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static const uint8_t length_bits[64] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  0,  0,  0,
                                        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,  1,  1,  1,
                                        2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* The tables that need not be written (RFC 8878, section 3.1.1.3.2.2). */
static const struct {
    uint32_t bits;
    uint32_t symbols;
    int16_t norm[ZSTD_MAX_CODES];
} predefined[3] = {
    [LITERALS] = {6, 36, {4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2,  2,
                          2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1}},
    [OFFSETS] = {5, 29, {1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1,
                         1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1}},
    [LENGTHS] = {6, 53, {1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1,  1,  1,  1,
                         1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,
                         1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1}},
};

static void make_predefined(struct zstd_fse *table, enum part part)
{
    table->bits = predefined[part].bits;
    table->symbols = predefined[part].symbols;
    memcpy(table->norm, predefined[part].norm, sizeof predefined[part].norm);
    zstd_fse_build(table->norm, table->symbols, table->bits, table->state, table->transform);
}

void zstd_coders_prepare(struct zstd_coders *coders)
{
    memset(coders, 0, sizeof *coders);
    for (enum part part = LITERALS; part <= LENGTHS; part++)
        make_predefined(&coders->predefined[part], part);
}

void zstd_predefined_costs(uint8_t length_cost[ZSTD_MAX_CODES], uint8_t offset_cost[32])
{
    struct zstd_fse lengths = {0}, offsets = {0};
    make_predefined(&lengths, LENGTHS);
    make_predefined(&offsets, OFFSETS);
    for (uint32_t i = 0; i < ZSTD_MAX_CODES; i++)
        length_cost[i] = (uint8_t)(length_bits[i] + (lengths.transform[i].delta_bits >> 16));
    for (uint32_t i = 0; i < 32; i++)
        offset_cost[i] = (uint8_t)(i + (offsets.transform[i].delta_bits >> 16));
}

/* How many bits the table takes for what was counted (approxSize). */
static uint32_t cost(const struct zstd_fse *table, const uint32_t *count, uint32_t symbols)
{
    if (table->symbols < symbols || table->is_repeated)
        return IMPOSSIBLE;
    const uint32_t most = (table->bits + 1) << COST_BITS;
    uint32_t sum = 0;
    for (uint32_t i = 0; i < symbols; i++) {
        if (count[i] == 0)
            continue;
        if (table->norm[i] == 0)
            return IMPOSSIBLE;
        const uint32_t fewest = table->transform[i].delta_bits >> 16;
        const uint32_t threshold = (fewest + 1) << 16;
        const uint32_t missing =
            threshold - (table->transform[i].delta_bits + (1u << table->bits));
        const uint32_t each =
            ((fewest + 1) << COST_BITS) - ((missing << COST_BITS) >> table->bits);
        if (each > most)
            return IMPOSSIBLE;
        sum += count[i] * each;
    }
    return sum >> COST_BITS;
}

/* How large a table is at most (optimalTableLog), of two symbols or more. */
static uint32_t table_bits(uint32_t symbols, uint32_t total)
{
    const uint32_t for_source = zstd_high_bit(total) + 1;
    const uint32_t for_symbols = zstd_high_bit(symbols - 1) + 2;
    const uint32_t least = for_source < for_symbols ? for_source : for_symbols;
    /* Go's numbers are bytes: of a few sequences this is a large one. */
    const uint8_t most = (uint8_t)(zstd_high_bit(total - 1) - 2);
    uint32_t bits = most < ZSTD_MAX_TABLE_BITS ? most : ZSTD_MAX_TABLE_BITS;
    if (bits < least)
        bits = least;
    if (bits < MIN_TABLE_BITS)
        bits = MIN_TABLE_BITS;
    return bits > ZSTD_MAX_TABLE_BITS ? ZSTD_MAX_TABLE_BITS : bits;
}

static bool make_table(struct zstd_fse *table, uint32_t total)
{
    uint32_t largest = 0;
    for (uint32_t i = 0; i < 64; i++) {
        if (table->count[i])
            table->symbols = i + 1;
        if (table->count[i] > largest)
            largest = table->count[i];
    }
    table->is_repeated = largest == total;
    if (table->is_repeated) {
        table->repeated = (uint8_t)(table->symbols - 1);
        table->bits = 0;
        return true;
    }
    table->bits = table_bits(table->symbols, total);
    return zstd_fse_normalize(table->norm, table->count, table->symbols, total, table->bits) &&
           zstd_fse_build(table->norm, table->symbols, table->bits, table->state,
                          table->transform);
}

/* The codes of all sequences, and how often each occurs (genCodes). */
static void make_codes(struct zstd_coders *coders, struct zstd_batch *batch)
{
    uint32_t *count[3];
    for (enum part part = LITERALS; part <= LENGTHS; part++) {
        count[part] = coders->table[part][coders->current[part]].count;
        memset(count[part], 0, sizeof coders->table[part][0].count);
    }
    for (uint32_t i = 0; i < batch->sequences; i++) {
        struct zstd_sequence *sequence = &batch->sequence[i];
        const uint32_t literals = sequence->literals;
        sequence->literals_code =
            (uint8_t)(literals < 64 ? literals_codes[literals] : zstd_high_bit(literals) + 19);
        sequence->offset_code = (uint8_t)zstd_high_bit(sequence->offset);
        sequence->length_code = (uint8_t)zstd_length_code(sequence->length);
        count[LITERALS][sequence->literals_code]++;
        count[OFFSETS][sequence->offset_code]++;
        count[LENGTHS][sequence->length_code]++;
    }
}

/* The cheapest of the new table, the one before and the predefined one. */
static enum mode choose(const struct zstd_coders *coders, enum part part)
{
    const struct zstd_fse *table = &coders->table[part][coders->current[part]];
    const struct zstd_fse *before = &coders->table[part][!coders->current[part]];
    if (table->is_repeated)
        return MODE_RLE;
    const uint32_t header = (((table->symbols * table->bits) >> 3) + 3) * 8;
    uint32_t new_cost = cost(table, table->count, table->symbols) + header;
    const uint32_t predefined_cost =
        cost(&coders->predefined[part], table->count, table->symbols);
    const uint32_t before_cost = cost(before, table->count, table->symbols);
    new_cost += (new_cost + 2 * 8 * 16) >> 4;
    if (predefined_cost <= before_cost && predefined_cost <= new_cost)
        return MODE_PREDEFINED;
    return before_cost <= new_cost ? MODE_REPEAT : MODE_FSE;
}

static const struct zstd_fse *table_of(const struct zstd_coders *coders, enum part part,
                                       enum mode mode)
{
    if (mode == MODE_PREDEFINED)
        return &coders->predefined[part];
    return &coders->table[part][mode == MODE_REPEAT ? !coders->current[part]
                                                     : coders->current[part]];
}

struct bits {
    uint64_t word;
    uint32_t count;
    uint8_t *out;
};

static ZSTD_INLINE void put(struct bits *bits, uint64_t value, uint32_t count)
{
    bits->word |= (value & ((1ull << count) - 1)) << bits->count;
    bits->count += count;
}

static ZSTD_INLINE void flush(struct bits *bits)
{
    store64(bits->out, bits->word);
    bits->out += bits->count >> 3;
    bits->word >>= bits->count & 56;
    bits->count &= 7;
}

/* The state from which the first symbol needs no bits (cState.init). */
static uint32_t first_state(const struct zstd_fse *table, uint32_t symbol)
{
    if (table->is_repeated)
        return 0;
    const struct zstd_transform transform = table->transform[symbol];
    const uint32_t count = (transform.delta_bits + (1 << 15)) >> 16;
    const int32_t middle = (int32_t)((count << 16) - transform.delta_bits);
    return table->state[(middle >> count) + transform.delta_state];
}

static ZSTD_INLINE uint32_t code(struct bits *bits, const struct zstd_fse *table, uint32_t state,
                                 uint32_t symbol)
{
    const struct zstd_transform transform = table->transform[symbol];
    const uint32_t count = (state + transform.delta_bits) >> 16;
    put(bits, state, count);
    return table->state[(int32_t)(state >> count) + transform.delta_state];
}

/* A table of one state, which takes no bits, so that the loop needs no exception. */
static const struct zstd_fse *coding_table(const struct zstd_fse *table, struct zstd_fse *single)
{
    if (!table->is_repeated)
        return table;
    single->bits = 0;
    single->is_repeated = true;
    single->transform[table->repeated] = (struct zstd_transform){0, 0};
    single->state[0] = 0;
    return single;
}

static ZSTD_INLINE uint8_t *write_bits(const struct zstd_fse *const tables[3],
                                       const struct zstd_batch *batch, uint8_t *out)
{
    const struct zstd_fse *const literals = tables[LITERALS];
    const struct zstd_fse *const offsets = tables[OFFSETS];
    const struct zstd_fse *const lengths = tables[LENGTHS];
    struct bits bits = {0, 0, out};
    const struct zstd_sequence *sequence = batch->sequence + batch->sequences - 1;

    uint32_t literals_state = first_state(literals, sequence->literals_code);
    uint32_t offsets_state = first_state(offsets, sequence->offset_code);
    uint32_t lengths_state = first_state(lengths, sequence->length_code);
    for (;;) {
        put(&bits, sequence->literals, literals_bits[sequence->literals_code]);
        put(&bits, sequence->length, length_bits[sequence->length_code]);
        put(&bits, sequence->offset, sequence->offset_code);
        flush(&bits);
        if (sequence == batch->sequence)
            break;
        sequence--;
        offsets_state = code(&bits, offsets, offsets_state, sequence->offset_code);
        lengths_state = code(&bits, lengths, lengths_state, sequence->length_code);
        literals_state = code(&bits, literals, literals_state, sequence->literals_code);
        flush(&bits);
    }
    put(&bits, lengths_state, lengths->bits);
    put(&bits, offsets_state, offsets->bits);
    put(&bits, literals_state, literals->bits);
    put(&bits, 1, 1);
    flush(&bits);
    return bits.out + (bits.count > 0);
}

static uint8_t *write_bits_anywhere(const struct zstd_fse *const tables[3],
                                    const struct zstd_batch *batch, uint8_t *out)
{
    return write_bits(tables, batch, out);
}

ZSTD_NEWER static uint8_t *write_bits_newer(const struct zstd_fse *const tables[3],
                                            const struct zstd_batch *batch, uint8_t *out)
{
    return write_bits(tables, batch, out);
}

static uint8_t *write_count(uint32_t count, uint8_t *out)
{
    if (count < 128) {
        *out++ = (uint8_t)count;
    } else if (count < LONG_COUNT) {
        *out++ = (uint8_t)(128 + (count >> 8));
        *out++ = (uint8_t)count;
    } else {
        *out++ = 255;
        *out++ = (uint8_t)(count - LONG_COUNT);
        *out++ = (uint8_t)((count - LONG_COUNT) >> 8);
    }
    return out;
}

uint8_t *zstd_sequences_write(struct zstd_coders *coders, struct zstd_batch *batch, uint8_t *out)
{
    out = write_count(batch->sequences, out);
    make_codes(coders, batch);
    enum mode mode[3];
    for (enum part part = LITERALS; part <= LENGTHS; part++) {
        if (!make_table(&coders->table[part][coders->current[part]], batch->sequences))
            return NULL;
        mode[part] = choose(coders, part);
        coders->mode[part] = (uint8_t)mode[part];
    }
    *out++ = (uint8_t)(mode[LITERALS] << 6 | mode[OFFSETS] << 4 | mode[LENGTHS] << 2);

    struct zstd_fse single[3];
    const struct zstd_fse *tables[3];
    for (enum part part = LITERALS; part <= LENGTHS; part++) {
        const struct zstd_fse *table = table_of(coders, part, mode[part]);
        tables[part] = coding_table(table, &single[part]);
        if (mode[part] == MODE_RLE) {
            *out++ = table->repeated;
        } else if (mode[part] == MODE_FSE) {
            uint32_t size = zstd_fse_write(table->norm, table->symbols, table->bits, out);
            if (size == 0)
                return NULL;
            out += size;
        }
    }
    return zstd_is_newer_processor() ? write_bits_newer(tables, batch, out)
                                     : write_bits_anywhere(tables, batch, out);
}

void zstd_coders_keep(struct zstd_coders *coders)
{
    for (enum part part = LITERALS; part <= LENGTHS; part++) {
        switch (coders->mode[part]) {
        case MODE_FSE:
        case MODE_RLE:
            coders->current[part] = !coders->current[part];
            break;
        case MODE_PREDEFINED:
            coders->table[part][!coders->current[part]].symbols = 0; /* of no more use */
            break;
        default:
            break;
        }
    }
}
