// A client that sends texts with sequence numbers.
#pragma once

#include "client.h"
#include "options.h"

enum { most_payload = 125, most_frame = 6 + most_payload };

struct sender {
    struct client *client;
    uint32_t sent;
    char digits[sequence_digits]; // of the next text
    size_t frame_size, digits_at;
    size_t ref_at;                // of the same digits; 0 without
    unsigned batch;               // frames that the memory holds; as many may go in one call
    char *frames;
};

// Posts to the room, or private messages when there is a receiver.
void make_sender(struct sender *sender, unsigned number, struct client *client, const struct client *receiver,
                 unsigned batch);

// Posts that ask for an ack each; their `ref` is the sequence number.
void make_acked_sender(struct sender *sender, unsigned number, struct client *client, unsigned batch);

// Sends the next `count` texts with one call, at most a batch; not while an earlier batch is still unsent.
void send_texts(struct sender *sender, uint32_t count);
