/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Blocks, in the smallest form that the encoder knows (blockenc.go).
 */
#include "zstd_block.h"

/* Blocks of fewer bytes are not coded if they have no match. */
#define MIN_LITERALS_CODED 32
/* More literals than this are coded at all, and so many in four streams. */
#define MIN_CODED 16
#define MIN_IN_FOUR 1024
#define MIN_SAVED 16
#define HEADER_SIZE 3
/* A coded literals section this much smaller than its content is worth its header for sure. */
#define LARGEST_HEADER 5

enum block_type { BLOCK_RAW, BLOCK_RLE, BLOCK_COMPRESSED };

static uint8_t *write_header(enum block_type type, uint32_t size, bool is_last, uint8_t *out)
{
    const uint32_t header = (uint32_t)is_last | (uint32_t)type << 1 | size << 3;
    out[0] = (uint8_t)header;
    out[1] = (uint8_t)(header >> 8);
    out[2] = (uint8_t)(header >> 16);
    return out + HEADER_SIZE;
}

uint8_t *zstd_raw_write(const uint8_t *source, uint32_t size, bool is_last, uint8_t *out)
{
    out = write_header(BLOCK_RAW, size, is_last, out);
    memcpy(out, source, size);
    return out + size;
}

/* The header of literals that are not coded (literalsHeader.setSize). */
static uint32_t plain_header(enum zstd_literals type, uint32_t size, uint8_t *out)
{
    if (size < 1 << 5) {
        /* Go asks for fewer than five bits, so that 16 to 31 take two bytes. */
        if (size < 1 << 4) {
            out[0] = (uint8_t)(type | size << 3);
            return 1;
        }
    }
    if (size < 1 << 11) {
        const uint32_t header = type | 1 << 2 | size << 4;
        out[0] = (uint8_t)header;
        out[1] = (uint8_t)(header >> 8);
        return 2;
    }
    const uint32_t header = type | 3 << 2 | size << 4;
    out[0] = (uint8_t)header;
    out[1] = (uint8_t)(header >> 8);
    out[2] = (uint8_t)(header >> 16);
    return 3;
}

static uint32_t plain_header_size(uint32_t size)
{
    return size < 1 << 4 ? 1 : size < 1 << 11 ? 2 : 3;
}

/* Coded literals are fewer than plain ones, whose number decides on its own. */
static uint32_t coded_header_size(uint32_t size)
{
    return size < 1 << 10 ? 3 : size < 1 << 14 ? 4 : 5;
}

static void coded_header(enum zstd_literals type, uint32_t coded, uint32_t size, bool in_four,
                         uint8_t *out)
{
    const uint32_t header_size = coded_header_size(size);
    uint64_t header = type | (uint64_t)size << 4;
    if (header_size == 3)
        header |= (uint64_t)in_four << 2 | (uint64_t)coded << 14;
    else if (header_size == 4)
        header |= 2 << 2 | (uint64_t)coded << 18;
    else
        header |= 3 << 2 | (uint64_t)coded << 22;
    for (uint32_t i = 0; i < header_size; i++)
        out[i] = (uint8_t)(header >> 8 * i);
}

struct literals {
    enum zstd_literals type;
    uint32_t coded;
    bool in_four;
};

/* Code literals behind where their header goes, and say how. */
static struct literals code_literals(struct zstd_huffman *huffman, const uint8_t *literal,
                                     uint32_t size, uint8_t *out)
{
    struct literals made = {ZSTD_LITERALS_RAW, 0, size >= MIN_IN_FOUR};
    if (size > MIN_CODED)
        made.type = zstd_huffman_compress(huffman, literal, size, made.in_four,
                                          out + coded_header_size(size), &made.coded);
    return made;
}

static bool is_coded(const struct literals *made)
{
    return made->type == ZSTD_LITERALS_CODED || made->type == ZSTD_LITERALS_TREELESS;
}

