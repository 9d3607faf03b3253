#include "faults.h"

#include <string.h>

#include "delivery.h"

enum { at_post = 500, at_leave = 20 };

// lose: one member does not get a post. double: everybody gets it twice. swap: two posts of a sender change places.
// overtake: one member gets a post before one of another sender that everybody else gets first.
// lose-leave: nobody is told that somebody has left.
static enum { no_fault, lose, twice, swap, overtake, lose_leave } fault;

bool choose_fault(const char *name) {
    static const char *const names[] = {"none", "lose", "double", "swap", "overtake", "lose-leave"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            fault = i;
            return true;
        }
    }
    return false;
}

static struct member *somebody_else(struct member *author) {
    for (unsigned i = member_count; i-- > 0;) {
        if (members[i] != author && members[i]->admitted) return members[i];
    }
    return author;
}

void plant_fault(struct member *author, uint64_t start) {
    static unsigned posts;
    static struct member *last_author;
    static uint64_t last_start;
    if (fault == no_fault) return;
    size_t size = log_end() - start;
    char *frame = log_memory(most_frame) - size;
    struct member *victim = somebody_else(author);
    bool follows = log_end() > size && last_start + size >= start && victim->place <= last_start;
    if (++posts < at_post) {
        // not yet
    } else if (fault == lose) {
        skip(victim, start, log_end());
        fault = no_fault;
    } else if (fault == twice) {
        memcpy(frame + size, frame, size);
        log_append(size, author);
        fault = no_fault;
    } else if (fault == swap && follows && last_author == author && start - last_start == size) {
        char held[most_frame];
        memcpy(held, frame, size);
        memcpy(frame, frame - size, size);
        memcpy(frame - size, held, size);
        fault = no_fault;
    } else if (fault == overtake && follows && last_author != author) {
        memcpy(own_memory(victim, size), frame, size);
        skip(victim, start, log_end());
        own_append(victim, size);
        fault = no_fault;
    }
    last_author = author;
    last_start = start;
}

bool leave_is_lost(void) {
    static unsigned leaves;
    return fault == lose_leave && ++leaves == at_leave;
}
