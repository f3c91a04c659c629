/*
 * Follows a tar archive as it streams by: does Go's archive/tar walk it to its end without an
 * error, and is no name in it twice? That is what pkg/v1/validate asks of a layer's content.
 *
 * The walk never decides that something is wrong. Whatever is not plainly good makes it give up,
 * and the exact reader, pyggcr/_gostd/tar, finds out. It keeps no names, only a keyed hash of each.
 * pyggcr/_gostd/tar/python_walk.py does the same; Go's functions are named where their rules are
 * followed.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "accelerator.h"
#include "memory.h"

#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address, 1)
#else
#define PREFETCH(address) ((void)(address))
#endif

enum {
    BLOCK_SIZE = 512,
    MAX_META_SIZE = 1 << 20, /* maxSpecialFileSize */
    FIRST_CAPACITY = 1 << 10,
    MAX_LENGTH_DIGITS = 7,   /* of a PAX record: enough for MAX_META_SIZE */
    MAX_DECIMAL_DIGITS = 18, /* any such number is below 2**63 */
};

static const uint64_t MAX_SIZE = INT64_MAX;

/* Where the fields of a header are (archive/tar/format.go). */
enum {
    NAME = 0,
    NAME_SIZE = 100,
    MODE = 100,
    UID = 108,
    GID = 116,
    SIZE = 124,
    MTIME = 136,
    CHECKSUM = 148,
    TYPEFLAG = 156,
    MAGIC = 257,
    DEVMAJOR = 329,
    DEVMINOR = 337,
    PREFIX = 345,
    PREFIX_SIZE = 155,
    GNU_ATIME = 345,
    GNU_CTIME = 357,
    STAR_TRAILER = 508,
    SHORT_NUMBER = 8,
    LONG_NUMBER = 12,
};

enum state { IN_HEADER, IN_META, IN_CONTENT, AT_END, GAVE_UP };

/* A name, as far as it matters. */
struct name {
    uint64_t hash;  /* never 0 */
    bool is_there;  /* it is not empty */
    bool ends_with_slash;
};

/* What PAX records say. */
struct records {
    struct name path;
    uint64_t size;
    bool has_size;
};

/* Bytes that came in pieces and are wanted as one. */
struct buffer {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

/* A set of hashes: open addressing, 0 is a free place, the capacity is a power of two. */
struct hashes {
    uint64_t *places;
    size_t capacity;
    size_t count;
};

struct tar_walk {
    uint64_t key[2];
    enum state state;
    bool after_zero_block;
    uint64_t left;    /* bytes of content and padding to come, ... */
    uint64_t padding; /* of which so many are padding */
    uint8_t meta_type;
    struct name meta_name;
    size_t meta_size;
    struct buffer pieces;
    struct records records; /* for the next entry */
    struct name long_name;  /* also */
    struct hashes hashes;
    uint64_t waiting; /* the hash that is to be added next, or 0 */
};

/*
 * SipHash-1-3: nobody who does not know the key can make names whose hashes are equal. Two of n
 * names have equal hashes by chance with a probability of n * n / 2**65: for 500,000 names that is
 * once in 150 million archives, and all that it costs is that the walk gives up.
 */

static uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32) + v[3];
    v[2] += v[1];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t hash_of(const uint64_t key[2], const uint8_t *bytes, size_t size)
{
    uint64_t v[4] = {
        key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du,
        key[0] ^ 0x6c7967656e657261u, key[1] ^ 0x7465646279746573u,
    };
    uint64_t last = (uint64_t)size << 56;
    for (; size >= 8; bytes += 8, size -= 8) {
        uint64_t word = load64(bytes);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    for (size_t i = 0; i < size; i++)
        last |= (uint64_t)bytes[i] << (8 * i);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    uint64_t hash = v[0] ^ v[1] ^ v[2] ^ v[3];
    return hash ? hash : 1;
}

static struct name name_of(const tar_walk *walk, const uint8_t *bytes, size_t size)
{
    struct name name = {
        .hash = hash_of(walk->key, bytes, size),
        .is_there = size > 0,
        .ends_with_slash = size > 0 && bytes[size - 1] == '/',
    };
    return name;
}

/* Put the hash where it belongs; false if it is there already. */
static bool place(struct hashes *hashes, uint64_t hash)
{
    size_t mask = hashes->capacity - 1;
    size_t at = (size_t)hash & mask;
    while (hashes->places[at] != 0) {
        if (hashes->places[at] == hash)
            return false;
        at = (at + 1) & mask;
    }
    hashes->places[at] = hash;
    hashes->count++;
    return true;
}

static bool grow(struct hashes *hashes)
{
    size_t capacity = hashes->capacity ? 2 * hashes->capacity : FIRST_CAPACITY;
    if (capacity > SIZE_MAX / 2 / sizeof(uint64_t))
        return false;
    struct hashes grown = {calloc(capacity, sizeof(uint64_t)), capacity, 0};
    if (grown.places == NULL)
        return false;
    for (size_t i = 0; i < hashes->capacity; i++)
        if (hashes->places[i] != 0)
            place(&grown, hashes->places[i]);
    free(hashes->places);
    *hashes = grown;
    return true;
}

/* Add the hash that waits; false if it is a duplicate, or there is no memory. */
static bool add_waiting(tar_walk *walk)
{
    struct hashes *hashes = &walk->hashes;
    uint64_t hash = walk->waiting;
    if (hash == 0)
        return true;
    walk->waiting = 0;
    if (hashes->count >= hashes->capacity / 4 * 3 && !grow(hashes))
        return false;
    return place(hashes, hash);
}

/*
 * Note the name of an entry. It is added when the next one comes: until then, its place in the
 * table, which is mostly far from the processor, can be fetched.
 */
static bool note_name(tar_walk *walk, struct name name)
{
    if (!add_waiting(walk))
        return false;
    walk->waiting = name.hash;
    if (walk->hashes.capacity > 0)
        PREFETCH(&walk->hashes.places[(size_t)name.hash & (walk->hashes.capacity - 1)]);
    return true;
}

/* Numbers of a header: parseOctal and parseNumeric, whose negative ones have the highest bit set. */

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == 0;
}

