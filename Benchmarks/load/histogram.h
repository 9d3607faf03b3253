// Counts of nanoseconds, exact to one part in 128.
#pragma once

#include <stdint.h>

enum { histogram_parts = 128, histogram_buckets = histogram_parts * 40 };

struct histogram {
    uint64_t total, highest;
    uint64_t counts[histogram_buckets];
};

void count_value(struct histogram *histogram, uint64_t nanoseconds);

// The value that so many of a thousand do not exceed, in microseconds; 0 when nothing was counted.
double value_at(const struct histogram *histogram, unsigned permille);
