// One client that comes into a room, sees its history and leaves again; between that somebody posts, so that the history
// is another one each time.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "ack.h"
#include "modes.h"
#include "options.h"
#include "process.h"
#include "request.h"
#include "sender.h"

enum { shown = 100 };

static const char loops[] = "NIO-ELT"; // of the server

static struct client *clients; // who posts, who comes and goes
static struct sender sender;
static unsigned acks, histories, departures;

static bool begins(const char *payload, size_t size, const char *beginning) {
    return size > strlen(beginning) && memcmp(payload, beginning, strlen(beginning)) == 0;
}

static void check_history(const char *payload, size_t size) {
    unsigned posts = 0;
    const char *end = payload + size;
    for (const char *at = payload; (at = memmem(at, (size_t)(end - at), "\"sender_id\"", 11)); at++) posts++;
    if (posts != shown) fail("a history of %u posts", posts);
}

static void count_text(struct client *client, const char *payload, size_t size) {
    struct ack ack;
    if (is_ack(payload, size, &ack)) acks++;
    if (client != &clients[1]) return;
    if (begins(payload, size, "{\"type\":\"room_left\"")) departures++;
    if (!begins(payload, size, "{\"type\":\"history\"")) return;
    check_history(payload, size);
    histories++;
}

static void ignore_post(struct client *client, struct post post) { (void)client, (void)post; }

static void post(unsigned count) {
    send_texts(&sender, count);
    while (acks < sender.sent) serve_clients(100000000);
}

static void run_until(uint64_t end) {
    for (unsigned joins = histories; now() < end;) {
        post(1);
        send_request(&clients[1], "{\"type\":\"join_room\",\"room\":\"gaming\"}");
        for (joins++; histories < joins;) serve_clients(100000000);
        send_request(&clients[1], "{\"type\":\"leave_room\"}");
        while (departures < joins) serve_clients(100000000);
    }
}

void measure_rooms(void) {
    client_options.senders = 1;
    client_options.on_post = ignore_post;
    client_options.on_text = count_text;
    clients = make_clients(2);
    open_clients(clients, 2);
    make_acked_sender(&sender, 0, &clients[0], shown);
    send_request(&clients[0], "{\"type\":\"join_room\",\"room\":\"gaming\"}");
    post(shown);
    run_until(now() + options.warmup * 1000000ull);
    unsigned before = histories;
    uint64_t started = now(), server = cpu_of((pid_t)options.pid), loop = cpu_of_threads((pid_t)options.pid, loops);
    run_until(started + options.milliseconds * 1000000ull);
    double seconds = (double)(now() - started) / 1e9, joins = histories - before;
    printf("joins_per_second=%.0f loop_us_per_join=%.2f server_us_per_join=%.2f\n", joins / seconds,
           (double)(cpu_of_threads((pid_t)options.pid, loops) - loop) / 1e3 / joins,
           (double)(cpu_of((pid_t)options.pid) - server) / 1e3 / joins);
}
