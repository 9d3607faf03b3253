#define _GNU_SOURCE
#include "member.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "delivery.h"
#include "faults.h"

enum { read_size = 65536, most_input = 1 << 20 };

struct member **members;
unsigned member_count, online;

static unsigned member_capacity;
static uint64_t last_post;             // the id of a post or private message
static uint32_t last_user;
static struct member **by_id;          // by user id, null for those who left
static struct member **removed;
static unsigned removed_count, id_capacity, removed_capacity;
static char buffer[most_input + read_size];

// The answer to the key of RFC 6455 section 1.3, which is the load program's.
static const char accepted[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

// Where things stand in a payload of the load program.
enum {
    kind_at = sizeof "{\"type\":\"" - 1,
    post_text_at = sizeof "{\"type\":\"message\",\"content\":\"" - 1,
    receiver_at = sizeof "{\"type\":\"private_message\",\"to_id\":" - 1,
    from_receiver_to_text = sizeof ",\"content\":\"" - 1,
    text_end = sizeof "\"}" - 1,
};

static struct member **with_room(struct member **table, unsigned *capacity, unsigned needed) {
    if (needed <= *capacity) return table;
    *capacity = needed * 2 + 64;
    table = realloc(table, *capacity * sizeof *table);
    if (!table) fail("out of memory");
    return table;
}

void add_member(int fd) {
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct member *member = calloc(1, sizeof *member);
    if (!member) fail("out of memory");
    members = with_room(members, &member_capacity, member_count + 1);
    member->fd = fd;
    member->index = member_count;
    members[member_count++] = member;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = member};
    if (epoll_ctl(delivery.poller, EPOLL_CTL_ADD, fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}

void remove_member(struct member *member) {
    close(member->fd);
    member->fd = -1;
    members[member->index] = members[--member_count];
    members[member->index]->index = member->index;
    removed = with_room(removed, &removed_capacity, removed_count + 1);
    removed[removed_count++] = member;
    forget_delivery(member);
    free(member->input);
    if (!member->admitted) return;
    by_id[member->id] = NULL;
    online--;
    if (!leave_is_lost()) log_append(write_leave(log_memory(around_text), &member->from, online), NULL);
}

void free_removed(void) {
    while (removed_count > 0) free(removed[--removed_count]);
}

struct member *member_of_id(uint64_t id) { return id <= last_user ? by_id[id] : NULL; }

static size_t take_request(struct member *member, const char *bytes, size_t size) {
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end) return 0;
    member->id = ++last_user;
    member->from = make_from(member->id);
    by_id = with_room(by_id, &id_capacity, member->id + 1);
    by_id[member->id] = member;
    online++;
    log_append(write_join(log_memory(around_text), &member->from, online), NULL);
    member->place = log_end();
    member->admitted = true;
    member->lacks_users = true;
    char *memory = own_memory(member, sizeof accepted + around_text);
    memcpy(memory, accepted, sizeof accepted - 1);
    own_append(member, sizeof accepted - 1 + write_welcome(memory + sizeof accepted - 1, &member->from, online));
    return (size_t)(end + 4 - bytes);
}

// The text from `at` to the end of the payload, less the `"}` behind it.
static struct text text_from(const char *payload, size_t at, size_t size, const uint8_t *mask) {
    struct text text = {.bytes = payload + at, .size = size - at - text_end};
    for (size_t i = 0; i < 4; i++) text.mask[i] = mask[(at + i) % 4];
    return text;
}

static void take_post(struct member *member, const char *payload, size_t size, const uint8_t *mask) {
    struct text text = text_from(payload, post_text_at, size, mask);
    uint64_t start = log_end();
    delivery.way = delivery.way_of_posts;
    size_t frame = write_post(log_memory(around_text + text.size), &member->from, text, ++last_post);
    log_append(frame, member);
    plant_fault(member, start);
}

static void take_private(struct member *member, const char *payload, size_t size, const uint8_t *mask) {
    size_t at = receiver_at;
    uint64_t id = 0;
    for (char digit; at < size && (digit = (char)(payload[at] ^ mask[at % 4])) >= '0' && digit <= '9'; at++) {
        id = id * 10 + (uint64_t)(digit - '0');
    }
    struct member *receiver = member_of_id(id);
    at += from_receiver_to_text;
    if (!receiver || at + text_end > size) fail("a private message to nobody");
    struct text text = text_from(payload, at, size, mask);
    last_post++;
    delivery.way = delivery.way_of_posts;
    own_append(receiver, write_private(own_memory(receiver, around_text + text.size), &member->from, text, last_post));
    own_append(member, write_receipt(own_memory(member, around_text + text.size), &receiver->from, text, last_post));
}

// Takes one frame from the front; returns its whole size, or 0 when it has not all come.
static size_t take_frame(struct member *member, const char *bytes, size_t size) {
    const uint8_t *head = (const uint8_t *)bytes;
    if (size < 2) return 0;
    size_t header = 6, length = head[1] & 127;
    if (length == 126) {
        if (size < 4) return 0;
        header = 8, length = (size_t)head[2] << 8 | head[3];
    }
    if (size < header + length) return 0;
    const uint8_t *mask = head + header - 4;
    if (head[0] == 0x81 && length >= post_text_at + text_end) {
        char kind = (char)(bytes[header + kind_at] ^ mask[kind_at % 4]);
        if (kind == 'm') take_post(member, bytes + header, length, mask);
        if (kind == 'p') take_private(member, bytes + header, length, mask);
    }
    return header + length;
}

static void keep(struct member *member, const char *bytes, size_t size) {
    if (size == 0 && member->input_size == 0) return;
    if (size > most_input) fail("a frame of more than %d bytes", most_input);
    char *kept = size > 0 ? malloc(size) : NULL;
    if (size > 0 && !kept) fail("out of memory");
    if (size > 0) memcpy(kept, bytes, size);
    free(member->input);
    member->input = kept;
    member->input_size = size;
}

void read_member(struct member *member) {
    size_t before = member->input_size;
    if (before > 0) memcpy(buffer, member->input, before);
    ssize_t received = recv(member->fd, buffer + before, read_size, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) return remove_member(member);
    size_t at = 0, size = before + (size_t)received, taken;
    do {
        taken = member->admitted ? take_frame(member, buffer + at, size - at)
                                 : take_request(member, buffer + at, size - at);
        at += taken;
    } while (taken > 0 && at < size);
    keep(member, buffer + at, size - at);
}
