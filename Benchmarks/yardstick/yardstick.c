// What the kernel allows: a server that does the router's deliveries and next to nothing else. One thread, one room.
// Posts that are read in one turn of epoll go into one log, and each member gets them with one write.
//
//   yardstick [--port P] [--write-per-recipient] [--delivery-interval MICROSECONDS] [--max-behind BYTES] [--fault NAME]
//
// --write-per-recipient   one write per member for each frame, as most servers do; from the first post on
// --delivery-interval     least time from one delivery to the next
// --max-behind            who is further behind is cut; 64 MiB
// --fault                 lose, double, swap, overtake or lose-leave: one fault, for testing the load program

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "delivery.h"
#include "faults.h"
#include "member.h"

enum { backlog = 4096, events_at_once = 4096 };

static int listener;
static uint16_t port;
static int64_t interval; // nanoseconds

_Noreturn void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("yardstick: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(1);
}

static void start_listening(void) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int yes = 1;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, size) < 0) fail("bind: %s", strerror(errno));
    if (listen(listener, backlog) < 0) fail("listen: %s", strerror(errno));
    getsockname(listener, (struct sockaddr *)&address, &size);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    delivery.poller = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_ctl(delivery.poller, EPOLL_CTL_ADD, listener, &event) < 0) fail("epoll: %s", strerror(errno));
    printf("yardstick: ws://127.0.0.1:%u/\n", ntohs(address.sin_port));
    fflush(stdout);
}

static void accept_all(void) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) add_member(fd);
    if (errno != EAGAIN && errno != ECONNABORTED) fail("accept: %s", strerror(errno));
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int wait_until(int64_t due, struct epoll_event *events) {
    if (due < 0) return epoll_wait(delivery.poller, events, events_at_once, -1);
    int64_t left = due - now();
    if (left < 0) left = 0;
    struct timespec time = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
    return epoll_pwait2(delivery.poller, events, events_at_once, &time, NULL);
}

static void serve(void) {
    static struct epoll_event events[events_at_once];
    for (int64_t due = -1, last = 0;;) { // due: when what waits is delivered; below 0 when nothing does
        int count = wait_until(due, events);
        if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
        set_time();
        for (int i = 0; i < count; i++) {
            struct member *member = events[i].data.ptr;
            if (!member) {
                accept_all();
            } else {
                if (member->fd >= 0 && events[i].events & EPOLLOUT) deliver(member);
                if (member->fd >= 0 && events[i].events & ~(uint32_t)EPOLLOUT) read_member(member);
            }
        }
        if (anything_to_deliver()) {
            int64_t time = interval > 0 ? now() : 0;
            if (time >= last + interval || interval == 0) {
                deliver_all();
                last = time;
                due = -1;
            } else {
                due = last + interval;
            }
        }
        trim_log();
        free_removed();
        if (due < 0 && anything_to_deliver()) due = 0; // those who were cut have left
    }
}

static unsigned long number(const char *text, unsigned long most) {
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value > most) fail("%s is no number up to %lu", text, most);
    return value;
}

int main(int count, char **arguments) {
    static const struct option names[] = {{"port", 1, 0, 'p'}, {"write-per-recipient", 0, 0, 'w'},
        {"delivery-interval", 1, 0, 'i'}, {"max-behind", 1, 0, 'm'}, {"fault", 1, 0, 'f'}, {0}};
    for (int option; (option = getopt_long(count, arguments, "", names, NULL)) != -1;) {
        switch (option) {
        case 'p': port = (uint16_t)number(optarg, 65535); break;
        case 'w': delivery.way_of_posts = per_recipient; break;
        case 'i': interval = (int64_t)number(optarg, 1000000) * 1000; break;
        case 'm': delivery.max_behind = number(optarg, 1 << 30); break;
        case 'f': if (choose_fault(optarg)) break; // fall through
        default: fail("the options stand at the top of yardstick.c");
        }
    }
    set_time();
    start_listening();
    serve();
}
