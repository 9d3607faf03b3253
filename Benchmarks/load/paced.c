// An open loop: messages are sent by a timetable that waits for nobody. A latency counts from the time in the table, so
// that a message that could not be sent in time, because the server held up everything, does not look quick.
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "histogram.h"
#include "identity.h"
#include "modes.h"
#include "process.h"
#include "sender.h"

enum { most_at_once = 64, sample_nanoseconds = 20000000, filling_milliseconds = 300 };

static struct sender senders[most_senders];
static struct client *clients;
static unsigned reading;              // clients that read to the end, senders included
static uint64_t posts;                // got by those who read
static uint64_t started, interval;    // the timetable: message k from its start is due at started + k * interval
static uint32_t first[most_senders];  // what each had sent before it
static uint64_t measured_from, measured_to;
static struct histogram latencies, delays; // delays: of the sending itself
// Latencies before that, and from the first leave on, when those who do not read are being closed.
static struct histogram before_measured, closing;

static uint64_t due(unsigned sender, uint32_t sequence) {
    return started + ((uint64_t)(sequence - first[sender]) * options.senders + sender) * interval;
}

static bool is_measured(uint64_t time) { return time >= measured_from && time < measured_to; }

static void count_post(struct client *client, struct post post) {
    struct sender *sender = &senders[post.sender];
    if (post.sequence >= sender->sent) fail("message %u of sender %u before it was sent", post.sequence, post.sender);
    if (client == sender->client) fail("sender %u got its own post", post.sender);
    check_id(post);
    if (client - clients >= reading) return;
    posts++;
    uint64_t time = due(post.sender, post.sequence);
    if (is_measured(time)) count_value(client->leaves == 0 ? &latencies : &closing, read_at - time);
    if (time < measured_from) count_value(&before_measured, read_at - time);
}

// Sends what is due; returns when the next message is.
static uint64_t send_due(uint64_t time) {
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < options.senders; i++) {
        struct sender *sender = &senders[i];
        uint32_t count = 0, before = sender->sent;
        while (count < most_at_once && due(i, before + count) <= time) count++;
        send_texts(sender, count);
        for (; before < sender->sent; before++) {
            if (is_measured(due(i, before))) count_value(&delays, now() - due(i, before));
        }
        // While the socket is full, its writability ends the waiting.
        uint64_t then = sender->client->unsent_size > 0 ? time + sample_nanoseconds : due(i, sender->sent);
        if (then < next) next = then;
    }
    return next;
}

static uint64_t sampled_peak(uint64_t peak) {
    static uint64_t last;
    if (now() - last < sample_nanoseconds) return peak;
    last = now();
    uint64_t resident = resident_of((pid_t)options.pid);
    return resident > peak ? resident : peak;
}

// Returns the most memory that the server had meanwhile.
static uint64_t run_until(uint64_t end) {
    uint64_t peak = 0;
    for (uint64_t time; (time = now()) < end;) {
        uint64_t next = send_due(time);
        if (next > end) next = end;
        time = now();
        serve_clients(next > time ? next - time : 0);
        peak = sampled_peak(peak);
    }
    return peak;
}

static void finish(void) {
    uint64_t sent = 0;
    for (unsigned i = 0; i < options.senders; i++) sent += senders[i].sent;
    while (posts < sent * (reading - 1)) serve_clients(100000000);
    serve_the_rest();
}

static void start_timetable(uint64_t unmeasured, uint64_t measured) {
    for (unsigned i = 0; i < options.senders; i++) first[i] = senders[i].sent;
    started = now() + interval;
    measured_from = started + unmeasured * 1000000;
    measured_to = measured_from + measured * 1000000;
}

static void begin(void) {
    prctl(PR_SET_TIMERSLACK, 1ul);      // else every wait is up to 50 µs too long
    client_options.events_at_once = 32; // then it is seen again what is due
    interval = 1000000000 / options.rate;
    reading = options.senders + options.receivers;
    client_options.senders = options.senders;
    client_options.on_post = count_post;
    clients = make_clients(reading + options.stalled);
    open_clients(clients, reading);
    serve_the_rest();
    for (unsigned i = 0; i < options.senders; i++) make_sender(&senders[i], i, &clients[i], NULL, most_at_once);
    remember_ids(options.senders);
}

void measure_paced(void) {
    begin();
    start_timetable(options.warmup, options.milliseconds);
    run_until(measured_from);
    uint64_t posts_before = posts, own = own_cpu(), server = cpu_of((pid_t)options.pid);
    run_until(measured_to);
    double server_us = (double)(cpu_of((pid_t)options.pid) - server) / 1e3, own_us = (double)(own_cpu() - own) / 1e3;
    double deliveries = (double)(posts - posts_before), microseconds = options.milliseconds * 1e3;
    finish();
    printf("p50_us=%.1f p99_us=%.1f max_us=%.1f server_us_per_delivery=%.4f server_load=%.3f load_load=%.3f "
           "deliveries_per_second=%.0f send_delay_p99_us=%.1f\n",
           value_at(&latencies, 500), value_at(&latencies, 990), (double)latencies.highest / 1e3,
           server_us / deliveries, server_us / microseconds, own_us / microseconds, deliveries / microseconds * 1e6,
           value_at(&delays, 990));
}

// They come when the room is warm and silent, and read none of what is said from then on.
static void open_stalled(void) {
    struct client *stalled = clients + reading;
    client_options.distant = true;
    open_clients(stalled, options.stalled);
    serve_the_rest();
    for (unsigned i = 0; i < options.stalled; i++) {
        for (unsigned sender = 0; sender < options.senders; sender++) {
            struct progress *progress = &stalled[i].progress[sender];
            progress->got = senders[sender].sent;
            memcpy(progress->next, senders[sender].digits, sequence_digits);
        }
        stop_reading(&stalled[i]);
    }
}

void measure_stalled(void) {
    begin();
    start_timetable(options.warmup, 0);
    run_until(measured_to);
    finish();
    open_stalled();
    uint64_t before = resident_of((pid_t)options.pid);
    memset(&before_measured, 0, sizeof before_measured);
    // Until the kernel's buffers are full the server sends to them as to those who read: they are not stalled yet.
    start_timetable(filling_milliseconds, options.milliseconds);
    uint64_t peak = run_until(measured_to);
    finish();
    // Who is closed leaves the room, and all have to hear of it.
    uint32_t ended = clients[0].leaves;
    for (unsigned i = 1; i < reading; i++) {
        if (clients[i].leaves != ended) fail("some heard of %u who left, some of %u", ended, clients[i].leaves);
    }
    printf("p50_us=%.1f p99_us=%.1f max_us=%.1f filling_p99_us=%.1f closing_p99_us=%.1f "
           "resident_before=%.0f resident_growth=%.0f stalled=%u ended=%u\n",
           value_at(&latencies, 500), value_at(&latencies, 990), (double)latencies.highest / 1e3,
           value_at(&before_measured, 990), value_at(&closing, 990), (double)before,
           peak > before ? (double)(peak - before) : 0.0, options.stalled, ended);
}
