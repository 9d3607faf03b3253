// WebSocket clients over loopback for the load program: real handshakes, masked frames out, frames in by large reads.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { most_events = 4096 };
enum { sequence_digits = 8, text_size = 64, token_size = 32, nobody = -1 };

// What a client has got of one sender: how many, and the same number as the digits that the next text must show.
struct progress {
    uint32_t got;
    char next[sequence_digits];
};

struct client {
    int fd;
    bool upgraded, ended;
    uint32_t texts;             // text frames so far; the first two are welcome and users
    uint32_t joins, leaves;
    uint64_t user_id;           // from its welcome
    char token[token_size];     // the same: resumes its session; zeros when there is none
    uint64_t last_post;         // the highest id that it has seen
    char *carried;              // an incomplete frame, or header, at the end of the last read
    size_t carried_size;
    const char *unsent;         // what the socket did not take; points into the sender's batch
    size_t unsent_size;
    struct progress *progress;  // of each sender
};

// A post or private message, or the receipt of one.
struct post {
    unsigned sender;
    uint32_t sequence;
    uint64_t id;
};

typedef void on_post(struct client *client, struct post post);
typedef void on_text(struct client *client, const char *payload, size_t size);

// How clients are to be.
struct client_options {
    uint16_t port;
    unsigned senders;           // whose progress each keeps
    unsigned sources;           // loopback addresses to connect from: 127.0.0.1 and those after it
    bool distant;               // packets as small as on a network
    bool compressed;            // what the server sends
    bool resuming;              // are to send `resume` first, when they are opened
    int events_at_once;         // clients served before `serve_clients` returns, at most
    on_post *on_post;           // called for each one after its place in the sequence has been checked
    on_text *on_text;           // for everything else, if anybody wants to know
};

extern struct client_options client_options;

// When the bytes that are being looked at were read; nanoseconds of CLOCK_MONOTONIC.
extern uint64_t read_at;

// Ends the program with a line on stderr.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

uint64_t now(void);

// Opens one connection and sends its request.
void open_client(struct client *client);
void close_client(struct client *client);

// Opens `count` connections, a hundred at once; returns when all are admitted (`welcome` and `users` have come).
void open_clients(struct client *clients, unsigned count);
struct client *make_clients(unsigned count);

// Reads nothing of what comes from now on, nor notices when the connection ends.
void stop_reading(struct client *client);

// Waits up to so many nanoseconds for events, reads and sends what there is; returns how many texts came.
unsigned serve_clients(uint64_t nanoseconds);

// Serves until nothing has come for a while: what comes beyond the last message is at fault too.
void serve_the_rest(void);

// Sends bytes that stay as they are until `unsent_size` is 0 again.
void send_bytes(struct client *client, const char *bytes, size_t size);
