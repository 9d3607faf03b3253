#define _GNU_SOURCE
#include "incoming.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "inflated.h"

enum { places = 4 }; // where texts have stood in the latest posts

// The answer to the key of RFC 6455 section 1.3.
static const char accepted[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
static const char marker[] = "\"content\":\"S"; // a text is S, two digits of the sender, #, the sequence, and filling

// From the text's end to the digits of the id.
enum { from_text_to_id = sizeof "\",\"timestamp\":1234567890,\"id\":" - 1 };

static const char public[] = "{\"type\":\"message\"", private[] = "{\"type\":\"private_message";
static const char joined[] = "{\"type\":\"join\"", left[] = "{\"type\":\"leave\"";

// No context is taken over: each message can be inflated by itself.
static const char agreed[] = "permessage-deflate; server_no_context_takeover";

unsigned texts_taken, compressed_taken;

size_t take_answer(struct client *client, const char *bytes, size_t size) {
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end) return 0;
    size_t header = (size_t)(end + 4 - bytes);
    if (strncmp(bytes, "HTTP/1.1 101 ", 13) != 0 || !memmem(bytes, header, accepted, sizeof accepted - 1)) {
        fail("no upgrade: %.*s", (int)header, bytes);
    }
    if (client_options.compressed && !memmem(bytes, header, agreed, sizeof agreed - 1)) {
        fail("no compression: %.*s", (int)header, bytes);
    }
    client->upgraded = true;
    return header;
}

static void answer_ping(struct client *client, const char *data, size_t size) {
    char pong[131] = {(char)0x8A, (char)(0x80 | size)}; // the mask is zero, so the data goes as it is
    memcpy(pong + 6, data, size);
    if (client->unsent_size > 0) return; // in the middle of a frame; the next ping is answered
    if (send(client->fd, pong, size + 6, MSG_NOSIGNAL) < 0) fail("pong: %s", strerror(errno));
}

// How much of a payload an error message shows.
static int shown(size_t size) { return size < 300 ? (int)size : 300; }

static void count_up(struct progress *progress) {
    progress->got++;
    for (int at = sequence_digits - 1; at >= 0 && ++progress->next[at] > '9'; at--) progress->next[at] = '0';
}

static bool begins(const char *payload, size_t size, const char *beginning, size_t length) {
    return size >= length && memcmp(payload, beginning, length) == 0;
}

// Not one of the posts that a history holds.
static bool is_post(const char *payload, size_t size) {
    return begins(payload, size, public, sizeof public - 1) || begins(payload, size, private, sizeof private - 1);
}

// Finds the text in a post. It stands where it stood in one of the latest, mostly: the kinds of posts are few.
static const char *text_of_post(const char *payload, size_t size) {
    static size_t known[places];
    static unsigned next;
    enum { rest = text_size + from_text_to_id };
    for (unsigned i = 0; i < places; i++) {
        const char *at = payload + known[i];
        if (known[i] + sizeof marker + rest <= size && memcmp(at, marker, sizeof marker - 1) == 0) {
            return at + sizeof marker - 1;
        }
    }
    const char *found = memmem(payload, size, marker, sizeof marker - 1);
    if (!found || found + sizeof marker + rest > payload + size) return NULL;
    known[next++ % places] = (size_t)(found - payload);
    return found + sizeof marker - 1;
}

// The number in front of a comma or the end of the object.
static uint64_t number_at(const char *digits) {
    uint64_t value = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++) value = value * 10 + (uint64_t)(*digits - '0');
    return value;
}

static void take_post(struct client *client, const char *text, const char *payload, size_t size) {
    struct post post = {.sender = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0')};
    if (post.sender >= client_options.senders) fail("a post of no sender: %.*s", shown(size), payload);
    struct progress *progress = &client->progress[post.sender];
    if (memcmp(text + 3, progress->next, sequence_digits) != 0) {
        fail("lost, doubled or out of order: wanted %.8s of sender %u, got %.*s", progress->next, post.sender,
             shown(size), payload);
    }
    post.id = number_at(text - 1 + text_size + from_text_to_id);
    if (post.id <= client->last_post) {
        fail("out of order: %" PRIu64 " came before %.*s", client->last_post, shown(size), payload);
    }
    client->last_post = post.id;
    post.sequence = progress->got;
    count_up(progress);
    client_options.on_post(client, post);
}

// `welcome` names the user and what resumes the session; `resumed` does so, too.
static void take_identity(struct client *client, const char *payload, size_t size) {
    static const char id[] = "\"user_id\":", token[] = "\"resume\":\"";
    const char *user_id = memmem(payload, size, id, sizeof id - 1);
    if (!user_id) fail("no welcome: %.*s", shown(size), payload);
    client->user_id = number_at(user_id + sizeof id - 1);
    const char *found = memmem(payload, size, token, sizeof token - 1);
    if (found && found + sizeof token + token_size < payload + size) {
        memcpy(client->token, found + sizeof token - 1, token_size);
    }
}

static void take_text(struct client *client, const char *payload, size_t size) {
    client->texts++;
    texts_taken++;
    const char *text = is_post(payload, size) ? text_of_post(payload, size) : NULL;
    if (text) return take_post(client, text, payload, size);
    if (memmem(payload, size < 40 ? size : 40, "\"error\"", 7)) fail("got %.*s", shown(size), payload);
    if (client->texts == 1) take_identity(client, payload, size);
    if (begins(payload, size, joined, sizeof joined - 1)) client->joins++;
    if (begins(payload, size, left, sizeof left - 1)) client->leaves++;
    if (client_options.on_text) client_options.on_text(client, payload, size);
}

static void take_compressed(struct client *client, const char *payload, size_t size) {
    if (!client_options.compressed) fail("a compressed frame that nobody asked for");
    struct message message = inflated(payload, size);
    compressed_taken++;
    take_text(client, message.bytes, message.size);
}

size_t take_frame(struct client *client, const char *bytes, size_t size) {
    const uint8_t *head = (const uint8_t *)bytes;
    if (size < 2) return 0;
    size_t header = 2, length = head[1];
    if (length == 126) {
        if (size < 4) return 0;
        header = 4, length = (size_t)head[2] << 8 | head[3];
    } else if (length == 127) {
        if (size < 10) return 0;
        header = 10, length = (size_t)head[6] << 24 | (size_t)head[7] << 16 | (size_t)head[8] << 8 | head[9];
    }
    if (size < header + length) return 0;
    switch (head[0]) {
    case 0x81: take_text(client, bytes + header, length); break;
    case 0xC1: take_compressed(client, bytes + header, length); break;
    case 0x89: answer_ping(client, bytes + header, length); break;
    case 0x88: fail("closed by the server with %u", length < 2 ? 1005 : head[header] << 8 | head[header + 1]);
    default: fail("a frame that begins with %02x %02x", head[0], head[1]);
    }
    return header + length;
}
