// Closed loops: every sender has so many messages under way, and sends the next ones when everyone has got the first.
#include <stdio.h>
#include <stdlib.h>

#include "incoming.h"
#include "modes.h"
#include "process.h"
#include "sender.h"

// A message under way. All have to see the same id, and ids rise at each of them: so all see the same order.
struct slot {
    uint16_t got;
    uint64_t id;
};

struct window {
    uint32_t completed; // everyone has got all below this one
    struct slot slots[most_window];
};

static struct sender senders[most_senders];
static struct window windows[most_senders];
static struct client *clients;
static unsigned sender_count, audience;
static uint64_t posts, completed; // got by anyone; got by everyone

static void count_post(struct client *client, struct post post) {
    struct sender *sender = &senders[post.sender];
    struct window *window = &windows[post.sender];
    if (post.sequence >= sender->sent) fail("message %u of sender %u before it was sent", post.sequence, post.sender);
    if (options.pairs == 0 && client == sender->client) fail("sender %u got its own post", post.sender);
    if (options.pairs > 0 && (unsigned)(client - clients) / 2 != post.sender) fail("a private message went astray");
    struct slot *slot = &window->slots[post.sequence % options.window];
    if (slot->got == 0) slot->id = post.id;
    if (slot->id != post.id) fail("message %u of sender %u has two ids", post.sequence, post.sender);
    slot->got++;
    posts++;
    while (window->completed < sender->sent && window->slots[window->completed % options.window].got == audience) {
        window->slots[window->completed++ % options.window].got = 0;
        completed++;
    }
}

static void run_until(uint64_t end) {
    while (now() < end) {
        for (unsigned i = 0; i < sender_count; i++) {
            send_texts(&senders[i], options.window - (senders[i].sent - windows[i].completed));
        }
        serve_clients(100000000);
    }
}

static void finish(void) {
    uint64_t sent = 0;
    for (unsigned i = 0; i < sender_count; i++) sent += senders[i].sent;
    while (completed < sent) serve_clients(100000000);
    serve_the_rest();
}

static void measure(void) {
    run_until(now() + options.warmup * 1000000ull);
    uint64_t posts_before = posts, started = now();
    unsigned texts_before = texts_taken, compressed_before = compressed_taken;
    uint64_t own = own_cpu(), server = cpu_of((pid_t)options.pid);
    run_until(started + options.milliseconds * 1000000ull);
    double seconds = (double)(now() - started) / 1e9;
    double server_us = (double)(cpu_of((pid_t)options.pid) - server) / 1e3, own_us = (double)(own_cpu() - own) / 1e3;
    double deliveries = (double)(posts - posts_before), messages = deliveries / audience;
    unsigned plain = texts_taken - texts_before - (compressed_taken - compressed_before);
    if (client_options.compressed && plain > 0) fail("%u texts were not compressed", plain);
    finish();
    printf("messages_per_second=%.0f deliveries_per_second=%.0f server_us_per_message=%.4f server_us_per_delivery=%.5f "
           "server_load=%.3f load_us_per_delivery=%.5f deliveries=%.0f\n",
           messages / seconds, deliveries / seconds, server_us / messages, server_us / deliveries,
           server_us / 1e6 / seconds, own_us / deliveries, deliveries);
}

void measure_flow(void) {
    unsigned count = options.senders + options.receivers;
    sender_count = options.senders;
    audience = count - 1;
    client_options.senders = sender_count;
    client_options.on_post = count_post;
    clients = make_clients(count);
    open_clients(clients, count);
    for (unsigned i = 0; i < sender_count; i++) make_sender(&senders[i], i, &clients[i], NULL, options.window);
    measure();
}

void measure_private(void) {
    sender_count = options.pairs;
    audience = 2; // the receiver, and the sender with its receipt
    client_options.senders = sender_count;
    client_options.on_post = count_post;
    clients = make_clients(options.pairs * 2);
    open_clients(clients, options.pairs * 2);
    for (unsigned i = 0; i < sender_count; i++) {
        make_sender(&senders[i], i, &clients[2 * i], &clients[2 * i + 1], options.window);
    }
    measure();
}
