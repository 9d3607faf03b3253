// What /proc tells about the server under load.
#pragma once

#include <stdint.h>
#include <sys/types.h>

struct memory {
    uint64_t resident;  // bytes, shared pages counted whole
    uint64_t anonymous; // bytes of private anonymous memory: heap, stacks
};

// Nanoseconds that all threads of the process have run.
uint64_t cpu_of(pid_t pid);

// The same of the threads whose names begin so.
uint64_t cpu_of_threads(pid_t pid, const char *name);

// Nanoseconds that this program has run.
uint64_t own_cpu(void);

struct memory memory_of(pid_t pid);

// Resident bytes alone, at little cost to the process.
uint64_t resident_of(pid_t pid);
