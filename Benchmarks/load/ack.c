#include "ack.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client.h"

bool is_ack(const char *payload, size_t size, struct ack *ack) {
    static const char start[] = "{\"type\":\"ack\",";
    char text[128];
    if (size < sizeof start || memcmp(payload, start, sizeof start - 1) != 0) return false;
    if (size < sizeof text) {
        memcpy(text, payload, size);
        text[size] = '\0';
        if (sscanf(text, "{\"type\":\"ack\",\"ref\":\"%" SCNu32 "\",\"content\":{\"id\":%" SCNu64 "}", &ack->sequence,
                   &ack->id) == 2) return true;
    }
    fail("not what an ack says: %.*s", (int)(size < 300 ? size : 300), payload);
}
