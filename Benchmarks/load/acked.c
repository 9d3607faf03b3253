// Closed loops of posts that are acknowledged: every sender has so many without an ack, and sends the next one for each.
#include <signal.h>
#include <stdio.h>

#include "ack.h"
#include "histogram.h"
#include "identity.h"
#include "modes.h"
#include "process.h"
#include "sender.h"

struct window {
    uint32_t acked; // all below this one
    uint64_t last_id;
    uint64_t sent_at[most_window];
};

static struct sender senders[most_senders];
static struct window windows[most_senders];
static struct client *clients;
static uint64_t posts, acks; // got by anyone; by their senders
static bool is_measured;
static struct histogram waits;

static void count_post(struct client *client, struct post post) {
    struct sender *sender = &senders[post.sender];
    if (post.sequence >= sender->sent) fail("message %u of sender %u before it was sent", post.sequence, post.sender);
    if (client == sender->client) fail("sender %u got its own post", post.sender);
    check_id(post);
    posts++;
}

static void count_ack(struct client *client, const char *payload, size_t size) {
    struct ack ack;
    if (!is_ack(payload, size, &ack)) return;
    unsigned number = (unsigned)(client - clients);
    if (number >= options.senders) fail("an ack to somebody who has sent nothing");
    struct window *window = &windows[number];
    if (ack.sequence != window->acked) fail("an ack to %u in the place of %u", ack.sequence, window->acked);
    if (window->acked == senders[number].sent) fail("an ack to %u, which was not sent", ack.sequence);
    if (ack.id <= window->last_id) fail("the id of %u is not above the one before it", ack.sequence);
    check_id((struct post){number, ack.sequence, ack.id});
    window->last_id = ack.id;
    if (is_measured) count_value(&waits, read_at - window->sent_at[window->acked % options.window]);
    window->acked++;
    acks++;
}

// As many as have no ack yet may be under way.
static void send_more(unsigned number) {
    struct sender *sender = &senders[number];
    uint32_t before = sender->sent;
    uint64_t time = now();
    send_texts(sender, options.window - (before - windows[number].acked));
    for (; before < sender->sent; before++) windows[number].sent_at[before % options.window] = time;
}

static void run(uint64_t end, uint64_t most) {
    while (now() < end && acks < most) {
        for (unsigned i = 0; i < options.senders; i++) send_more(i);
        serve_clients(100000000);
    }
}

static void finish(unsigned count) {
    uint64_t sent = 0;
    for (unsigned i = 0; i < options.senders; i++) sent += senders[i].sent;
    while (acks < sent || posts < sent * (count - 1)) serve_clients(100000000);
    serve_the_rest();
}

static unsigned begin(void) {
    unsigned count = options.senders + options.receivers;
    client_options.senders = options.senders;
    client_options.on_post = count_post;
    client_options.on_text = count_ack;
    clients = make_clients(count);
    open_clients(clients, count);
    remember_ids(options.senders);
    for (unsigned i = 0; i < options.senders; i++) make_acked_sender(&senders[i], i, &clients[i], options.window);
    return count;
}

void measure_acked(void) {
    unsigned count = begin();
    run(now() + options.warmup * 1000000ull, UINT64_MAX);
    is_measured = true;
    uint64_t before = acks, started = now(), own = own_cpu(), server = cpu_of((pid_t)options.pid);
    run(started + options.milliseconds * 1000000ull, UINT64_MAX);
    double seconds = (double)(now() - started) / 1e9, measured = (double)(acks - before);
    double server_us = (double)(cpu_of((pid_t)options.pid) - server) / 1e3, own_us = (double)(own_cpu() - own) / 1e3;
    is_measured = false;
    finish(count);
    printf("messages_per_second=%.0f server_us_per_message=%.4f p50_us=%.1f p99_us=%.1f max_us=%.1f server_load=%.3f "
           "load_load=%.3f\n",
           measured / seconds, server_us / measured, value_at(&waits, 500), value_at(&waits, 990),
           (double)waits.highest / 1e3, server_us / 1e6 / seconds, own_us / 1e6 / seconds);
}

// Ends the server amid posts.
void measure_crash(void) {
    begin();
    uint64_t started = now();
    run(UINT64_MAX, options.posts);
    double seconds = (double)(now() - started) / 1e9;
    for (unsigned i = 0; i < options.senders; i++) send_more(i);
    if (kill((pid_t)options.pid, SIGKILL) < 0) fail("the server has ended by itself");
    printf("messages=%.0f messages_per_second=%.0f\n", (double)acks, (double)acks / seconds);
}
