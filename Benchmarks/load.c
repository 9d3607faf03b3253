// Loads a router over loopback and measures it. Every text carries a sequence number: one lost, doubled or out of
// order ends the program with exit code 1.
//
//   load pairs  --port P --pid PID [--messages N] [--warmup N] [--window N]       one sender to one receiver
//   load fanout --port P --pid PID --senders S --receivers R [...]               S senders to R receivers
//   load idle   --port P --pid PID --connections N                               memory of N idle connections
//
// Prints one line of name=value pairs. A message counts when everyone who should has got it; senders get each other's.

#define _GNU_SOURCE
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "client.h"
#include "server.h"

enum { text_size = 64, most_window = 1024, quiet_nanoseconds = 1500000000 };

static const char before_text[] = "{\"type\":\"message\",\"content\":\"";
static const char after_text[] = "\"}";
static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

enum {
    payload_size = sizeof before_text - 1 + text_size + sizeof after_text - 1,
    frame_size = 2 + sizeof mask + payload_size,
    digits_at = sizeof before_text - 1 + 4, // within the payload, behind "S00#"
};
_Static_assert(payload_size < 126, "the length has to fit the second byte");

static struct {
    unsigned port, pid, senders, receivers, messages, warmup, window, connections, seconds;
} options = {.senders = 1, .receivers = 1, .messages = 1000000, .warmup = 100000, .window = 64, .seconds = 120};

struct sender {
    struct client *client;
    uint32_t sent, completed;      // completed: everyone has got all below this one
    uint32_t next;                 // the number that the digits show
    char digits[sequence_digits];
    uint16_t got[most_window];     // how many have got each message under way
    char frames[most_window * frame_size];
};

static struct sender senders[most_senders];
static unsigned audience;
static uint64_t completed;

