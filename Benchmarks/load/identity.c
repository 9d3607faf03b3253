#include "identity.h"

#include <stdlib.h>

#include "options.h"

enum { most_remembered = 1 << 16 };

// The id under which the first to get a message saw it.
struct slot {
    uint32_t sequence;
    uint64_t id;
};

static struct slot *slots[most_senders];

void remember_ids(unsigned senders) {
    for (unsigned i = 0; i < senders; i++) {
        slots[i] = calloc(most_remembered, sizeof *slots[i]);
        if (!slots[i]) fail("out of memory");
    }
}

void check_id(struct post post) {
    struct slot *slot = &slots[post.sender][post.sequence % most_remembered];
    if (slot->id == 0 || slot->sequence < post.sequence) *slot = (struct slot){post.sequence, post.id};
    if (slot->sequence == post.sequence && slot->id != post.id) {
        fail("message %u of sender %u has two ids", post.sequence, post.sender);
    }
}
