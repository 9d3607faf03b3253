// Compressed messages (permessage-deflate, RFC 7692) of a server that takes over no context.
#pragma once

#include <stddef.h>

// A message as it was before it was compressed. The bytes stay until the next call.
struct message {
    const char *bytes;
    size_t size;
};

// Inflates a message. What many clients get with the same bytes is inflated once, and then found by comparing all of them.
struct message inflated(const char *compressed, size_t size);
