// WebSocket clients over loopback for the load program: real handshakes, masked frames out, frames in by large reads.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { most_senders = 16, sequence_digits = 8 };

// What a receiver has got of one sender: how many, and the same number as the digits that the next text must show.
struct progress {
    uint32_t got;
    char next[sequence_digits];
};

struct client {
    int fd;
    bool upgraded;
    uint32_t texts;    // text frames so far; the first two are welcome and users
    char *carried;     // an incomplete frame, or header, at the end of the last read
    size_t carried_size;
    const char *unsent;  // what the socket did not take; points into the sender's batch
    size_t unsent_size;
    struct progress progress[most_senders];
};

// Called for each post with the number of its sender and its place in that sender's sequence.
typedef void on_post(unsigned sender, uint32_t sequence);

// Ends the program with a line on stderr.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Opens `count` connections to 127.0.0.1:port, each admitted to the chat (`welcome` and `users` have come).
struct client *open_clients(unsigned count, uint16_t port);

// Waits up to `milliseconds` for events, reads and sends what there is; returns how many texts came (pings do not count).
unsigned serve_clients(int milliseconds, on_post *on_post);

// Sends bytes that stay as they are until `unsent_size` is 0 again.
void send_bytes(struct client *client, const char *bytes, size_t size);
