/* Makes a flush take as long as on a disk in a cloud: preloaded into the server of case G, and into nothing else. A
   flush that is done before FLUSH_MICROS have passed waits until they have. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static long floor_micros;

__attribute__((constructor)) static void setup(void) {
    const char *micros = getenv("FLUSH_MICROS");
    floor_micros = micros ? atol(micros) : 0;
    /* Else a sleep may be 50 microseconds longer than it was asked to be. Children inherit it. */
    prctl(PR_SET_TIMERSLACK, 1);
}

static int flush(int (*real)(int), int descriptor) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += floor_micros * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    int result = real(descriptor);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) != 0) {
    }
    return result;
}

int fdatasync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    return flush(real, descriptor);
}

int fsync(int descriptor) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    return flush(real, descriptor);
}