static bool parse_octal(const uint8_t *field, size_t width, uint64_t *value)
{
    const uint8_t *end = field + width;
    while (field < end && is_blank(*field))
        field++;
    while (field < end && is_blank(end[-1]))
        end--;
    *value = 0;
    for (; field < end && *field != 0; field++) {
        if (*field < '0' || *field > '7')
            return false;
        *value = *value << 3 | (*field & 7u); /* 12 digits are 36 bits at most */
    }
    return true;
}

static bool parse_numeric(const uint8_t *field, size_t width, uint64_t *value)
{
    if (!(*field & 0x80))
        return parse_octal(field, width, value);
    uint8_t inverse = *field & 0x40 ? 0xff : 0;
    *value = (*field ^ inverse) & 0x7f;
    for (size_t i = 1; i < width; i++) {
        if (*value >> 55) /* it will not be below 2**63 */
            return false;
        *value = *value << 8 | (uint8_t)(field[i] ^ inverse);
    }
    if (inverse)
        *value = ~*value;
    return true;
}

/*
 * Whether Go can read the number, of 8 bytes; seven digits and NUL, or none at all, as nearly
 * always, at one stroke.
 */
static bool is_number(const uint8_t *field)
{
    uint64_t word = load64(field);
    uint64_t value;
    if (((word ^ 0x0030303030303030u) & 0xfff8f8f8f8f8f8f8u) == 0 || word == 0)
        return true;
    return parse_numeric(field, SHORT_NUMBER, &value);
}

static bool is_long_number(const uint8_t *field)
{
    uint64_t value;
    if (((load64(field) ^ 0x3030303030303030u) & 0xf8f8f8f8f8f8f8f8u) == 0 &&
        ((load32(field + 8) ^ 0x00303030u) & 0xfff8f8f8u) == 0)
        return true;
    return parse_numeric(field, LONG_NUMBER, &value);
}

/* Header blocks: Reader.readHeader. */

/* The sum of the bytes, eight at a time: each 16 bits of the sums hold at most 64 * 255. */
static uint32_t sum_of(const uint8_t *block)
{
    const uint64_t low = 0x00ff00ff00ff00ffu;
    uint64_t even = 0, odd = 0;
    for (size_t i = 0; i < BLOCK_SIZE; i += 8) {
        uint64_t word = load64(block + i);
        even += word & low;
        odd += word >> 8 & low;
    }
    uint32_t sum = 0;
    for (int i = 0; i < 64; i += 16)
        sum += (uint32_t)(even >> i & 0xffff) + (uint32_t)(odd >> i & 0xffff);
    return sum;
}

