#define _POSIX_C_SOURCE 200809L
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

static FILE *open_file(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail("%s: %s", path, strerror(errno));
    return file;
}

static uint64_t number_in(const char *path) {
    uint64_t value = 0;
    FILE *file = fopen(path, "r");
    if (!file) return 0; // the thread has just ended
    if (fscanf(file, "%" SCNu64, &value) != 1) value = 0;
    fclose(file);
    return value;
}

static bool is_named(const char *path, const char *name) {
    char found[32] = "";
    FILE *file = fopen(path, "r");
    if (!file) return false;
    if (!fgets(found, sizeof found, file)) found[0] = '\0';
    fclose(file);
    return strncmp(found, name, strlen(name)) == 0;
}

uint64_t cpu_of(pid_t pid) { return cpu_of_threads(pid, ""); }

uint64_t cpu_of_threads(pid_t pid, const char *name) {
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (!tasks) fail("%s: %s", path, strerror(errno));
    uint64_t total = 0;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/comm", (int)pid, task->d_name);
        if (!is_named(path, name)) continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid, task->d_name);
        total += number_in(path);
    }
    closedir(tasks);
    return total;
}

uint64_t own_cpu(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

struct memory memory_of(pid_t pid) {
    char path[64], line[256];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    FILE *file = open_file(path);
    struct memory memory = {0};
    uint64_t kibibytes;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "Rss: %" SCNu64, &kibibytes) == 1) memory.resident = kibibytes * 1024;
        if (sscanf(line, "Anonymous: %" SCNu64, &kibibytes) == 1) memory.anonymous = kibibytes * 1024;
    }
    fclose(file);
    return memory;
}

uint64_t resident_of(pid_t pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = open_file(path);
    uint64_t size, resident;
    if (fscanf(file, "%" SCNu64 " %" SCNu64, &size, &resident) != 2) fail("%s has changed its form", path);
    fclose(file);
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}
