/* Copyright 2009 The Go Authors. All rights reserved.
 * Follows Go's standard library, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * How Go 1.21 to 1.26 write blocks (huffman_bit_writer.go): each with tables of its own, or stored.
 * BestSpeed and HuffmanOnly store where tables gain less than a sixteenth; other levels take the
 * smallest form, the fixed codes included.
 */
#include "bits.h"
#include "deflate.h"

static const struct code no_offsets = {.length = {1}};

static bool stores(struct bits *bits, const struct block *block, uint32_t size)
{
    if (stored_size(block) >= size + (size >> 4))
        return false;
    bits_write_stored(bits, block->raw, block->size, false);
    return true;
}

/* writeBlockHuff */
static void write_literals(struct emitter126 *emitter, const struct content_writer *content,
                           struct bits *bits, const struct block *block)
{
    struct code *literals = &emitter->literals;
    uint16_t *counts = emitter->counts.literals;
    count_bytes(block->raw, block->size, counts);
    counts[END_OF_BLOCK] = 1;
    huffman_build(literals, counts, END_OF_BLOCK + 1, MAX_BITS);
    dynamic_header_make(&emitter->header, literals, END_OF_BLOCK + 1, &no_offsets, 1);
    uint32_t size =
        emitter->header.size + huffman_size(literals, counts, END_OF_BLOCK + 1) + 1;
    if (stores(bits, block, size))
        return;
    dynamic_header_write(&emitter->header, bits);
    content->bytes(bits, block->raw, block->size, literals);
    bits_write(bits, literals->bits[END_OF_BLOCK], literals->length[END_OF_BLOCK]);
}

/* Codes of a block's own, and their header; bits that header and codes take. */
static uint32_t make_tables(struct emitter126 *emitter, const struct block *block)
{
    struct counts *counts = &emitter->counts;
    count_block(block, counts);
    if (!block->matches)
        counts->offsets[0] = 1; /* a code has to have one symbol */
    huffman_build(&emitter->literals, counts->literals, LITERALS, MAX_BITS);
    huffman_build(&emitter->offsets, counts->offsets, OFFSETS, MAX_BITS);
    dynamic_header_make(&emitter->header, &emitter->literals,
                        huffman_used(counts->literals, LITERALS), &emitter->offsets,
                        huffman_used(counts->offsets, OFFSETS));
    return emitter->header.size + huffman_size(&emitter->literals, counts->literals, LITERALS) +
           huffman_size(&emitter->offsets, counts->offsets, OFFSETS);
}

static void write_content(const struct content_writer *content, struct bits *bits,
                          const struct block *block, const struct code *literals,
                          const struct code *offsets)
{
    content->sequences(bits, block, literals, offsets);
    bits_write(bits, literals->bits[END_OF_BLOCK], literals->length[END_OF_BLOCK]);
}

/* writeBlockDynamic */
static void write_sequences(struct emitter126 *emitter, const struct content_writer *content,
                            struct bits *bits, const struct block *block)
{
    /* Extra bits do not count here. */
    if (stores(bits, block, make_tables(emitter, block)))
        return;
    dynamic_header_write(&emitter->header, bits);
    write_content(content, bits, block, &emitter->literals, &emitter->offsets);
}

/* writeBlock */
static void write_smallest(struct emitter126 *emitter, const struct content_writer *content,
                           struct bits *bits, const struct block *block)
{
    const struct fixed_codes *fixed = &emitter->fixed;
    const struct counts *counts = &emitter->counts;
    uint32_t dynamic_size = make_tables(emitter, block);
    uint32_t fixed_size = 3 + huffman_size(&fixed->literals, counts->literals, LITERALS) +
                          huffman_size(&fixed->offsets, counts->offsets, OFFSETS);
    uint32_t size = dynamic_size < fixed_size ? dynamic_size : fixed_size;
    if (stored_size(block) < size + extra_size(counts)) {
        bits_write_stored(bits, block->raw, block->size, false);
    } else if (dynamic_size < fixed_size) {
        dynamic_header_write(&emitter->header, bits);
        write_content(content, bits, block, &emitter->literals, &emitter->offsets);
    } else {
        bits_write(bits, 2, 3);
        write_content(content, bits, block, &fixed->literals, &fixed->offsets);
    }
}

void blocks126_write(struct emitter126 *emitter, const struct content_writer *content,
                     struct bits *bits, const struct block *block)
{
    switch (block->kind) {
    case BLOCK_STORED:
        bits_write_stored(bits, block->raw, block->size, false);
        break;
    case BLOCK_LITERALS:
        write_literals(emitter, content, bits, block);
        break;
    case BLOCK_SEQUENCES:
        write_sequences(emitter, content, bits, block);
        break;
    case BLOCK_SMALLEST:
        write_smallest(emitter, content, bits, block);
        break;
    }
}

void blocks126_finish(struct bits *bits)
{
    bits_write_stored(bits, (const uint8_t *)"", 0, true);
}
