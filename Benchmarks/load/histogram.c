#include "histogram.h"

// Below 128 each value has a bucket; above, each power of two has 128 of them.
static unsigned bucket_of(uint64_t value) {
    unsigned shift = value < histogram_parts ? 0 : 63 - 7 - (unsigned)__builtin_clzll(value);
    unsigned bucket = histogram_parts * shift + (unsigned)(value >> shift);
    return bucket < histogram_buckets ? bucket : histogram_buckets - 1;
}

static double middle_of(unsigned bucket) {
    unsigned shift = bucket < 2 * histogram_parts ? 0 : bucket / histogram_parts - 1;
    uint64_t lowest = (uint64_t)(bucket - histogram_parts * shift) << shift;
    return (double)lowest + (double)(((uint64_t)1 << shift) - 1) / 2;
}

void count_value(struct histogram *histogram, uint64_t nanoseconds) {
    histogram->counts[bucket_of(nanoseconds)]++;
    histogram->total++;
    if (nanoseconds > histogram->highest) histogram->highest = nanoseconds;
}

double value_at(const struct histogram *histogram, unsigned permille) {
    uint64_t wanted = (histogram->total * permille + 999) / 1000, seen = 0;
    for (unsigned bucket = 0; bucket < histogram_buckets; bucket++) {
        seen += histogram->counts[bucket];
        if (seen >= wanted && seen > 0) return middle_of(bucket) / 1e3;
    }
    return 0;
}
