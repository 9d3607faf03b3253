#include "frames.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { long_header = 4, longest_header = 10, time_digits = 10 };

static char now[time_digits + 1] = "0000000000";

void set_time(void) {
    static time_t last;
    time_t seconds = time(NULL);
    if (seconds == last) return;
    last = seconds;
    for (int at = time_digits - 1; at >= 0; at--, seconds /= 10) now[at] = (char)('0' + seconds % 10);
}

static char *put(char *at, const char *bytes, size_t size) {
    memcpy(at, bytes, size);
    return at + size;
}

#define PUT(at, literal) put(at, literal, sizeof(literal) - 1)

static char *put_number(char *at, uint64_t number) {
    char digits[20];
    int first = sizeof digits;
    do digits[--first] = (char)('0' + number % 10); while ((number /= 10) > 0);
    return put(at, digits + first, sizeof digits - (size_t)first);
}

static char *put_text(char *at, struct text text) {
    uint32_t four;
    memcpy(&four, text.mask, 4);
    uint64_t mask = (uint64_t)four << 32 | four;
    size_t i = 0;
    for (uint64_t eight; i + 8 <= text.size; i += 8) {
        memcpy(&eight, text.bytes + i, 8);
        eight ^= mask;
        memcpy(at + i, &eight, 8);
    }
    for (; i < text.size; i++) at[i] = (char)(text.bytes[i] ^ text.mask[i % 4]);
    return at + text.size;
}

static char *put_user(char *at, const struct from *user) {
    const char *id = user->bytes + sizeof "\"from_id\":" - 1;
    at = PUT(at, "\"user_id\":");
    at = put(at, id, user->digits);
    at = PUT(at, ",\"user_name\":\"User");
    at = put(at, id, user->digits);
    return PUT(at, "\"");
}

// Writes the header in front of a payload that begins at memory + long_header and ends at `at`.
static size_t finish(char *memory, char *at) {
    size_t payload = (size_t)(at - memory) - long_header;
    memory[0] = (char)0x81;
    if (payload < 126) {
        memory[1] = (char)payload;
        memmove(memory + 2, memory + long_header, payload);
        return payload + 2;
    }
    memory[1] = 126;
    memory[2] = (char)(payload >> 8);
    memory[3] = (char)payload;
    return payload + long_header;
}

static char *put_time(char *at) {
    at = PUT(at, ",\"timestamp\":");
    return put(at, now, time_digits);
}

struct from make_from(uint32_t id) {
    struct from from;
    char *at = put_number(PUT(from.bytes, "\"from_id\":"), id);
    from.digits = (size_t)(at - from.bytes) - (sizeof "\"from_id\":" - 1);
    at = PUT(at, ",\"from_name\":\"User");
    at = PUT(put_number(at, id), "\"");
    from.size = (size_t)(at - from.bytes);
    return from;
}

size_t write_post(char *memory, const struct from *from, struct text text, uint64_t id) {
    char *at = PUT(memory + long_header, "{\"type\":\"message\",");
    at = put(at, from->bytes, from->size);
    at = PUT(at, ",\"content\":\"");
    at = put_text(at, text);
    at = put_time(PUT(at, "\""));
    at = put_number(PUT(at, ",\"id\":"), id);
    return finish(memory, PUT(at, ",\"room\":\"general\"}"));
}

size_t write_private(char *memory, const struct from *from, struct text text, uint64_t id) {
    char *at = PUT(memory + long_header, "{\"type\":\"private_message\",");
    at = put(at, from->bytes, from->size);
    at = PUT(at, ",\"content\":\"");
    at = put_text(at, text);
    at = put_time(PUT(at, "\""));
    at = put_number(PUT(at, ",\"id\":"), id);
    return finish(memory, PUT(at, "}"));
}

size_t write_receipt(char *memory, const struct from *to, struct text text, uint64_t id) {
    const char *number = to->bytes + sizeof "\"from_id\":" - 1;
    char *at = PUT(memory + long_header, "{\"type\":\"private_message_sent\",\"to_id\":");
    at = put(at, number, to->digits);
    at = PUT(at, ",\"to_name\":\"User");
    at = put(at, number, to->digits);
    at = PUT(at, "\",\"content\":\"");
    at = put_text(at, text);
    at = put_time(PUT(at, "\""));
    at = put_number(PUT(at, ",\"id\":"), id);
    return finish(memory, PUT(at, "}"));
}

size_t write_welcome(char *memory, const struct from *user, unsigned online) {
    char *at = PUT(memory + long_header, "{\"type\":\"welcome\",\"content\":{");
    at = put_user(at, user);
    at = PUT(at, ",\"message\":\"Welcome to the chat room!\",\"server_stats\":{\"users_online\":");
    at = put_number(at, online);
    at = PUT(at, ",\"uptime_seconds\":1,\"server_time\":\"2026-01-01 00:00:00\"},\"types\":[\"get_history\","
                 "\"get_rooms\",\"get_stats\",\"get_users\",\"image\",\"join_room\",\"leave_room\","
                 "\"message\",\"private_message\",\"set_name\",\"typing\"],"
                 "\"limits\":{\"max_message_bytes\":10240,\"ping_seconds\":25,\"messages_per_second\":1000000},"
                 "\"resume\":\"00000000000000000000000000000000\"}");  // it resumes nothing
    return finish(memory, PUT(put_time(at), "}"));
}

size_t write_join(char *memory, const struct from *user, unsigned online) {
    char *at = PUT(memory + long_header, "{\"type\":\"join\",");
    at = put(at, user->bytes, user->size);
    at = put_user(PUT(at, ",\"content\":{"), user);
    at = put_number(PUT(at, ",\"users_online\":"), online);
    return finish(memory, PUT(put_time(PUT(at, "}")), "}"));
}

size_t write_leave(char *memory, const struct from *user, unsigned online) {
    char *at = PUT(memory + long_header, "{\"type\":\"leave\",\"from_id\":0,\"from_name\":\"System\",\"content\":{");
    at = put_user(at, user);
    at = put_number(PUT(at, ",\"users_online\":"), online);
    return finish(memory, PUT(put_time(PUT(at, "}")), "}"));
}

// The entries come first, behind room for the longest header: the length is known only when the last one stands.
char *begin_users(char *memory) { return PUT(memory + longest_header, "{\"type\":\"users\",\"content\":["); }

char *add_user(char *at, const struct from *user) {
    const char *number = user->bytes + sizeof "\"from_id\":" - 1;
    if (at[-1] == '}') *at++ = ',';
    at = put(PUT(at, "{\"id\":"), number, user->digits);
    at = put(PUT(at, ",\"name\":\"User"), number, user->digits);
    at = put(PUT(at, "\",\"connected_at\":"), now, time_digits);
    return PUT(at, "}");
}

size_t end_users(char *memory, char *at, char **frame, unsigned online, unsigned listed) {
    at = put_time(PUT(at, "]"));
    if (online > listed) at = put_number(PUT(at, ",\"total\":"), online);
    at = PUT(at, "}");
    size_t payload = (size_t)(at - memory) - longest_header;
    if (payload < 65536) {
        char *start = memory + longest_header - long_header;
        char *end = start + long_header + payload;
        size_t size = finish(start, end);
        *frame = start;
        return size;
    }
    memory[0] = (char)0x81;
    memory[1] = 127;
    for (int i = 0; i < 8; i++) memory[2 + i] = (char)(payload >> (56 - 8 * i));
    *frame = memory;
    return payload + longest_header;
}
