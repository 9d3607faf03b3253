#include "sender.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { header = 6, sequence_at = sizeof "S00#" - 1 };

static const uint8_t mask[4] = {0x37, 0xfa, 0x21, 0x3d};

static size_t write_payload(char *payload, unsigned number, const struct client *receiver, size_t *text_at) {
    static const char private[] = "{\"type\":\"private_message\",\"to_id\":%" PRIu64 ",\"content\":\"";
    int size = receiver ? sprintf(payload, private, receiver->user_id)
                        : sprintf(payload, "{\"type\":\"message\",\"content\":\"");
    *text_at = (size_t)size;
    size += sprintf(payload + size, "S%02u#%08u ", number, 0);
    size_t end = *text_at + text_size;
    memset(payload + size, 'x', end - (size_t)size);
    memcpy(payload + end, "\"}", 2);
    return end + 2;
}

void make_sender(struct sender *sender, unsigned number, struct client *client, const struct client *receiver,
                 unsigned batch) {
    char payload[most_payload + 64];
    size_t text_at, size = write_payload(payload, number, receiver, &text_at);
    if (size > most_payload) fail("a text of %zu bytes: its length has to fit the second byte", size);
    *sender = (struct sender){
        .client = client, .frame_size = header + size, .digits_at = text_at + sequence_at, .batch = batch};
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

static void write_digits(struct sender *sender, char *frame) {
    for (size_t i = 0; i < sequence_digits; i++) {
        size_t at = sender->digits_at + i;
        frame[header + at] = (char)(sender->digits[i] ^ mask[at % 4]);
    }
    for (int at = sequence_digits - 1; at >= 0 && ++sender->digits[at] > '9'; at--) sender->digits[at] = '0';
}

void send_texts(struct sender *sender, uint32_t count) {
    if (sender->client->unsent_size > 0 || count == 0) return;
    if (count > sender->batch) count = sender->batch;
    for (uint32_t i = 0; i < count; i++) write_digits(sender, sender->frames + i * sender->frame_size);
    sender->sent += count;
    send_bytes(sender->client, sender->frames, count * sender->frame_size);
}