static bool is_checksum_right(const uint8_t *block, uint32_t sum)
{
    uint64_t wanted;
    if (!parse_octal(block + CHECKSUM, SHORT_NUMBER, &wanted))
        return false;
    uint32_t high = 0;
    for (size_t i = CHECKSUM; i < CHECKSUM + SHORT_NUMBER; i++)
        sum = sum - block[i] + ' ';
    if (wanted == sum)
        return true;
    /* Sun's tar added up signed bytes. */
    for (size_t i = 0; i < BLOCK_SIZE; i++)
        if (i < CHECKSUM || i >= CHECKSUM + SHORT_NUMBER)
            high += block[i] >> 7;
    return sum >= 256 * high && wanted == sum - 256 * high;
}

static size_t length_of(const uint8_t *text, size_t size)
{
    const uint8_t *end = memchr(text, 0, size);
    return end ? (size_t)(end - text) : size;
}

static struct name header_name(const tar_walk *walk, const uint8_t *block, bool has_prefix)
{
    uint8_t joined[PREFIX_SIZE + 1 + NAME_SIZE];
    size_t size = length_of(block + NAME, NAME_SIZE);
    size_t prefix = has_prefix ? length_of(block + PREFIX, PREFIX_SIZE) : 0;
    if (prefix == 0)
        return name_of(walk, block + NAME, size);
    memcpy(joined, block + PREFIX, prefix);
    joined[prefix] = '/';
    memcpy(joined + prefix + 1, block + NAME, size);
    return name_of(walk, joined, prefix + 1 + size);
}

/* Whether Go can read all of the header, with the size and the name that it says. */
static bool parse_header(const tar_walk *walk, const uint8_t *block, uint32_t sum, uint64_t *size,
                         struct name *name)
{
    bool is_ustar = memcmp(block + MAGIC, "ustar\0", 6) == 0;
    bool is_gnu = memcmp(block + MAGIC, "ustar  \0", 8) == 0;
    if (!is_checksum_right(block, sum))
        return false;
    if (!is_number(block + MODE) || !is_number(block + UID) || !is_number(block + GID))
        return false;
    if (!is_long_number(block + MTIME) || !parse_numeric(block + SIZE, LONG_NUMBER, size))
        return false;
    if (is_ustar || is_gnu)
        if (!is_number(block + DEVMAJOR) || !is_number(block + DEVMINOR))
            return false;
    if (is_ustar && memcmp(block + STAR_TRAILER, "tar", 4) == 0)
        return false;
    if (is_gnu) {
        /* Go looks for a prefix where these cannot be read. */
        if (block[GNU_ATIME] != 0 && !is_long_number(block + GNU_ATIME))
            return false;
        if (block[GNU_CTIME] != 0 && !is_long_number(block + GNU_CTIME))
            return false;
    }
    *name = header_name(walk, block, is_ustar);
    return true;
}

/* PAX records: parsePAX and mergePAX. */

