// Clients whose connections break and who come back to their sessions: each gets what it has missed, once.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ack.h"
#include "modes.h"
#include "options.h"
#include "process.h"
#include "request.h"
#include "sender.h"

static struct client *clients, *watcher; // the watcher posts
static struct sender sender;
static uint32_t acks;

static void count_ack(struct client *client, const char *payload, size_t size) {
    struct ack ack;
    (void)client;
    if (is_ack(payload, size, &ack)) acks++;
}

static void ignore_post(struct client *client, struct post post) { (void)client, (void)post; }

static void post(unsigned count) {
    send_texts(&sender, count);
    while (acks < sender.sent) serve_clients(100000000);
    serve_the_rest();
}

static void expect_all(uint32_t posts) {
    for (unsigned i = 0; i < options.connections; i++) {
        if (clients[i].progress->got != posts) fail("client %u got %u of %u posts", i, clients[i].progress->got, posts);
    }
}

static void expect(const char *what, const uint32_t *count, uint32_t expected) {
    while (*count < expected) serve_clients(100000000);
    serve_the_rest();
    if (*count != expected) fail("%u %s, and there were %u", *count, what, expected);
}

// What it has got stays, so that what comes is checked against that.
static void reopen(struct client *client) {
    struct client before = *client;
    struct progress progress = *client->progress;
    open_client(client);
    *client->progress = progress;
    client->last_post = before.last_post;
    memcpy(client->token, before.token, token_size);
}

static void ask(struct client *client) {
    send_request(client, "{\"type\":\"resume\",\"token\":\"%.*s\",\"after\":%" PRIu64 "}", token_size, client->token,
                 client->last_post);
}

// So many at a time; the others wait for their turn.
static void resume_all(uint32_t posts) {
    static bool has_asked[most_connections];
    client_options.resuming = true;
    for (unsigned opened = 0, back = 0; back < options.connections;) {
        while (opened < options.connections && opened - back < options.together) reopen(&clients[opened++]);
        serve_clients(100000000);
        for (unsigned i = back; i < opened; i++) {
            if (has_asked[i] || !clients[i].upgraded) continue;
            ask(&clients[i]);
            has_asked[i] = true;
        }
        while (back < opened && clients[back].progress->got == posts) back++;
    }
}

static void begin(void) {
    client_options.senders = 1;
    client_options.on_post = ignore_post;
    client_options.on_text = count_ack;
    watcher = make_clients(1);
    clients = make_clients(options.connections);
    open_clients(watcher, 1);
    open_clients(clients, options.connections);
    make_acked_sender(&sender, 0, watcher, options.posts);
}

void measure_resume(void) {
    if (options.connections > most_connections) fail("--connections is up to %d", most_connections);
    begin();
    post(1);
    expect_all(1);
    if (clients->token[0] == '\0') fail("no token to resume a session with");
    for (unsigned i = 0; i < options.connections; i++) close_client(&clients[i]);
    expect("have left", &watcher->leaves, options.connections);
    post(options.posts);
    uint32_t joins = watcher->joins;
    uint64_t started = now(), server = cpu_of((pid_t)options.pid);
    resume_all(1 + options.posts);
    double seconds = (double)(now() - started) / 1e9, count = options.connections;
    double server_us = (double)(cpu_of((pid_t)options.pid) - server) / 1e3;
    expect("have come", &watcher->joins, joins + options.connections);
    expect_all(1 + options.posts);
    printf("resumes_per_second=%.0f server_us_per_resume=%.2f\n", count / seconds, server_us / count);
}
