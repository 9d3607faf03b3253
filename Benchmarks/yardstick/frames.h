// The frames that the yardstick sends: the router's to the byte, so that lengths are equal, put together by copying.
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { most_text = 65536, around_text = 640, most_frame = most_text + around_text, from_size = 64 };

// The members that name a sender, written once when it comes: `"from_id":1,"from_name":"User1"`.
struct from {
    char bytes[from_size];
    size_t size, digits; // digits: of the id
};

// A text as it came, still masked (RFC 6455 section 5.3); `mask` is turned to begin at its first byte.
struct text {
    const char *bytes;
    size_t size;
    uint8_t mask[4];
};

// Reads the clock, once a tick; every frame of the tick says this time.
void set_time(void);

struct from make_from(uint32_t id);

// Each writes a frame, at most `around_text` bytes beside its text, and returns its size.
size_t write_post(char *memory, const struct from *from, struct text text, uint64_t id);
size_t write_private(char *memory, const struct from *from, struct text text, uint64_t id);
size_t write_receipt(char *memory, const struct from *to, struct text text, uint64_t id);
size_t write_welcome(char *memory, const struct from *user, unsigned online);
size_t write_join(char *memory, const struct from *user, unsigned online);
size_t write_leave(char *memory, const struct from *user, unsigned online);

// The `users` frame, in three steps; one entry takes less than 96 bytes.
enum { users_head = 10 + 26, users_entry = 96, users_tail = 64 };
char *begin_users(char *memory);
char *add_user(char *at, const struct from *user);
size_t end_users(char *memory, char *at, char **frame, unsigned online, unsigned listed);
