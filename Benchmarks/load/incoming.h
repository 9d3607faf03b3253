// What a server sends: its answer to the handshake, then frames, of which posts are checked.
#pragma once

#include "client.h"

// Text frames that all clients have got.
extern unsigned texts_taken;
// How many of them came compressed.
extern unsigned compressed_taken;

// Takes the answer to the handshake from the front; returns its size, or 0 when it has not all come.
size_t take_answer(struct client *client, const char *bytes, size_t size);

// Takes one frame (RFC 6455 section 5.2) from the front; returns its whole size, or 0 when it has not all come.
size_t take_frame(struct client *client, const char *bytes, size_t size);
