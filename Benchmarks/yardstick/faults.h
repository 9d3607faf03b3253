// Faults that the load program has to find; none unless asked for.
#pragma once

#include "member.h"

// Sets the fault by its name; false for a name that there is not.
bool choose_fault(const char *name);

// Called after each post, which begins at `start` in the log.
void plant_fault(struct member *author, uint64_t start);

// Whether this is the one leave that nobody is told of.
bool leave_is_lost(void);