static bool is_decimal(const uint8_t *text, size_t size)
{
    if (size == 0 || size > MAX_DECIMAL_DIGITS)
        return false;
    for (size_t i = 0; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

static bool is_signed_decimal(const uint8_t *text, size_t size)
{
    size_t sign = size > 0 && text[0] == '-';
    return is_decimal(text + sign, size - sign);
}

static bool is_time(const uint8_t *text, size_t size)
{
    const uint8_t *dot = memchr(text, '.', size);
    if (dot == NULL)
        return is_signed_decimal(text, size);
    size_t whole = (size_t)(dot - text);
    size_t fraction = size - whole - 1;
    return is_signed_decimal(text, whole) && (fraction == 0 || is_decimal(dot + 1, fraction));
}

static bool parse_size(const uint8_t *text, size_t size, uint64_t *value)
{
    if (!is_decimal(text, size))
        return false;
    *value = 0;
    for (size_t i = 0; i < size; i++)
        *value = *value * 10 + (text[i] - '0');
    return true;
}

static bool is_key(const uint8_t *key, size_t size, const char *wanted)
{
    return size == strlen(wanted) && memcmp(key, wanted, size) == 0;
}

static bool has_nul(const uint8_t *text, size_t size)
{
    return memchr(text, 0, size) != NULL;
}

/* Take one record, whose last one of a kind counts; false if it is not plainly good. */
static bool take_record(const tar_walk *walk, const uint8_t *key, size_t key_size,
                        const uint8_t *value, size_t size, struct records *records)
{
    static const char sparse[] = "GNU.sparse.";
    if (key_size == 0 || has_nul(key, key_size))
        return false;
    if (is_key(key, key_size, "path")) {
        records->path = name_of(walk, value, size);
        return !has_nul(value, size);
    }
    if (is_key(key, key_size, "linkpath") || is_key(key, key_size, "uname") ||
        is_key(key, key_size, "gname"))
        return !has_nul(value, size);
    if (is_key(key, key_size, "size")) {
        records->has_size = size > 0;
        return size == 0 || parse_size(value, size, &records->size);
    }
    if (is_key(key, key_size, "uid") || is_key(key, key_size, "gid"))
        return size == 0 || is_signed_decimal(value, size);
    if (is_key(key, key_size, "mtime") || is_key(key, key_size, "atime") ||
        is_key(key, key_size, "ctime"))
        return size == 0 || is_time(value, size);
    return key_size < sizeof sparse - 1 || memcmp(key, sparse, sizeof sparse - 1) != 0;
}

static bool parse_records(const tar_walk *walk, const uint8_t *data, size_t size,
                          struct records *records)
{
    while (size > 0) {
        size_t length = 0, digits = 0;
        for (; digits < size && digits <= MAX_LENGTH_DIGITS; digits++) {
            if (data[digits] < '0' || data[digits] > '9')
                break;
            length = length * 10 + (data[digits] - '0');
        }
        if (digits == 0 || digits > MAX_LENGTH_DIGITS || digits == size || data[digits] != ' ')
            return false;
        if (length > size || length <= digits + 1 || data[length - 1] != '\n')
            return false;
        const uint8_t *key = data + digits + 1, *end = data + length - 1;
        const uint8_t *equals = memchr(key, '=', (size_t)(end - key));
        if (equals == NULL)
            return false;
        const uint8_t *value = equals + 1;
        if (!take_record(walk, key, (size_t)(equals - key), value, (size_t)(end - value), records))
            return false;
        data += length;
        size -= length;
    }
    return true;
}

/* The walk: Reader.next. Each step is false where it gives up. */

static void begin_content(tar_walk *walk, uint64_t size)
{
    walk->padding = (0 - size) & (BLOCK_SIZE - 1);
    walk->left = size + walk->padding; /* size is below 2**63 */
    walk->state = walk->left ? IN_CONTENT : IN_HEADER;
}

/* Pass over so many bytes at most; how many they were. */
static size_t pass_content(tar_walk *walk, size_t size)
{
    size_t used = size < walk->left ? size : (size_t)walk->left;
    walk->left -= used;
    if (walk->left == 0)
        walk->state = IN_HEADER;
    return used;
}

static void forget_meta(tar_walk *walk)
{
    memset(&walk->records, 0, sizeof walk->records);
    memset(&walk->long_name, 0, sizeof walk->long_name);
}

static bool take_meta(tar_walk *walk, const uint8_t *data)
{
    struct records records = {{0, false, false}, 0, false};
    size_t size = walk->meta_size;
    switch (walk->meta_type) {
    case 'L':
        walk->long_name = name_of(walk, data, length_of(data, size));
        break;
    case 'x':
        if (!parse_records(walk, data, size, &records))
            return false;
        walk->records = records;
        break;
    case 'g': /* an entry to Go, and what came before it is lost */
        if (!parse_records(walk, data, size, &records))
            return false;
        if (!note_name(walk, records.path.is_there ? records.path : walk->meta_name))
            return false;
        forget_meta(walk);
        break;
    default: /* K: nobody asks where links lead */
        break;
    }
    begin_content(walk, size);
    pass_content(walk, size);
    return true;
}

static bool take_entry(tar_walk *walk, uint8_t type, uint64_t size, struct name name)
{
    if (walk->records.path.is_there)
        name = walk->records.path;
    if (walk->records.has_size)
        size = walk->records.size;
    if (walk->long_name.is_there)
        name = walk->long_name;
    forget_meta(walk);
    bool is_old_folder = type == 0 && name.ends_with_slash;
    bool has_no_content = (type >= '1' && type <= '6') || is_old_folder;
    begin_content(walk, has_no_content ? 0 : size);
    return note_name(walk, name);
}

static bool take_header(tar_walk *walk, const uint8_t *block)
{
    uint32_t sum = sum_of(block);
    if (sum == 0) {
        if (walk->after_zero_block)
            walk->state = AT_END;
        walk->after_zero_block = true;
        return true;
    }
    uint64_t size;
    struct name name;
    if (walk->after_zero_block || !parse_header(walk, block, sum, &size, &name))
        return false;
    if (size > MAX_SIZE)
        return false;
    uint8_t type = block[TYPEFLAG];
    switch (type) {
    case 'S': /* the old form of sparse files */
        return false;
    case 'x':
    case 'g':
    case 'L':
    case 'K':
        if (size > MAX_META_SIZE)
            return false;
        walk->meta_type = type;
        walk->meta_name = name;
        walk->meta_size = (size_t)size;
        walk->state = IN_META;
        return size > 0 || take_meta(walk, block); /* no byte of which is read */
    default:
        return take_entry(walk, type, size, name);
    }
}

static bool append(struct buffer *buffer, const uint8_t *data, size_t size)
{
    size_t needed = buffer->size + size; /* at most MAX_META_SIZE */
    if (needed > buffer->capacity) {
        size_t capacity = buffer->capacity ? buffer->capacity : BLOCK_SIZE;
        while (capacity < needed)
            capacity *= 2;
        uint8_t *bytes = realloc(buffer->bytes, capacity);
        if (bytes == NULL)
            return false;
        buffer->bytes = bytes;
        buffer->capacity = capacity;
    }
    memcpy(buffer->bytes + buffer->size, data, size);
    buffer->size = needed;
    return true;
}

static bool take(tar_walk *walk, const uint8_t *data)
{
    return walk->state == IN_HEADER ? take_header(walk, data) : take_meta(walk, data);
}

/* Take a header or meta data, where they lie if they are there whole; how many bytes were used. */
static size_t take_whole(tar_walk *walk, const uint8_t *data, size_t size)
{
    struct buffer *pieces = &walk->pieces;
    size_t wanted = (walk->state == IN_HEADER ? BLOCK_SIZE : walk->meta_size) - pieces->size;
    size_t used = size < wanted ? size : wanted;
    bool good = true;
    if (pieces->size == 0 && used == wanted) {
        good = take(walk, data);
    } else {
        good = append(pieces, data, used);
        if (good && used == wanted) {
            pieces->size = 0;
            good = take(walk, pieces->bytes);
        }
    }
    if (!good)
        walk->state = GAVE_UP;
    return used;
}

tar_walk *tar_walk_new(const uint8_t *key)
{
    tar_walk *walk = calloc(1, sizeof *walk);
    if (walk != NULL) {
        walk->key[0] = load64(key);
        walk->key[1] = load64(key + 8);
        walk->state = IN_HEADER;
    }
    return walk;
}

int tar_walk_feed(tar_walk *walk, const uint8_t *data, size_t size)
{
    while (size > 0 && walk->state < AT_END) {
        size_t used = walk->state == IN_CONTENT ? pass_content(walk, size)
                                                : take_whole(walk, data, size);
        data += used;
        size -= used;
    }
    return walk->state != GAVE_UP;
}

int tar_walk_finish(tar_walk *walk)
{
    bool is_clean = false;
    switch (walk->state) {
    case IN_HEADER: /* Go takes an archive with one zero block at its end, or none */
        is_clean = walk->pieces.size == 0;
        break;
    case IN_CONTENT: /* and one without its last padding */
        is_clean = walk->left <= walk->padding;
        break;
    case AT_END:
        is_clean = true;
        break;
    case IN_META:
    case GAVE_UP:
        break;
    }
    if (!is_clean || !add_waiting(walk))
        walk->state = GAVE_UP;
    return walk->state != GAVE_UP;
}

void tar_walk_free(tar_walk *walk)
{
    if (walk != NULL) {
        free(walk->hashes.places);
        free(walk->pieces.bytes);
        free(walk);
    }
}
