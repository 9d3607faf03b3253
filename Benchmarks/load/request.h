// A client's message that is no post.
#pragma once

#include "client.h"

// Sends one JSON object, at most 125 bytes of it.
void send_request(struct client *client, const char *format, ...) __attribute__((format(printf, 2, 3)));
