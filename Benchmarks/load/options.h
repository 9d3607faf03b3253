// What the load program was asked for.
#pragma once

#include <stdint.h>
#include <sys/types.h>

enum { most_senders = 100, most_window = 1024, most_connections = 20000 };

extern struct options {
    unsigned port, pid;
    unsigned senders, receivers, pairs, stalled, connections, together, sources, window, rate, posts, compressed;
    unsigned milliseconds, warmup; // how long it is measured, and before that not
    unsigned seconds;              // after which the program gives up
} options;
