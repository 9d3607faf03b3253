/// How often memory has been allocated since the process began, in all of it.
unsigned long allocation_count(void);
