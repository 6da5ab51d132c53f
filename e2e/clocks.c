/* Preloaded, moves the wall clock of a program: by as many seconds as the file of its name in the
   folder CLOCKS says, at any moment. Clocks that only measure stay as they are. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

typedef int clock_reader(clockid_t, struct timespec *);

static const int64_t on_time = 0;
static const volatile int64_t *ahead = &on_time;
static clock_reader *truth;

__attribute__((constructor)) static void begin(void)
{
    const char *folder = getenv("CLOCKS");
    char path[4096];
    truth = (clock_reader *)dlsym(RTLD_NEXT, "clock_gettime");
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s", folder, program_invocation_short_name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file == -1)
        return;
    void *shared = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    if (shared != MAP_FAILED)
        ahead = shared;
    close(file);
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    if (truth == NULL)
        begin();
    int failed = truth(which, now);
    if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
        now->tv_sec += *ahead;
    return failed;
}

int gettimeofday(struct timeval *now, void *zone)
{
    (void)zone;
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *also)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (also != NULL)
        *also = exact.tv_sec;
    return exact.tv_sec;
}