static uint64_t now(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void make_frame(char *frame, unsigned number) {
    char payload[payload_size + 1];
    int size = snprintf(payload, sizeof payload, "%sS%02u#%08u ", before_text, number, 0);
    memset(payload + size, 'x', payload_size - (size_t)size);
    memcpy(payload + payload_size - (sizeof after_text - 1), after_text, sizeof after_text - 1);
    frame[0] = (char)0x81;
    frame[1] = (char)(0x80 | payload_size);
    memcpy(frame + 2, mask, sizeof mask);
    for (int i = 0; i < payload_size; i++) frame[6 + i] = (char)(payload[i] ^ mask[i % 4]);
}

static void make_sender(struct sender *sender, struct client *client, unsigned number) {
    sender->client = client;
    memset(sender->digits, '0', sequence_digits);
    for (unsigned i = 0; i < options.window; i++) make_frame(sender->frames + i * frame_size, number);
}

static void write_digits(struct sender *sender, char *frame) {
    for (int i = 0; i < sequence_digits; i++) {
        frame[6 + digits_at + i] = (char)(sender->digits[i] ^ mask[(digits_at + i) % 4]);
    }
    for (int at = sequence_digits - 1; at >= 0 && ++sender->digits[at] > '9'; at--) sender->digits[at] = '0';
}

// Sends as many as the window lets; the frames lie in a row, so it is one call.
static void send_more(struct sender *sender, uint32_t total) {
    if (sender->client->unsent_size > 0) return;
    uint32_t count = options.window - (sender->sent - sender->completed);
    if (count > total - sender->sent) count = total - sender->sent;
    if (count == 0) return;
    for (uint32_t i = 0; i < count; i++) write_digits(sender, sender->frames + i * frame_size);
    sender->sent += count;
    send_bytes(sender->client, sender->frames, count * frame_size);
}

static void count_post(unsigned number, uint32_t sequence) {
    struct sender *sender = &senders[number];
    if (sequence >= sender->sent) fail("message %u of sender %u came twice", sequence, number);
    if (++sender->got[sequence % options.window] < audience) return;
    while (sender->completed < sender->sent && sender->got[sender->completed % options.window] == audience) {
        sender->got[sender->completed++ % options.window] = 0;
        completed++;
    }
}

static void run_until(uint64_t target, uint32_t total) {
    while (completed < target) {
        for (unsigned i = 0; i < options.senders; i++) send_more(&senders[i], total);
        serve_clients(1000, count_post);
    }
}

static void measure_flow(void) {
    unsigned count = options.senders + options.receivers;
    struct client *clients = open_clients(count, (uint16_t)options.port);
    audience = count - 1;
    for (unsigned i = 0; i < options.senders; i++) make_sender(&senders[i], &clients[i], i);
    uint32_t total = options.warmup + options.messages;
    run_until((uint64_t)options.warmup * options.senders, total);
    uint64_t counted = completed, started = now(CLOCK_MONOTONIC);
    uint64_t own = now(CLOCK_PROCESS_CPUTIME_ID), server = cpu_of((pid_t)options.pid);
    run_until((uint64_t)total * options.senders, total);
    double seconds = (double)(now(CLOCK_MONOTONIC) - started) / 1e9;
    double server_us = (double)(cpu_of((pid_t)options.pid) - server) / 1e3;
    double own_us = (double)(now(CLOCK_PROCESS_CPUTIME_ID) - own) / 1e3;
    double messages = (double)(completed - counted), deliveries = messages * audience;
    printf("messages=%.0f deliveries=%.0f seconds=%.3f messages_per_second=%.0f deliveries_per_second=%.0f "
           "server_us_per_message=%.3f server_us_per_delivery=%.4f load_us_per_delivery=%.4f\n",
           messages, deliveries, seconds, messages / seconds, deliveries / seconds, server_us / messages,
           server_us / deliveries, own_us / deliveries);
}

static void measure_idle(void) {
    struct memory before = memory_of((pid_t)options.pid);
    open_clients(options.connections, (uint16_t)options.port);
    uint64_t last = now(CLOCK_MONOTONIC); // of the last text: news of those who came; pings go on for ever
    while (now(CLOCK_MONOTONIC) - last < quiet_nanoseconds) {
        if (serve_clients(100, count_post) > 0) last = now(CLOCK_MONOTONIC);
    }
    struct memory after = memory_of((pid_t)options.pid);
    double connections = options.connections;
    printf("connections=%u resident_before=%" PRIu64 " resident_after=%" PRIu64 " resident_per_connection=%.0f "
           "anonymous_per_connection=%.0f\n",
           options.connections, before.resident, after.resident,
           ((double)after.resident - (double)before.resident) / connections,
           ((double)after.anonymous - (double)before.anonymous) / connections);
}

static unsigned number(const char *name, const char *text) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value > 100000000) fail("--%s takes a number up to 100,000,000", name);
    return (unsigned)value;
}

static void read_options(int count, char **arguments) {
    static const struct option names[] = {
        {"port", 1, 0, 0},     {"pid", 1, 0, 1},    {"senders", 1, 0, 2},     {"receivers", 1, 0, 3}, {"messages", 1, 0, 4},
        {"warmup", 1, 0, 5},   {"window", 1, 0, 6}, {"connections", 1, 0, 7}, {"seconds", 1, 0, 8},   {0}};
    unsigned *values[] = {&options.port,   &options.pid,    &options.senders,     &options.receivers, &options.messages,
                          &options.warmup, &options.window, &options.connections, &options.seconds};
    for (int option, index; (option = getopt_long(count, arguments, "", names, &index)) != -1;) {
        if (option == '?') exit(2);
        *values[option] = number(names[option].name, optarg);
    }
    if (!options.port || !options.pid) fail("--port and --pid are needed");
    if (options.window < 1 || options.window > most_window) fail("--window is 1 to %d", most_window);
    if (options.senders < 1 || options.senders > most_senders) fail("--senders is 1 to %d", most_senders);
}

static void out_of_time(int signal_number) {
    (void)signal_number;
    static const char text[] = "load: out of time (--seconds)\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(2);
    _exit(1);
}

int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "";
    read_options(count, arguments);
    signal(SIGALRM, out_of_time);
    alarm(options.seconds);
    if (strcmp(mode, "idle") == 0) measure_idle();
    else if (strcmp(mode, "pairs") == 0 || strcmp(mode, "fanout") == 0) measure_flow();
    else fail("the mode is pairs, fanout or idle");
}
