#include "heap.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>

void heap_setUp(int arenas) {
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 2 << 20);
    mallopt(M_ARENA_MAX, arenas);
}

void heap_giveBack(void) { malloc_trim(0); }
#else
void heap_setUp(int arenas) { (void)arenas; }

void heap_giveBack(void) {}
#endif
