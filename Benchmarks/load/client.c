#define _GNU_SOURCE
#include "client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    read_size = 256 * 1024,   // stays in the second-level cache
    carry_limit = 128 * 1024, // the longest frame that is put together, a `users` frame
    batch = 100,              // connections opened at once: well below the listen backlog
    places = 4,               // where texts have stood in the latest posts
    small_packet = 1460,      // of Ethernet; loopback's are 64 KiB, and the kernel holds some of them for each connection
    small_room = 4096,
};

// The key and its answer are those of RFC 6455 section 1.3.
static const char upgrade[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
static const char accepted[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
static const char marker[] = "\"content\":\"S"; // a text is S, two digits of the sender, #, the sequence, and filling
static const char after_text[] = "\",\"timestamp\":1234567890,\"id\":";
static const char joined[] = "{\"type\":\"join\"", left[] = "{\"type\":\"leave\"";

struct client_options client_options = {.sources = 1, .events_at_once = most_events};
uint64_t read_at;

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

uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
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

void close_client(struct client *client) {
    close(client->fd);
    client->ended = true;
    free(client->carried);
    client->carried = NULL;
    client->carried_size = 0;
}

static void end(struct client *client, const char *reason) {
    if (!client_options.on_end) fail("the server ended a connection: %s", reason);
    close_client(client);
    client_options.on_end(client);
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

// Finds the text in a post. It stands where it stood in one of the latest, mostly: the kinds of posts are few.
static const char *text_of_post(const char *payload, size_t size) {
    static size_t known[places];
    static unsigned next;
    enum { rest = text_size - 1 + sizeof after_text };
    for (unsigned i = 0; i < places; i++) {
        const char *at = payload + known[i];
        if (known[i] + sizeof marker + rest <= size && memcmp(at, marker, sizeof marker - 1) == 0) {
            return at + sizeof marker - 1;
        }
    }
    const char *found = memmem(payload, size, marker, sizeof marker - 1);
    if (!found || found + sizeof marker + rest > payload + size) return NULL;
    known[next++ % places] = (size_t)(found - payload);
    return found + sizeof marker - 1;
}

// The number in front of a comma or the end of the object.
static uint64_t number_at(const char *digits) {
    uint64_t value = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++) value = value * 10 + (uint64_t)(*digits - '0');
    return value;
}

static void take_post(struct client *client, const char *text, const char *payload, size_t size) {
    struct post post = {.sender = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0')};
    if (post.sender >= client_options.senders) fail("a post of no sender: %.*s", (int)size, payload);
    struct progress *progress = &client->progress[post.sender];
    if (memcmp(text + 3, progress->next, sequence_digits) != 0) {
        fail("lost, doubled or out of order: wanted %.8s of sender %u, got %.*s", progress->next, post.sender, (int)size,
             payload);
    }
    post.id = number_at(text - 1 + text_size + sizeof after_text - 1);
    if (post.id <= client->last_post) {
        fail("out of order: %" PRIu64 " came before %.*s", client->last_post, (int)size, payload);
    }
    client->last_post = post.id;
    post.sequence = progress->got;
    count_up(progress);
    client_options.on_post(client, post);
}

static void take_text(struct client *client, const char *payload, size_t size) {
    client->texts++;
    texts++;
    const char *text = text_of_post(payload, size);
    if (text) return take_post(client, text, payload, size);
    if (memmem(payload, size < 40 ? size : 40, "\"error\"", 7)) fail("got %.*s", (int)size, payload);
    if (client->texts == 1) {
        const char *user_id = memmem(payload, size, "\"user_id\":", 10);
        if (!user_id) fail("no welcome: %.*s", (int)size, payload);
        client->user_id = number_at(user_id + 10);
    }
    if (size >= sizeof joined && memcmp(payload, joined, sizeof joined - 1) == 0) client->joins++;
    if (size >= sizeof left && memcmp(payload, left, sizeof left - 1) == 0) client->leaves++;
}

// Takes one frame (RFC 6455 section 5.2) from the front; returns its whole size, or 0 when it has not all come.
static size_t take_frame(struct client *client, const char *bytes, size_t size) {
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
    case 0x81: take_text(client, bytes + header, length); break;
    case 0x89: answer_ping(client, bytes + header, length); break;
    case 0x88: {
        char reason[64];
        snprintf(reason, sizeof reason, "closed with %u", length < 2 ? 1005u : (unsigned)head[header] << 8 | head[header + 1]);
        end(client, reason);
        break;
    }
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

static void read_client(struct client *client) {
    size_t before = client->carried_size;
    if (before > 0) memcpy(buffer, client->carried, before);
    ssize_t received = recv(client->fd, buffer + before, read_size, MSG_DONTWAIT);
    if (received < 0 && errno == EAGAIN) return;
    if (received <= 0) return end(client, received < 0 ? strerror(errno) : "no close frame");
    read_at = now();
    size_t at = 0, size = before + (size_t)received, taken;
    do {
        taken = client->upgraded ? take_frame(client, buffer + at, size - at)
                                 : take_answer(client, buffer + at, size - at);
        at += taken;
    } while (taken > 0 && at < size && !client->ended);
    if (client->ended) return;
    if (before > 0 || at < size) keep(client, buffer + at, size - at);
}

unsigned serve_clients(uint64_t nanoseconds) {
    static struct epoll_event events[most_events];
    unsigned before = texts;
    struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    int count = epoll_pwait2(poller, events, client_options.events_at_once, &time, NULL);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (!client->ended && events[i].events & EPOLLOUT) send_bytes(client, client->unsent, client->unsent_size);
        if (!client->ended && events[i].events & ~(uint32_t)EPOLLOUT) read_client(client);
    }
    return texts - before;
}

void serve_the_rest(void) {
    while (serve_clients(50000000) > 0) continue;
}

// Connects from one of the sources in turn; a port is chosen when the other end is known, so each has all of them.
static void choose_source(int fd) {
    static unsigned opened;
    struct sockaddr_in source = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + opened++ % client_options.sources)};
    int yes = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (bind(fd, (struct sockaddr *)&source, sizeof source) < 0) fail("bind: %s", strerror(errno));
}

void open_client(struct client *client) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(client_options.port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1, packet = small_packet;
    struct progress *progress = client->progress ? client->progress : calloc(client_options.senders, sizeof *progress);
    if (!progress && client_options.senders > 0) fail("out of memory");
    *client = (struct client){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .progress = progress};
    if (client->fd < 0) fail("socket: %s", strerror(errno));
    if (client_options.distant) setsockopt(client->fd, IPPROTO_TCP, TCP_MAXSEG, &packet, sizeof packet);
    choose_source(client->fd);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect: %s", strerror(errno));
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    for (unsigned i = 0; i < client_options.senders; i++) {
        client->progress[i].got = 0;
        memset(client->progress[i].next, '0', sequence_digits);
    }
    watch(client, EPOLLIN, EPOLL_CTL_ADD);
    send_bytes(client, upgrade, sizeof upgrade - 1);
}

struct client *make_clients(unsigned count) {
    struct client *clients = calloc(count > 0 ? count : 1, sizeof *clients);
    if (poller < 0) poller = epoll_create1(EPOLL_CLOEXEC);
    if (!clients || poller < 0) fail("cannot begin: %s", strerror(errno));
    return clients;
}

void open_clients(struct client *clients, unsigned count) {
    for (unsigned opened = 0, admitted = 0; opened < count;) {
        for (unsigned i = 0; i < batch && opened < count; i++) open_client(&clients[opened++]);
        while (admitted < opened) {
            serve_clients(100000000);
            while (admitted < opened && clients[admitted].texts >= 2) admitted++;
        }
    }
}

void stop_reading(struct client *client) {
    int room = small_room; // what has been promised stays, but it does not grow
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    watch(client, 0, EPOLL_CTL_DEL);
}

void read_again(struct client *client) {
    int room = read_size;
    setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    watch(client, EPOLLIN, EPOLL_CTL_ADD);
}
