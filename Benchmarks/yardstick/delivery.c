#define _GNU_SOURCE
#include "delivery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum { most_pieces = 64, listed_users = 1000, kept_capacity = 65536 };

struct delivery_options delivery = {.max_behind = 64 << 20};

static char *log_bytes;
static size_t log_size, log_capacity;
static uint64_t log_start;         // the place of the first byte held
static uint64_t delivered;         // up to where the log has been offered to everybody
static struct member **listed;     // who has frames of its own to get
static unsigned listed_count, listed_capacity;
static char *users_frame;          // of this tick, shared by all who come in it
static size_t users_size;
static bool users_written;
static unsigned blocked_count;

static void *grown(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (!memory) fail("out of memory");
    return memory;
}

uint64_t log_end(void) { return log_start + log_size; }

char *log_memory(size_t most) {
    if (log_size + most > log_capacity) log_bytes = grown(log_bytes, log_capacity = (log_size + most) * 2);
    return log_bytes + log_size;
}

void log_append(size_t size, struct member *author) {
    uint64_t start = log_end();
    log_size += size;
    if (author && author->admitted) skip(author, start, log_end());
    if (delivery.way == per_recipient) deliver_all();
}

void skip(struct member *member, uint64_t from, uint64_t to) {
    if (member->place == from) {
        member->place = to;
        return;
    }
    struct skip *last = member->skip_count > 0 ? &member->skips[member->skip_count - 1] : NULL;
    if (last && last->to == from) {
        last->to = to;
        return;
    }
    if (member->skip_count == member->skip_capacity) {
        member->skip_capacity = member->skip_capacity * 2 + 4;
        member->skips = grown(member->skips, member->skip_capacity * sizeof *member->skips);
    }
    member->skips[member->skip_count++] = (struct skip){from, to};
}

char *own_memory(struct member *member, size_t most) {
    if (member->own_size + most > member->own_capacity) {
        member->own = grown(member->own, member->own_capacity = member->own_size * 2 + most);
    }
    return member->own + member->own_size;
}

void own_append(struct member *member, size_t size) {
    member->own_size += size;
    if (!member->listed) {
        if (listed_count == listed_capacity) {
            listed = grown(listed, (listed_capacity = listed_capacity * 2 + 64) * sizeof *listed);
        }
        listed[listed_count++] = member;
        member->listed = true;
    }
    if (delivery.way == per_recipient) deliver_all();
}

// The frame is the same for all who come in one tick.
static void write_users(void) {
    static char *memory;
    static size_t capacity;
    size_t needed = users_head + users_tail + listed_users * users_entry;
    if (capacity < needed) memory = grown(memory, capacity = needed);
    char *at = begin_users(memory);
    for (unsigned i = 0, count = 0; i < member_count && count < listed_users; i++) {
        if (!members[i]->admitted) continue;
        at = add_user(at, &members[i]->from);
        count++;
    }
    users_size = end_users(memory, at, &users_frame, online, listed_users);
    users_written = true;
}

static size_t frame_size_at(uint64_t place) {
    const uint8_t *head = (const uint8_t *)log_bytes + (place - log_start);
    return head[1] < 126 ? head[1] + 2u : ((size_t)head[2] << 8 | head[3]) + 4;
}

// Lists what the member lacks; returns how many pieces and, in `size`, how many bytes.
static int gather(struct member *member, struct iovec *pieces, size_t *size) {
    int count = 0;
    *size = 0;
    if (member->own_size > 0) pieces[count++] = (struct iovec){member->own, *size = member->own_size};
    if (member->lacks_users) {
        if (!users_written) write_users();
        pieces[count++] = (struct iovec){users_frame, users_size};
        *size += users_size;
    }
    if (delivery.way == per_recipient && count > 0) return count;
    uint64_t place = member->place;
    for (unsigned i = 0; i <= member->skip_count && count < most_pieces; i++) {
        uint64_t end = i < member->skip_count ? member->skips[i].from : log_end();
        if (delivery.way == per_recipient && end > place) end = place + frame_size_at(place);
        if (end > place) {
            pieces[count++] = (struct iovec){log_bytes + (place - log_start), end - place};
            *size += end - place;
            if (delivery.way == per_recipient) break;
        }
        if (i < member->skip_count) place = member->skips[i].to;
    }
    return count;
}

static void advance_own(struct member *member, size_t *sent) {
    size_t taken = *sent < member->own_size ? *sent : member->own_size;
    member->own_size -= taken;
    *sent -= taken;
    if (member->own_size > 0) {
        memmove(member->own, member->own + taken, member->own_size);
    } else if (member->own_capacity > kept_capacity) {
        free(member->own);
        member->own = NULL;
        member->own_capacity = 0;
    }
}

