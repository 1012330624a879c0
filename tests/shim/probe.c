/* A process for trying the faults on: does what its lines of input say and prints what came of each.
 *
 *   open PATH          opens or makes a file for writing
 *   reopen PATH        the same, emptied
 *   write TEXT         at its end
 *   overwrite AT TEXT
 *   truncate LENGTH
 *   sync | datasync    prints the milliseconds that it took
 *   time               prints the seconds of clock_gettime, gettimeofday and time
 *   monotonic          prints the milliseconds of the monotonic clock
 *
 * A call that fails prints "errno N".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long millis(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void say(long long result) {
    if (result < 0) printf("errno %d\n", errno);
    else printf("ok\n");
}

int main(void) {
    static char line[65536];
    int fd = -1;
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        char *word = strtok(line, " "), *first = strtok(NULL, " "), *second = strtok(NULL, " ");
        if (!word) continue;
        if (!strcmp(word, "open")) say(fd = open(first, O_CREAT | O_RDWR | O_APPEND, 0600));
        if (!strcmp(word, "reopen")) say(fd = open(first, O_CREAT | O_RDWR | O_TRUNC, 0600));
        if (!strcmp(word, "write")) say(write(fd, first, strlen(first)));
        if (!strcmp(word, "truncate")) say(ftruncate(fd, atoi(first)));
        if (!strcmp(word, "overwrite")) {
            /* Linux appends what is written at a place to a file that is open for appending. */
            fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_APPEND);
            say(pwrite(fd, second, strlen(second), atoi(first)));
            lseek(fd, 0, SEEK_END);
        }
        if (!strcmp(word, "sync") || !strcmp(word, "datasync")) {
            long long begun = millis();
            int result = word[0] == 's' ? fsync(fd) : fdatasync(fd);
            if (result < 0) say(result);
            else printf("%lld\n", millis() - begun);
        }
        if (!strcmp(word, "time")) {
            struct timespec clock;
            struct timeval day;
            clock_gettime(CLOCK_REALTIME, &clock);
            gettimeofday(&day, NULL);
            printf("%lld %lld %lld\n", (long long)clock.tv_sec, (long long)day.tv_sec, (long long)time(NULL));
        }
        if (!strcmp(word, "monotonic")) printf("%lld\n", millis());
        fflush(stdout);
    }
    return 0;
}
