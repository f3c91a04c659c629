/* Copyright (c) 2012 The Go Authors, (c) 2019 Klaus Post. All rights reserved.
 * Follows github.com/klauspost/compress, whose BSD-style license is in THIRD_PARTY_NOTICES. */

/*
 * Blocks of the zstd encoder, and what one keeps for the next.
 */
#ifndef PYGGCR_ZSTD_BLOCK_H
#define PYGGCR_ZSTD_BLOCK_H

#include "zstd.h"

struct zstd_entropy {
    struct zstd_huffman huffman;
    struct zstd_coders coders;
};

/* A block as it is; the source may be empty. Returns where it ends. */
uint8_t *zstd_raw_write(const uint8_t *source, uint32_t size, bool is_last, uint8_t *out);

/*
 * Write a block. `out` has room for zstd_emit_bound bytes. Returns where it ends, or NULL where Go
 * gives an error.
 */
uint8_t *zstd_block_write(struct zstd_entropy *entropy, struct zstd_batch *batch,
                          bool codes_all_literals, uint8_t *out);

#endif
