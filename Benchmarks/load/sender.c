#include "sender.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { header = 6, sequence_at = sizeof "S00#" - 1 };

static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};
static const char ref[] = "\",\"ref\":\"";

// What a payload is to say.
struct text {
    unsigned number;
    const struct client *receiver; // NULL for a post
    bool has_ref;
};

static size_t write_payload(char *payload, struct text text, struct sender *sender) {
    static const char private[] = "{\"type\":\"private_message\",\"to_id\":%" PRIu64 ",\"content\":\"";
    size_t start = (size_t)(text.receiver ? sprintf(payload, private, text.receiver->user_id)
                                          : sprintf(payload, "{\"type\":\"message\",\"content\":\""));
    size_t size = start + (size_t)sprintf(payload + start, "S%02u#%08u ", text.number, 0), end = start + text_size;
    memset(payload + size, 'x', end - size);
    sender->digits_at = start + sequence_at;
    if (text.has_ref) {
        sender->ref_at = end + sizeof ref - 1;
        end += (size_t)sprintf(payload + end, "%s%08u", ref, 0);
    }
    memcpy(payload + end, "\"}", 2);
    return end + 2;
}

static void make(struct sender *sender, struct text text, struct client *client, unsigned batch) {
    char payload[most_payload + 64];
    *sender = (struct sender){.client = client, .batch = batch};
    size_t size = write_payload(payload, text, sender);
    if (size > most_payload) fail("a text of %zu bytes: its length has to fit the second byte", size);
    sender->frame_size = header + size;
    memset(sender->digits, '0', sequence_digits);
    sender->frames = malloc(batch * sender->frame_size);
    if (!sender->frames) fail("out of memory");
    for (unsigned i = 0; i < batch; i++) {
        char *frame = sender->frames + i * sender->frame_size;
        frame[0] = (char)0x81;
        frame[1] = (char)(0x80 | size);
        memcpy(frame + 2, mask, sizeof mask);
        for (size_t at = 0; at < size; at++) frame[header + at] = (char)(payload[at] ^ mask[at % 4]);
    }
}

void make_sender(struct sender *sender, unsigned number, struct client *client, const struct client *receiver,
                 unsigned batch) {
    make(sender, (struct text){number, receiver, false}, client, batch);
}

void make_acked_sender(struct sender *sender, unsigned number, struct client *client, unsigned batch) {
    make(sender, (struct text){number, NULL, true}, client, batch);
}

static void write_at(const struct sender *sender, char *frame, size_t place) {
    for (size_t i = 0; i < sequence_digits; i++) {
        frame[header + place + i] = (char)(sender->digits[i] ^ mask[(place + i) % 4]);
    }
}

static void write_digits(struct sender *sender, char *frame) {
    write_at(sender, frame, sender->digits_at);
    if (sender->ref_at > 0) write_at(sender, frame, sender->ref_at);
    for (int at = sequence_digits - 1; at >= 0 && ++sender->digits[at] > '9'; at--) sender->digits[at] = '0';
}

void send_texts(struct sender *sender, uint32_t count) {
    if (sender->client->unsent_size > 0 || count == 0) return;
    if (count > sender->batch) count = sender->batch;
    for (uint32_t i = 0; i < count; i++) write_digits(sender, sender->frames + i * sender->frame_size);
    sender->sent += count;
    send_bytes(sender->client, sender->frames, count * sender->frame_size);
}
