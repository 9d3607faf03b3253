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

#include "incoming.h"

enum {
    read_size = 256 * 1024,   // stays in the second-level cache
    carry_limit = 128 * 1024, // the longest frame that is put together, a `users` frame
    batch = 100,              // connections opened at once: well below the listen backlog
    small_packet = 1460,      // Ethernet's; of loopback's, 64 KiB each, the kernel would hold several for a connection
    small_room = 4096,
};

// The key is that of RFC 6455 section 1.3.
#define UPGRADE(target)                                                                                                \
    "GET " target " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                               \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
static const char upgrade[] = UPGRADE("/") "\r\n", upgrade_resuming[] = UPGRADE("/?resume") "\r\n";
static const char upgrade_compressed[] = UPGRADE("/") "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
struct client_options client_options = {.sources = 1, .events_at_once = most_events};
uint64_t read_at;

static int poller = -1;
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
    if (received <= 0) fail("the server ended a connection: %s", received < 0 ? strerror(errno) : "no close frame");
    read_at = now();
    size_t at = 0, size = before + (size_t)received, taken;
    do {
        taken = client->upgraded ? take_frame(client, buffer + at, size - at)
                                 : take_answer(client, buffer + at, size - at);
        at += taken;
    } while (taken > 0 && at < size);
    if (before > 0 || at < size) keep(client, buffer + at, size - at);
}

unsigned serve_clients(uint64_t nanoseconds) {
    static struct epoll_event events[most_events];
    unsigned before = texts_taken;
    struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
    int count = epoll_pwait2(poller, events, client_options.events_at_once, &time, NULL);
    if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
    for (int i = 0; i < count; i++) {
        struct client *client = events[i].data.ptr;
        if (events[i].events & EPOLLOUT) send_bytes(client, client->unsent, client->unsent_size);
        if (events[i].events & ~(uint32_t)EPOLLOUT) read_client(client);
    }
    return texts_taken - before;
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
    if (client_options.compressed) {
        send_bytes(client, upgrade_compressed, sizeof upgrade_compressed - 1);
    } else if (client_options.resuming) {
        send_bytes(client, upgrade_resuming, sizeof upgrade_resuming - 1);
    } else {
        send_bytes(client, upgrade, sizeof upgrade - 1);
    }
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
