/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * The header of a dynamic block (RFC 1951, section 3.2.7; generateCodegen): the lengths of both
 * codes, with runs shortened, in a code of their own.
 */
#include "bits.h"
#include "deflate.h"

#define COPY 16
#define ZEROS 17
#define MANY_ZEROS 18
#define SYMBOLS 19
#define MAX_HEADER_BITS 7
#define MIN_LENGTHS 4

static const uint8_t order[SYMBOLS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                       11, 4,  12, 3, 13, 2, 14, 1, 15};
static const uint8_t extra_bits[SYMBOLS] = {[COPY] = 2, [ZEROS] = 3, [MANY_ZEROS] = 7};

struct writer {
    struct dynamic_header *header;
    uint16_t counts[SYMBOLS];
};

static void add(struct writer *writer, uint32_t symbol, uint32_t extra)
{
    struct dynamic_header *header = writer->header;
    header->item[header->items] = (uint8_t)symbol;
    header->extra[header->items++] = (uint8_t)extra;
    writer->counts[symbol]++;
}

static void add_run(struct writer *writer, uint32_t length, uint32_t count)
{
    if (length) {
        add(writer, length, 0);
        count--;
        while (count >= 3) {
            uint32_t repeat = count < 6 ? count : 6;
            add(writer, COPY, repeat - 3);
            count -= repeat;
        }
    } else {
        while (count >= 11) {
            uint32_t repeat = count < 138 ? count : 138;
            add(writer, MANY_ZEROS, repeat - 11);
            count -= repeat;
        }
        if (count >= 3) {
            add(writer, ZEROS, count - 3);
            count = 0;
        }
    }
    while (count--)
        add(writer, length, 0);
}

void dynamic_header_make(struct dynamic_header *header, const struct code *literals,
                         uint32_t literal_count, const struct code *offsets, uint32_t offset_count)
{
    struct writer writer = {header, {0}};
    uint8_t lengths[LITERALS + OFFSETS];
    uint32_t total = literal_count + offset_count;

    memcpy(lengths, literals->length, literal_count);
    memcpy(lengths + literal_count, offsets->length, offset_count);
    header->items = 0;
    for (uint32_t at = 0, end; at < total; at = end) {
        for (end = at + 1; end < total && lengths[end] == lengths[at];)
            end++;
        add_run(&writer, lengths[at], end - at);
    }
    huffman_build(&header->code, writer.counts, SYMBOLS, MAX_HEADER_BITS);
    header->literals = literal_count;
    header->offsets = offset_count;
    header->order = SYMBOLS;
    while (header->order > MIN_LENGTHS && !writer.counts[order[header->order - 1]])
        header->order--;
    header->size = 3 + 5 + 5 + 4 + 3 * header->order +
                   huffman_size(&header->code, writer.counts, SYMBOLS);
    for (uint32_t symbol = COPY; symbol < SYMBOLS; symbol++)
        header->size += (uint32_t)writer.counts[symbol] * extra_bits[symbol];
}

void dynamic_header_write(const struct dynamic_header *header, struct bits *bits)
{
    bits_put(bits, 4, 3); /* dynamic, and never the stream's last block */
    bits_put(bits, header->literals - 257, 5);
    bits_put(bits, header->offsets - 1, 5);
    bits_write(bits, header->order - 4, 4);
    for (uint32_t i = 0; i < header->order; i++)
        bits_write(bits, header->code.length[order[i]], 3);
    for (uint32_t i = 0; i < header->items; i++) {
        uint32_t symbol = header->item[i];
        bits_put(bits, header->code.bits[symbol], header->code.length[symbol]);
        bits_write(bits, header->extra[i], extra_bits[symbol]);
    }
}
