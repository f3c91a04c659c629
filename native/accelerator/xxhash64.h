/*
 * XXH64 with seed 0, fed piece by piece (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
 */
#ifndef PYGGCR_XXHASH64_H
#define PYGGCR_XXHASH64_H

#include <stddef.h>
#include <stdint.h>

#define XXHASH64_STRIPE 32

struct xxhash64 {
    uint64_t lane[4];
    uint64_t total;
    uint32_t waiting; /* bytes that do not make a stripe yet */
    uint8_t stripe[XXHASH64_STRIPE];
};

void xxhash64_start(struct xxhash64 *hash);
void xxhash64_add(struct xxhash64 *hash, const uint8_t *data, size_t size);
uint64_t xxhash64_end(const struct xxhash64 *hash);

#endif
