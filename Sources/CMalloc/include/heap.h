// glibc's heap, of which Swift's own modules say nothing; with another C library there is nothing to do.

/// Fixes from which size on blocks are mapped by themselves, so that freeing one gives it back, and how many arenas
/// there are at most. Otherwise a large block that is freed once makes all that are no larger part of the heap.
void heap_setUp(int arenas);

/// Gives every page that lies free in the heap back to the system.
void heap_giveBack(void);
