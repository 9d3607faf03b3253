// Loads a chat server over loopback and measures it. Every text carries a sequence number and every post an id: one
// lost, doubled, out of order or in another order than elsewhere ends the program with exit code 1.
//
//   load flow    --senders S --receivers R [--window N]     S senders to R receivers; senders get each other's
//   load private --pairs N [--window N]                     private messages within pairs, each with its receipt
//   load paced   --senders S --receivers R --rate N         N messages a second in all, by a timetable
//   load stalled --senders S --receivers R --rate N --stalled N    the same; N further members do not read
//   load idle    --connections N                            memory of N members who say nothing
//   load join    --connections N [--together N]             N who come into one room and stay
//   load accept  --connections N [--together N]             N who come and go, so many at a time
//   load acked   --senders S --receivers R [--window N]     S senders, each with N posts that have no ack yet
//   load crash   --senders S --receivers R --posts N        the same; kills the server with -9 when N have one
//   load rooms                                              one who joins a room with 100 posts, and leaves it
//   load resume  --connections N --posts N [--together N]   N who come back to their sessions; each has missed N posts
//
// All take --port P and --pid PID of the server, --milliseconds and --warmup: how long is measured, and how long before
// that it is not; --sources N: loopback addresses to connect from; --seconds N: when to give up;
// --compressed 1: with permessage-deflate, each message inflated and checked.
// Prints one line of name=value pairs.

#define _GNU_SOURCE
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "modes.h"
#include "options.h"

struct options options = {.senders = 1, .receivers = 1, .pairs = 0, .connections = 1000, .together = 100, .sources = 1,
    .window = 64, .rate = 1000, .posts = 100, .milliseconds = 2000, .warmup = 500, .seconds = 120};

static const struct mode {
    const char *name;
    void (*measure)(void);
} modes[] = {{"flow", measure_flow}, {"private", measure_private}, {"paced", measure_paced},
    {"stalled", measure_stalled}, {"idle", measure_idle}, {"join", measure_join}, {"accept", measure_accept},
    {"acked", measure_acked}, {"crash", measure_crash}, {"rooms", measure_rooms}, {"resume", measure_resume}};

static unsigned number(const char *name, const char *text) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value > 100000000) fail("--%s takes a number up to 100,000,000", name);
    return (unsigned)value;
}

static void read_options(int count, char **arguments) {
    static const char *const names[] = {"port", "pid", "senders", "receivers", "pairs", "stalled", "connections",
        "together", "sources", "window", "rate", "milliseconds", "warmup", "seconds", "compressed", "posts"};
    unsigned *const values[] = {&options.port, &options.pid, &options.senders, &options.receivers, &options.pairs,
        &options.stalled, &options.connections, &options.together, &options.sources, &options.window, &options.rate,
        &options.milliseconds, &options.warmup, &options.seconds, &options.compressed,
        &options.posts};
    enum { all = sizeof names / sizeof *names };
    struct option known[all + 1] = {0};
    for (int i = 0; i < all; i++) known[i] = (struct option){names[i], required_argument, NULL, i};
    for (int option; (option = getopt_long(count, arguments, "", known, NULL)) != -1;) {
        if (option == '?') exit(2);
        *values[option] = number(names[option], optarg);
    }
    if (!options.port || !options.pid) fail("--port and --pid are needed");
    if (options.window < 1 || options.window > most_window) fail("--window is 1 to %d", most_window);
    if (options.senders < 1 || options.senders > most_senders) fail("--senders is 1 to %d", most_senders);
    if (options.pairs > most_senders) fail("--pairs is up to %d", most_senders);
    if (options.rate < 1 || options.together < 1 || options.connections < 1) fail("0 is too few");
    if (options.sources < 1 || options.sources > 200) fail("--sources is 1 to 200");
}

static void out_of_time(int signal_number) {
    (void)signal_number;
    static const char text[] = "load: out of time (--seconds)\n";
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(2);
    _exit(1);
}

int main(int count, char **arguments) {
    const char *name = count > 1 ? arguments[1] : "";
    read_options(count, arguments);
    client_options.port = (uint16_t)options.port;
    client_options.sources = options.sources;
    client_options.compressed = options.compressed != 0;
    signal(SIGALRM, out_of_time);
    alarm(options.seconds);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (strcmp(name, modes[i].name) == 0) {
            modes[i].measure();
            return 0;
        }
    }
    fail("no mode \"%s\": they stand at the top of load.c", name);
}
