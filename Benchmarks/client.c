#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    read_size = 256 * 1024,   // stays in the second-level cache
    carry_limit = 128 * 1024, // the longest frame that is put together, a `users` frame
    batch = 100,              // connections opened at once: well below the listen backlog
    events_at_once = 1024,
};

// The key and its answer are those of RFC 6455 section 1.3.
static const char upgrade[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
static const char accepted[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
static const char marker[] = "\"content\":\"S"; // a text is S, two digits of the sender, #, the sequence, and filling

static int poller = -1;
static unsigned texts; // text frames that all clients have got
static char buffer[carry_limit + read_size];

_Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static void watch(struct client *client, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = client};
    if (epoll_ctl(poller, operation, client->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}

void send_bytes(struct client *client, const char *bytes, size_t size) {
    ssize_t sent = send(client->fd, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN) fail("send: %s", strerror(errno));
    if (sent < 0) sent = 0;
    bool waiting = client->unsent_size > 0;
    client->unsent = bytes + sent;
    client->unsent_size = size - (size_t)sent;
    if (waiting != (client->unsent_size > 0)) {
        watch(client, client->unsent_size > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void answer_ping(struct client *client, const char *data, size_t size) {
    char pong[131] = {(char)0x8A, (char)(0x80 | size)}; // the mask is zero, so the data goes as it is
    memcpy(pong + 6, data, size);
    if (client->unsent_size > 0) return; // in the middle of a frame; the next ping is answered
    if (send(client->fd, pong, size + 6, MSG_NOSIGNAL) < 0) fail("pong: %s", strerror(errno));
}

static void count_up(struct progress *progress) {
    progress->got++;
    for (int at = sequence_digits - 1; at >= 0 && ++progress->next[at] > '9'; at--) progress->next[at] = '0';
}

// Finds the text's place in a post. It is where it was in the last one, mostly: names and ids have equal lengths.
static const char *text_of_post(const char *payload, size_t size) {
    static size_t usual;
    enum { rest = 4 + sequence_digits };
    if (usual + sizeof marker + rest <= size && memcmp(payload + usual, marker, sizeof marker - 1) == 0) {
        return payload + usual + sizeof marker - 1;
    }
    const char *found = memmem(payload, size, marker, sizeof marker - 1);
    if (!found || found + sizeof marker + rest > payload + size) return NULL;
    usual = (size_t)(found - payload);
    return found + sizeof marker - 1;
}

static void take_text(struct client *client, const char *payload, size_t size, on_post *on_post) {
    client->texts++;
    texts++;
    const char *text = text_of_post(payload, size);
    if (!text) {
        if (memmem(payload, size < 40 ? size : 40, "\"error\"", 7)) fail("got %.*s", (int)size, payload);
        return; // join, leave and the like
    }
    unsigned sender = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
    if (sender >= most_senders) fail("a post of no sender: %.*s", (int)size, payload);
    struct progress *progress = &client->progress[sender];
    if (memcmp(text + 3, progress->next, sequence_digits) != 0) {
        fail("lost or out of order: wanted %.8s of sender %u, got %.*s", progress->next, sender, (int)size, payload);
    }
    uint32_t sequence = progress->got;
    count_up(progress);
    on_post(sender, sequence);
}

// Takes one frame (RFC 6455 section 5.2) from the front; returns its whole size, or 0 when it has not all come.
static size_t take_frame(struct client *client, const char *bytes, size_t size, on_post *on_post) {
    const uint8_t *head = (const uint8_t *)bytes;
    if (size < 2) return 0;
    size_t header = 2, length = head[1];
    if (length == 126) {
        if (size < 4) return 0;
        header = 4, length = (size_t)head[2] << 8 | head[3];
    } else if (length == 127) {
        if (size < 10) return 0;
        header = 10, length = (size_t)head[6] << 24 | (size_t)head[7] << 16 | (size_t)head[8] << 8 | head[9];
    }
    if (size < header + length) return 0;
    switch (head[0]) {
    case 0x81: take_text(client, bytes + header, length, on_post); break;
    case 0x89: answer_ping(client, bytes + header, length); break;
    case 0x88: fail("closed by the server with %u", length < 2 ? 1005 : head[header] << 8 | head[header + 1]);
    default: fail("a frame that begins with %02x %02x", head[0], head[1]);
    }
    return header + length;
}

static size_t take_answer(struct client *client, const char *bytes, size_t size) {
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t header = (size_t)(end + 4 - bytes);
    if (strncmp(bytes, "HTTP/1.1 101 ", 13) != 0 || !memmem(bytes, header, accepted, sizeof accepted - 1)) {
        fail("no upgrade: %.*s", (int)header, bytes);
    }
    client->upgraded = true;
    return header;
}

static void keep(struct client *client, const char *bytes, size_t size) {
    if (size > carry_limit) fail("a frame of more than %d bytes", carry_limit);
    if (size == 0) {
        free(client->carried);
        client->carried = NULL;
    } else {
        char *kept = malloc(size);
        if (!kept) fail("out of memory");
        memcpy(kept, bytes, size);
        free(client->carried);
        client->carried = kept;
    }
    client->carried_size = size;
}

static void read_client(struct client *client, on_post *on_post) {
    size_t before = client->carried_size;
    if (before > 0) memcpy(buffer, client->carried, before);
    ssize_t received = recv(client->fd, buffer + before, read_size, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) fail("the server ended a connection: %s", received < 0 ? strerror(errno) : "no close frame");
    size_t at = 0, size = before + (size_t)received, taken;
    do {
        taken = client->upgraded ? take_frame(client, buffer + at, size - at, on_post)
                                 : take_answer(client, buffer + at, size - at);
        at += taken;
    } while (taken > 0);
    if (before > 0 || at < size) keep(client, buffer + at, size - at);
}

unsigned serve_clients(int milliseconds, on_post *on_post) {
    unsigned before = texts;
    struct epoll_event events[events_at_once];
    int count = epoll_wait(poller, events, events_at_once, milliseconds);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (events[i].events & EPOLLOUT) send_bytes(client, client->unsent, client->unsent_size);
        if (events[i].events & ~(uint32_t)EPOLLOUT) read_client(client, on_post);
    }
    return texts - before;
}

static void open_client(struct client *client, uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0) fail("socket: %s", strerror(errno));
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect: %s", strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    for (int i = 0; i < most_senders; i++) memset(client->progress[i].next, '0', sequence_digits);
    watch(client, EPOLLIN, EPOLL_CTL_ADD);
    send_bytes(client, upgrade, sizeof upgrade - 1);
}

static void too_early(unsigned sender, uint32_t sequence) {
    fail("post %u of sender %u before any was sent", sequence, sender);
}

struct client *open_clients(unsigned count, uint16_t port) {
    struct client *clients = calloc(count, sizeof *clients);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || poller < 0) fail("cannot begin: %s", strerror(errno));
    for (unsigned opened = 0, admitted = 0; opened < count;) {
        for (unsigned i = 0; i < batch && opened < count; i++) open_client(&clients[opened++], port);
        while (admitted < opened) {
            serve_clients(100, too_early);
            while (admitted < opened && clients[admitted].texts >= 2) admitted++;
        }
    }
    return clients;
}
