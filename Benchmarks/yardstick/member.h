// A connection of the yardstick, and what of the log it has still to get.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frames.h"

// A part of the log that a member does not get: its own posts.
struct skip {
    uint64_t from, to;
};

struct member {
    int fd;
    unsigned index;       // in the table of members
    bool admitted;        // its handshake is over
    bool lacks_users;     // it gets the `users` frame, before the log
    bool blocked;         // the socket is full; epoll says when it no longer is
    bool listed;          // among those who have something that the log does not hold
    uint32_t id;
    struct from from;
    uint64_t place;       // in the log: all before it was sent or skipped
    struct skip *skips;   // from `place` on, in order, no two touching
    unsigned skip_count, skip_capacity;
    char *own;            // frames for this member alone; they go before the log
    size_t own_size, own_capacity;
    char *input;          // the beginning of a frame, or of the request
    size_t input_size;
};

// Ends the program with a line on stderr.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Those who are connected, in any order, and how many of them are admitted.
extern struct member **members;
extern unsigned member_count, online;

void add_member(int fd);

// Takes the member out; its memory stays until `free_removed`, as an event may still name it. Tells the others.
void remove_member(struct member *member);
void free_removed(void);

// Null for a user that is not there.
struct member *member_of_id(uint64_t id);

// Reads once, and acts on every whole frame.
void read_member(struct member *member);
