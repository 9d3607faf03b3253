// Connections that come, stay or go: who came and went is told to everybody, and everybody has to hear it just once.
#include <inttypes.h>
#include <stdio.h>

#include "client.h"
#include "modes.h"
#include "options.h"
#include "process.h"

enum { quiet_nanoseconds = 1500000000 };

static void unexpected(struct client *client, struct post post) {
    (void)client;
    fail("message %u of sender %u, and none was sent", post.sequence, post.sender);
}

static struct client *begin(unsigned count) {
    client_options.on_post = unexpected;
    return make_clients(count);
}

static void expect_news(const struct client *client, uint32_t joins, uint32_t leaves) {
    if (client->joins != joins || client->leaves != leaves) {
        fail("user %" PRIu64 " heard of %u who came and %u who left; there were %u and %u", client->user_id,
             client->joins, client->leaves, joins, leaves);
    }
}

// Everyone has heard of all who came later, once each.
static void expect_joins(const struct client *clients, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        uint64_t user_id = clients[i].user_id;
        if (user_id < 1 || user_id > count) fail("user ids do not begin at 1: use a fresh server");
        expect_news(&clients[i], count - (uint32_t)user_id, 0);
    }
}

// Serves until no text has come for a while; pings go on for ever.
static void serve_until_quiet(void) {
    uint64_t last = now();
    while (now() - last < quiet_nanoseconds) {
        if (serve_clients(100000000) > 0) last = now();
    }
}

void measure_idle(void) {
    struct client *clients = begin(options.connections);
    struct memory before = memory_of((pid_t)options.pid);
    open_clients(clients, options.connections);
    serve_until_quiet();
    struct memory after = memory_of((pid_t)options.pid);
    expect_joins(clients, options.connections);
    double connections = options.connections;
    printf("connections=%u resident_before=%" PRIu64 " resident_after=%" PRIu64 " resident_per_connection=%.0f "
           "anonymous_per_connection=%.0f\n",
           options.connections, before.resident, after.resident,
           ((double)after.resident - (double)before.resident) / connections,
           ((double)after.anonymous - (double)before.anonymous) / connections);
}

static void print_storm(uint64_t started, uint64_t server, uint64_t own) {
    double seconds = (double)(now() - started) / 1e9, connections = options.connections;
    printf("connections=%u connections_per_second=%.0f server_us_per_connection=%.2f load_us_per_connection=%.2f\n",
           options.connections, connections / seconds,
           (double)(cpu_of((pid_t)options.pid) - server) / 1e3 / connections,
           (double)(own_cpu() - own) / 1e3 / connections);
}

// All come into one room and stay.
void measure_join(void) {
    struct client *clients = begin(options.connections);
    uint64_t started = now(), server = cpu_of((pid_t)options.pid), own = own_cpu();
    uint64_t expected = (uint64_t)options.connections * (options.connections - 1) / 2 + 2ull * options.connections;
    uint64_t texts = 0;
    for (unsigned opened = 0, admitted = 0; texts < expected;) {
        while (opened < options.connections && opened - admitted < options.together) open_client(&clients[opened++]);
        texts += serve_clients(100000000);
        while (admitted < opened && clients[admitted].texts >= 2) admitted++;
    }
    print_storm(started, server, own);
    serve_the_rest();
    expect_joins(clients, options.connections);
}

// Each goes as soon as it is admitted, and another one comes; one stays and watches.
void measure_accept(void) {
    struct client *watcher = begin(1), *clients = make_clients(options.together);
    open_clients(watcher, 1);
    uint64_t started = now(), server = cpu_of((pid_t)options.pid), own = own_cpu();
    unsigned opened = 0, admitted = 0;
    for (unsigned i = 0; i < options.together; i++) clients[i].ended = true;
    while (admitted < options.connections) {
        for (unsigned i = 0; i < options.together; i++) {
            if (!clients[i].ended && clients[i].texts >= 2) {
                close_client(&clients[i]);
                admitted++;
            }
            if (clients[i].ended && opened < options.connections) {
                open_client(&clients[i]);
                opened++;
            }
        }
        if (admitted < options.connections) serve_clients(100000000);
    }
    print_storm(started, server, own);
    serve_until_quiet();
    expect_news(watcher, options.connections, options.connections);
}