/* A block without matches (encodeLits). */
static uint8_t *write_literals_only(struct zstd_entropy *entropy, const uint8_t *literal,
                                    uint32_t size, bool is_last, bool is_raw, uint8_t *out)
{
    if (size < MIN_LITERALS_CODED || is_raw)
        return zstd_raw_write(literal, size, is_last, out);
    struct literals made = code_literals(&entropy->huffman, literal, size, out + HEADER_SIZE);
    const uint32_t header_size = coded_header_size(size);
    if (is_coded(&made) && made.coded + LARGEST_HEADER > size && made.coded + header_size >= size)
        made.type = ZSTD_LITERALS_RAW;
    if (made.type == ZSTD_LITERALS_RAW)
        return zstd_raw_write(literal, size, is_last, out);
    if (made.type == ZSTD_LITERALS_RLE) {
        out = write_header(BLOCK_RLE, size, is_last, out);
        *out++ = literal[0];
        return out;
    }
    entropy->huffman.may_reuse = true;
    out = write_header(BLOCK_COMPRESSED, made.coded + header_size + 1, is_last, out);
    coded_header(made.type, made.coded, size, made.in_four, out);
    out += header_size + made.coded;
    *out++ = 0; /* no sequences */
    return out;
}

/* The literals section of a block with matches. */
static uint8_t *write_literals(struct zstd_huffman *huffman, const uint8_t *literal, uint32_t size,
                               uint8_t *out)
{
    struct literals made = code_literals(huffman, literal, size, out);
    if (is_coded(&made) && made.coded + LARGEST_HEADER > size &&
        made.coded + coded_header_size(size) >= size + plain_header_size(size))
        made.type = ZSTD_LITERALS_RAW;
    if (is_coded(&made)) {
        coded_header(made.type, made.coded, size, made.in_four, out);
        huffman->may_reuse = true;
        return out + coded_header_size(size) + made.coded;
    }
    out += plain_header(made.type, size, out);
    if (made.type == ZSTD_LITERALS_RLE) {
        *out++ = literal[0];
        return out;
    }
    memcpy(out, literal, size);
    return out + size;
}

/* Whether a block is one byte over and over. */
static bool is_repeated(const struct zstd_batch *batch)
{
    return batch->sequences == 1 && batch->literals <= 1 &&
           batch->sequence[0].literals == batch->literals &&
           batch->sequence[0].offset == 1 + ZSTD_REPEATS;
}

uint8_t *zstd_block_write(struct zstd_entropy *entropy, struct zstd_batch *batch,
                          bool codes_all_literals, uint8_t *out)
{
    if (batch->sequences == 0)
        return write_literals_only(entropy, batch->literal, batch->literals, batch->last,
                                   !codes_all_literals, out);
    if (is_repeated(batch)) {
        const struct zstd_sequence *sequence = &batch->sequence[0];
        out = write_header(BLOCK_RLE, sequence->length + ZSTD_MIN_MATCH + sequence->literals,
                           batch->last, out);
        *out++ = batch->source[0];
        return out;
    }
    const int64_t saved =
        (int64_t)batch->size - (int64_t)batch->literals - (int64_t)(batch->size >> 6);
    if (saved < MIN_SAVED)
        return write_literals_only(entropy, batch->source, batch->size, batch->last,
                                   !codes_all_literals, out);

    uint8_t *const start = out + HEADER_SIZE;
    uint8_t *end = write_literals(&entropy->huffman, batch->literal, batch->literals, start);
    end = zstd_sequences_write(&entropy->coders, batch, end);
    if (!end)
        return NULL;
    if ((uint32_t)(end - start) >= batch->size) {
        entropy->huffman.may_reuse = false;
        return zstd_raw_write(batch->source, batch->size, batch->last, out);
    }
    write_header(BLOCK_COMPRESSED, (uint32_t)(end - start), batch->last, out);
    zstd_coders_keep(&entropy->coders);
    return end;
}
