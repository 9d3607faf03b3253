#include "request.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

enum { header = 6, most_payload = 125 };

void send_request(struct client *client, const char *format, ...) {
    char frame[header + most_payload + 1] = {(char)0x81}; // the mask is zero, so the text goes as it is
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(frame + header, most_payload + 1, format, arguments);
    va_end(arguments);
    if (size > most_payload) fail("a request of %d bytes", size);
    frame[1] = (char)(0x80 | size);
    send_bytes(client, frame, header + (size_t)size);
    if (client->unsent_size > 0) fail("no room for a request in the socket");
}
