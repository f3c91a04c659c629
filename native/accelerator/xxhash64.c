/*
 * XXH64, the checksum of zstd frames.
 */
#include "xxhash64.h"

#include <string.h>

#include "memory.h"

#define PRIME1 0x9E3779B185EBCA87ull
#define PRIME2 0xC2B2AE3D27D4EB4Full
#define PRIME3 0x165667B19E3779F9ull
#define PRIME4 0x85EBCA77C2B2AE63ull
#define PRIME5 0x27D4EB2F165667C5ull

static inline uint64_t rotated(uint64_t value, int by)
{
    return value << by | value >> (64 - by);
}

static inline uint64_t mixed(uint64_t lane, uint64_t word)
{
    return rotated(lane + word * PRIME2, 31) * PRIME1;
}

static inline uint64_t merged(uint64_t value, uint64_t lane)
{
    return (value ^ mixed(0, lane)) * PRIME1 + PRIME4;
}

void xxhash64_start(struct xxhash64 *hash)
{
    hash->lane[0] = PRIME1 + PRIME2;
    hash->lane[1] = PRIME2;
    hash->lane[2] = 0;
    hash->lane[3] = 0 - PRIME1;
    hash->total = 0;
    hash->waiting = 0;
}

static const uint8_t *add_stripes(struct xxhash64 *hash, const uint8_t *data, size_t size)
{
    uint64_t lane[4];
    memcpy(lane, hash->lane, sizeof lane);
    for (; size >= XXHASH64_STRIPE; size -= XXHASH64_STRIPE, data += XXHASH64_STRIPE)
        for (int i = 0; i < 4; i++)
            lane[i] = mixed(lane[i], load64(data + 8 * i));
    memcpy(hash->lane, lane, sizeof lane);
    return data;
}

void xxhash64_add(struct xxhash64 *hash, const uint8_t *data, size_t size)
{
    const uint8_t *const end = data + size;
    hash->total += size;
    if (hash->waiting) {
        size_t room = XXHASH64_STRIPE - hash->waiting;
        size_t taken = size < room ? size : room;
        memcpy(hash->stripe + hash->waiting, data, taken);
        hash->waiting += (uint32_t)taken;
        data += taken;
        if (hash->waiting < XXHASH64_STRIPE)
            return;
        add_stripes(hash, hash->stripe, XXHASH64_STRIPE);
    }
    data = add_stripes(hash, data, (size_t)(end - data));
    hash->waiting = (uint32_t)(end - data);
    memcpy(hash->stripe, data, hash->waiting);
}

uint64_t xxhash64_end(const struct xxhash64 *hash)
{
    uint64_t value = hash->lane[2] + PRIME5;
    if (hash->total >= XXHASH64_STRIPE) {
        value = rotated(hash->lane[0], 1) + rotated(hash->lane[1], 7) +
                rotated(hash->lane[2], 12) + rotated(hash->lane[3], 18);
        for (int i = 0; i < 4; i++)
            value = merged(value, hash->lane[i]);
    }
    value += hash->total;
    const uint8_t *data = hash->stripe;
    uint32_t left = hash->waiting;
    for (; left >= 8; left -= 8, data += 8)
        value = rotated(value ^ mixed(0, load64(data)), 27) * PRIME1 + PRIME4;
    if (left >= 4) {
        value = rotated(value ^ load32(data) * PRIME1, 23) * PRIME2 + PRIME3;
        left -= 4;
        data += 4;
    }
    for (; left > 0; left--, data++)
        value = rotated(value ^ *data * PRIME5, 11) * PRIME1;
    value = (value ^ value >> 33) * PRIME2;
    value = (value ^ value >> 29) * PRIME3;
    return value ^ value >> 32;
}
