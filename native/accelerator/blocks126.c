/*
 * How Go 1.21 to 1.26 write the blocks of BestSpeed (huffman_bit_writer.go): each with tables of
 * its own, or stored where those gain less than a sixteenth.
 */
#include "bits.h"
#include "deflate.h"

static const struct code no_offsets = {.length = {1}};

static bool stores(struct bits *bits, const struct block *block, uint32_t size)
{
    if ((block->size + 5) * 8 >= size + (size >> 4))
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

/* How many symbols there are, up to the last that occurs. */
static uint32_t used(const uint16_t *counts, uint32_t symbols)
{
    while (symbols > 1 && !counts[symbols - 1])
        symbols--;
    return symbols;
}

/* writeBlockDynamic */
static void write_sequences(struct emitter126 *emitter, const struct content_writer *content,
                            struct bits *bits, const struct block *block)
{
    struct code *literals = &emitter->literals;
    struct code *offsets = &emitter->offsets;
    struct counts *counts = &emitter->counts;
    count_block(block, counts);
    if (!block->matches)
        counts->offsets[0] = 1; /* a code has to have one symbol */
    huffman_build(literals, counts->literals, LITERALS, MAX_BITS);
    huffman_build(offsets, counts->offsets, OFFSETS, MAX_BITS);
    dynamic_header_make(&emitter->header, literals, used(counts->literals, LITERALS), offsets,
                        used(counts->offsets, OFFSETS));
    /* Extra bits do not count here. */
    uint32_t size = emitter->header.size + huffman_size(literals, counts->literals, LITERALS) +
                    huffman_size(offsets, counts->offsets, OFFSETS);
    if (stores(bits, block, size))
        return;
    dynamic_header_write(&emitter->header, bits);
    content->sequences(bits, block, literals, offsets);
    bits_write(bits, literals->bits[END_OF_BLOCK], literals->length[END_OF_BLOCK]);
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
    }
}

void blocks126_finish(struct bits *bits)
{
    bits_write_stored(bits, (const uint8_t *)"", 0, true);
}
