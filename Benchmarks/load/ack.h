// The answer to a message with a `ref`.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ack {
    uint32_t sequence; // its ref
    uint64_t id;       // of the post
};

// Whether a text is an ack to a post of `make_acked_sender`; anything else about an ack ends the program.
bool is_ack(const char *payload, size_t size, struct ack *ack);
