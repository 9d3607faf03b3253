// The log of ready frames that all members share, and its way to each of them.
#pragma once

#include "member.h"

enum way { once_a_tick, per_recipient };

struct delivery_options {
    enum way way;           // one write per member and tick, or one per member and frame
    enum way way_of_posts;  // the way from the first post on: thousands come in sooner when it is once a tick
    size_t max_behind;      // bytes; who is further behind at the end of a tick is cut
    int poller;             // told when a socket is full
};

extern struct delivery_options delivery;

// Memory at the end of the log for a frame of up to `most` bytes; valid until the next call.
char *log_memory(size_t most);

// Makes the frame written there a part of the log that everybody gets but `author`, who may be null.
void log_append(size_t size, struct member *author);

// The place behind the last frame.
uint64_t log_end(void);

// Has a member skip a part of the log that it has not got yet.
void skip(struct member *member, uint64_t from, uint64_t to);

// Memory for a frame of up to `most` bytes for one member; valid until the next call.
char *own_memory(struct member *member, size_t most);
void own_append(struct member *member, size_t size);

// Sends what the socket takes, in one call unless the pieces are many.
void deliver(struct member *member);

// The end of a tick: delivers to all who lack something.
void deliver_all(void);
bool anything_to_deliver(void);

// Forgets what everybody has got, and cuts those who are too far behind.
void trim_log(void);

void forget_delivery(struct member *member);
