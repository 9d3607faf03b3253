#include "inflated.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "client.h"

enum {
    most_inflated = 1024 * 1024,
    most_kept = 512,     // bytes of a message that is kept, compressed or not
    kept_messages = 8192 // more than are under way at once
};

struct kept {
    uint16_t compressed_size, size;
    char compressed[most_kept], bytes[most_kept];
};

static struct kept kept[kept_messages];
static char space[most_inflated];

static struct kept *place_of(const char *compressed, size_t size) {
    uint32_t sum = (uint32_t)size;
    for (size_t at = 0; at + sizeof(uint32_t) <= size; at += sizeof(uint32_t)) {
        uint32_t word;
        memcpy(&word, compressed + at, sizeof word);
        sum = (sum ^ word) * 0x9E3779B1u;
        sum ^= sum >> 15;
    }
    return &kept[sum % kept_messages];
}

// With the four bytes that end a message and are not sent (RFC 7692, 7.2.2).
static size_t inflate_whole(const char *compressed, size_t size) {
    static const char end[4] = {0, 0, (char)0xFF, (char)0xFF};
    static z_stream stream;
    static bool is_ready;
    if (!is_ready && inflateInit2(&stream, -MAX_WBITS) != Z_OK) fail("zlib did not begin");
    is_ready = true;
    inflateReset(&stream);
    stream.next_out = (Bytef *)space;
    stream.avail_out = sizeof space;
    stream.next_in = (Bytef *)compressed;
    stream.avail_in = (uInt)size;
    int first = inflate(&stream, Z_SYNC_FLUSH);
    if ((first != Z_OK && first != Z_BUF_ERROR) || stream.avail_in > 0) fail("a message that cannot be inflated");
    stream.next_in = (Bytef *)end;
    stream.avail_in = sizeof end;
    if (inflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_in > 0) fail("a message that does not end as it has to");
    return sizeof space - stream.avail_out;
}

struct message inflated(const char *compressed, size_t size) {
    struct kept *known = size <= most_kept ? place_of(compressed, size) : NULL;
    if (known && known->compressed_size == size && memcmp(known->compressed, compressed, size) == 0) {
        return (struct message){known->bytes, known->size};
    }
    size_t length = inflate_whole(compressed, size);
    if (known && length <= most_kept) {
        known->compressed_size = (uint16_t)size;
        known->size = (uint16_t)length;
        memcpy(known->compressed, compressed, size);
        memcpy(known->bytes, space, length);
    }
    return (struct message){space, length};
}