// The rest of a shared frame that was cut becomes the member's own: the next tick's frame is another one.
static void advance_users(struct member *member, size_t *sent) {
    size_t taken = *sent < users_size ? *sent : users_size, rest = users_size - taken;
    member->lacks_users = false;
    *sent -= taken;
    if (rest > 0) {
        memcpy(own_memory(member, rest), users_frame + taken, rest);
        member->own_size += rest;
    }
}

// The rest of a frame that was cut becomes the member's own too: what is its own goes first, and not into a frame.
// Walks from where a frame begins; the place may be within one.
static void finish_frame(struct member *member, uint64_t beginning) {
    while (beginning < member->place) beginning += frame_size_at(beginning);
    size_t rest = beginning - member->place;
    if (rest == 0) return;
    memcpy(own_memory(member, rest), log_bytes + (member->place - log_start), rest);
    member->own_size += rest;
    member->place += rest;
}

static void advance(struct member *member, size_t sent, bool is_all) {
    if (member->own_size > 0) advance_own(member, &sent);
    if (member->own_size > 0) return;
    if (member->lacks_users) advance_users(member, &sent);
    unsigned passed = 0;
    for (; passed < member->skip_count; passed++) {
        uint64_t gap = member->skips[passed].from - member->place;
        if (sent < gap) break;
        sent -= gap;
        member->place = member->skips[passed].to;
    }
    uint64_t beginning = member->place;
    member->place += sent;
    if (!is_all) finish_frame(member, beginning);
    member->skip_count -= passed;
    if (passed > 0 && member->skip_count > 0) {
        memmove(member->skips, member->skips + passed, member->skip_count * sizeof *member->skips);
    }
}

static void watch(struct member *member, bool blocked) {
    if (member->blocked == blocked) return;
    member->blocked = blocked;
    blocked_count += blocked ? 1 : -1u;
    struct epoll_event event = {.events = blocked ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = member};
    if (epoll_ctl(delivery.poller, EPOLL_CTL_MOD, member->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}

void deliver(struct member *member) {
    struct iovec pieces[most_pieces];
    for (size_t size;;) {
        int count = gather(member, pieces, &size);
        if (count == 0) return watch(member, false);
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t sent = count == 1 ? send(member->fd, pieces[0].iov_base, size, MSG_NOSIGNAL | MSG_DONTWAIT)
                                  : sendmsg(member->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        // Any other error is met again, and dealt with, by the next read.
        if (sent > 0) advance(member, (size_t)sent, sent == (ssize_t)size);
        if (sent < (ssize_t)size) {
            if (member->lacks_users) advance_users(member, &(size_t){0});
            return watch(member, true);
        }
        if (member->place == log_end() && member->own_size == 0) return watch(member, false);
    }
}

bool anything_to_deliver(void) { return listed_count > 0 || delivered < log_end(); }

void deliver_all(void) {
    for (unsigned i = 0; i < listed_count; i++) {
        listed[i]->listed = false;
        if (!listed[i]->blocked) deliver(listed[i]);
    }
    listed_count = 0;
    if (delivered < log_end()) {
        for (unsigned i = 0; i < member_count; i++) {
            if (members[i]->admitted && !members[i]->blocked) deliver(members[i]);
        }
    }
    delivered = log_end();
    users_written = false;
}

static void cut_laggards(void) {
    uint64_t least = log_end() - delivery.max_behind, oldest = log_end();
    for (unsigned i = member_count; i-- > 0;) {
        if (!members[i]->admitted || members[i]->place >= oldest) continue;
        if (members[i]->place < least) remove_member(members[i]);
        else oldest = members[i]->place;
    }
    log_size -= oldest - log_start;
    memmove(log_bytes, log_bytes + (oldest - log_start), log_size);
    log_start = oldest;
}

void trim_log(void) {
    if (delivered < log_end()) return;
    if (blocked_count == 0) {
        log_start = log_end();
        log_size = 0;
    } else if (log_size > 2 * delivery.max_behind) {
        cut_laggards();
    }
}

void forget_delivery(struct member *member) {
    if (member->blocked) blocked_count--;
    for (unsigned i = 0; member->listed && i < listed_count; i++) {
        if (listed[i] == member) {
            listed[i--] = listed[--listed_count];
            member->listed = false;
        }
    }
    free(member->skips);
    free(member->own);
}
