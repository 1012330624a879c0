/* Faults of disk and clock for one process: loaded before libc through LD_PRELOAD, steered at run time through a control
 * file that both sides hold mapped. Only files below one folder are affected, and only the wall clock.
 *
 *   LOCKSTEP_FAULTS_CONTROL  the control file: 64 numbers of 64 bits, the knobs and counters below
 *   LOCKSTEP_FAULTS_FOLDER   the folder, as an absolute path without links
 *
 * For power cuts it keeps a journal beside the control file (its name and ".undo"): before each write what the write will
 * replace, after each sync that the writes before it are durable. Who kills the process then takes back, from the end to the
 * beginning, what was never synced. As on the usual file systems names are durable, contents are not.
 *
 * The layout of the control file and of the journal is read by tests/src/chaos/shim.rs and tests/src/chaos/power.rs.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { /* knobs */
    SYNC_DELAY_MICROS = 0,
    SYNC_FAILURES_LEFT = 1, /* so many syncs fail, those after them succeed: as the kernel reports an error once */
    SYNC_ERRNO = 2,
    WRITE_ERRNO = 3,
    CLOCK_OFFSET_NANOS = 4,     /* signed */
    CLOCK_DRIFT_PPM = 5,        /* signed */
    CLOCK_DRIFT_SINCE_NANOS = 6, /* on CLOCK_MONOTONIC; 0 until the drifting clock is first read */
    TRACK = 7,
    /* counters */
    SYNCS = 32,
    SYNCS_DELAYED = 33,
    SYNCS_FAILED = 34,
    SYNCS_AFTER_A_FAILURE = 35,
    WRITES_FAILED = 36,
    WRITES_TRACKED = 37,
    CLOCK_READS_SHIFTED = 38,
    SLOTS = 64
};

enum { RECORD_WRITE = 1, RECORD_SYNCED = 2, RECORD_NEW_FILE = 3 };

struct record {
    uint32_t kind;
    uint32_t zero;
    uint64_t device, inode;
    uint64_t offset;   /* of the write; of RECORD_SYNCED: where the journal ended when the sync began */
    uint64_t length;   /* of the write */
    uint64_t size;     /* of the file before it */
    uint64_t replaced; /* so many bytes follow: what stood there */
};

static volatile int64_t *slots;
static char folder[PATH_MAX];
static size_t folder_length;
static int journal = -1;
static uint64_t journal_end;
static pthread_mutex_t journal_lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...)                                   \
    static type (*real_##name)(__VA_ARGS__);                    \
    if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

static void give_up(const char *what) {
    fprintf(stderr, "faults: %s: %s\n", what, strerror(errno));
    _exit(125);
}

static ssize_t real_write_at(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    return real_write(fd, bytes, length);
}

__attribute__((constructor)) static void begin(void) {
    REAL(int, open, const char *, int, ...);
    const char *control = getenv("LOCKSTEP_FAULTS_CONTROL"), *below = getenv("LOCKSTEP_FAULTS_FOLDER");
    if (!control || !below) return;
    int fd = real_open(control, O_RDWR | O_CLOEXEC);
    if (fd < 0) give_up(control);
    void *mapped = mmap(NULL, SLOTS * 8, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) give_up("mmap");
    close(fd);
    folder_length = strlen(below);
    if (folder_length >= sizeof folder) give_up("a long path");
    memcpy(folder, below, folder_length + 1);
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s.undo", control);
    journal = real_open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0) give_up(path);
    off_t end = lseek(journal, 0, SEEK_END);
    journal_end = end < 0 ? 0 : (uint64_t)end;
    slots = mapped;
}

static int64_t knob(int number) { return slots ? __atomic_load_n(&slots[number], __ATOMIC_RELAXED) : 0; }

static void count(int number) { __atomic_add_fetch(&slots[number], 1, __ATOMIC_RELAXED); }

static int is_below(const char *path) {
    return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

/* Whether a descriptor is a file or folder of the data. Asked anew each time: libc closes some behind our back. */
static int is_data(int fd, struct stat *status) {
    if (fstat(fd, status) != 0 || !(S_ISREG(status->st_mode) || S_ISDIR(status->st_mode))) return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_below(path);
}

/* Appends to the journal; the lock is held. */
static void note(const struct record *record, const void *replaced) {
    if (real_write_at(journal, record, sizeof *record) != sizeof *record) give_up("the journal");
    journal_end += sizeof *record;
    if (record->replaced == 0) return;
    if (real_write_at(journal, replaced, record->replaced) != (ssize_t)record->replaced) give_up("the journal");
    journal_end += record->replaced;
}

/* Notes what a write of `length` bytes at `offset` will replace; of a truncation, `length` reaches to the end. */
static void note_write(int fd, const struct stat *status, uint64_t offset, uint64_t length) {
    uint64_t size = (uint64_t)status->st_size;
    uint64_t replaced = offset < size ? (length < size - offset ? length : size - offset) : 0;
    void *bytes = NULL;
    if (replaced > 0) {
        REAL(int, open, const char *, int, ...);
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        int reader = real_open(link, O_RDONLY | O_CLOEXEC);
        bytes = malloc(replaced);
        if (reader < 0 || !bytes || pread(reader, bytes, replaced, (off_t)offset) != (ssize_t)replaced)
            give_up("reading what is replaced");
        close(reader);
    }
    struct record record = {RECORD_WRITE, 0, status->st_dev, status->st_ino, offset, length, size, replaced};
    note(&record, bytes);
    free(bytes);
    count(WRITES_TRACKED);
}

/* What happens to a write: -1 with errno set, 0 for going on as if nothing was, 1 for going on with the journal locked. */
static int meet_write(int fd, int64_t offset, uint64_t length) {
    int64_t error = knob(WRITE_ERRNO), track = knob(TRACK);
    struct stat status;
    if ((!error && !track) || !is_data(fd, &status)) return 0;
    if (error) {
        count(WRITES_FAILED);
        errno = (int)error;
        return -1;
    }
    pthread_mutex_lock(&journal_lock);
    fstat(fd, &status);
    if (offset < 0) {
        int flags = fcntl(fd, F_GETFL);
        offset = flags >= 0 && (flags & O_APPEND) ? status.st_size : lseek(fd, 0, SEEK_CUR);
    }
    note_write(fd, &status, (uint64_t)offset, length);
    return 1;
}

static uint64_t total(const struct iovec *parts, int parts_count) {
    uint64_t sum = 0;
    for (int i = 0; i < parts_count; i++) sum += parts[i].iov_len;
    return sum;
}

#define WRITING(type, offset, length, call)                     \
    int met = meet_write(fd, offset, length);                   \
    if (met < 0) return -1;                                     \
    type result = call;                                         \
    if (met) {                                                  \
        int error = errno;                                      \
        pthread_mutex_unlock(&journal_lock);                    \
        errno = error;                                          \
    }                                                           \
    return result

ssize_t write(int fd, const void *bytes, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    WRITING(ssize_t, -1, length, real_write(fd, bytes, length));
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
    WRITING(ssize_t, offset, length, real_pwrite(fd, bytes, length, offset));
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    REAL(ssize_t, pwrite64, int, const void *, size_t, off64_t);
    WRITING(ssize_t, offset, length, real_pwrite64(fd, bytes, length, offset));
}

ssize_t writev(int fd, const struct iovec *parts, int parts_count) {
    REAL(ssize_t, writev, int, const struct iovec *, int);
    WRITING(ssize_t, -1, total(parts, parts_count), real_writev(fd, parts, parts_count));
}

static uint64_t beyond(int fd, int64_t length) {
    struct stat status;
    return fstat(fd, &status) == 0 && status.st_size > length ? (uint64_t)(status.st_size - length) : 0;
}

int ftruncate(int fd, off_t length) {
    REAL(int, ftruncate, int, off_t);
    WRITING(int, length, beyond(fd, length), real_ftruncate(fd, length));
}

int ftruncate64(int fd, off64_t length) {
    REAL(int, ftruncate64, int, off64_t);
    WRITING(int, length, beyond(fd, length), real_ftruncate64(fd, length));
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    REAL(int, fallocate, int, int, off_t, off_t);
    WRITING(int, offset, 0, real_fallocate(fd, mode, offset, length));
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    REAL(int, fallocate64, int, int, off64_t, off64_t);
    WRITING(int, offset, 0, real_fallocate64(fd, mode, offset, length));
}

/* A file that is emptied loses what it held, and one that is new is none whose number the journal knows. */
static void before_open(const char *path, int flags) {
    struct stat status;
    if (!(flags & O_TRUNC) || stat(path, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return;
    REAL(int, open, const char *, int, ...);
    int fd = real_open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    note_write(fd, &status, 0, (uint64_t)status.st_size);
    close(fd);
}

static void after_open(int fd, int flags, int was_there) {
    struct stat status;
    if (fd < 0 || was_there || !(flags & O_CREAT) || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return;
    struct record record = {RECORD_NEW_FILE, 0, status.st_dev, status.st_ino, 0, 0, 0, 0};
    note(&record, NULL);
}

#define OPENING(call)                                                                \
    mode_t mode = 0;                                                                 \
    if (flags & (O_CREAT | O_TMPFILE)) {                                             \
        va_list rest;                                                                \
        va_start(rest, flags);                                                       \
        mode = va_arg(rest, mode_t);                                                 \
        va_end(rest);                                                                \
    }                                                                                \
    if (!knob(TRACK) || !(flags & (O_CREAT | O_TRUNC)) || !is_below(path)) return call; \
    pthread_mutex_lock(&journal_lock);                                               \
    int was_there = access(path, F_OK) == 0;                                         \
    before_open(path, flags);                                                        \
    int fd = call, error = errno;                                                    \
    after_open(fd, flags, was_there);                                                \
    pthread_mutex_unlock(&journal_lock);                                             \
    errno = error;                                                                   \
    return fd

int open(const char *path, int flags, ...) {
    REAL(int, open, const char *, int, ...);
    OPENING(real_open(path, flags, mode));
}

int open64(const char *path, int flags, ...) {
    REAL(int, open64, const char *, int, ...);
    OPENING(real_open64(path, flags, mode));
}

int openat(int at, const char *path, int flags, ...) {
    REAL(int, openat, int, const char *, int, ...);
    OPENING(real_openat(at, path, flags, mode));
}

int openat64(int at, const char *path, int flags, ...) {
    REAL(int, openat64, int, const char *, int, ...);
    OPENING(real_openat64(at, path, flags, mode));
}

static void wait_micros(int64_t micros) {
    struct timespec left = {micros / 1000000, micros % 1000000 * 1000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* One of the failures that are left, if there is one. */
static int take_failure(void) {
    int64_t left = knob(SYNC_FAILURES_LEFT);
    while (left > 0)
        if (__atomic_compare_exchange_n(&slots[SYNC_FAILURES_LEFT], &left, left - 1, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            return 1;
    return 0;
}

/* What happens before a sync: -1 with errno set, 0 for one of another file. */
static int meet_sync(int fd, struct stat *status, uint64_t *end) {
    if (!slots || !is_data(fd, status)) return 0;
    count(SYNCS);
    if (knob(SYNCS_FAILED)) count(SYNCS_AFTER_A_FAILURE);
    pthread_mutex_lock(&journal_lock);
    *end = journal_end;
    pthread_mutex_unlock(&journal_lock);
    int64_t delay = knob(SYNC_DELAY_MICROS);
    if (delay > 0) {
        count(SYNCS_DELAYED);
        wait_micros(delay);
    }
    if (take_failure()) {
        count(SYNCS_FAILED);
        errno = (int)knob(SYNC_ERRNO);
        return -1;
    }
    return 1;
}

static void after_sync(const struct stat *status, uint64_t end) {
    if (!knob(TRACK)) return;
    struct record record = {RECORD_SYNCED, 0, status->st_dev, status->st_ino, end, 0, 0, 0};
    pthread_mutex_lock(&journal_lock);
    note(&record, NULL);
    pthread_mutex_unlock(&journal_lock);
}

#define SYNCING(call)                                           \
    struct stat status;                                         \
    uint64_t end = 0;                                           \
    int met = meet_sync(fd, &status, &end);                     \
    if (met < 0) return -1;                                     \
    int result = call;                                          \
    if (met && result == 0) after_sync(&status, end);           \
    return result

int fsync(int fd) {
    REAL(int, fsync, int);
    SYNCING(real_fsync(fd));
}

int fdatasync(int fd) {
    REAL(int, fdatasync, int);
    SYNCING(real_fdatasync(fd));
}

/* Starts writing back and makes nothing durable: the journal hears nothing of it. */
int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags) {
    REAL(int, sync_file_range, int, off64_t, off64_t, unsigned);
    struct stat status;
    uint64_t end = 0;
    if (meet_sync(fd, &status, &end) < 0) return -1;
    return real_sync_file_range(fd, offset, length, flags);
}

static int real_clock(clockid_t clock, struct timespec *time) {
    REAL(int, clock_gettime, clockid_t, struct timespec *);
    return real_clock_gettime(clock, time);
}

/* How far the wall clock is off now, in nanoseconds. */
static int64_t shift(void) {
    int64_t offset = knob(CLOCK_OFFSET_NANOS), drift = knob(CLOCK_DRIFT_PPM);
    if (drift == 0) return offset;
    struct timespec now;
    if (real_clock(CLOCK_MONOTONIC, &now) != 0) return offset;
    int64_t nanos = now.tv_sec * 1000000000 + now.tv_nsec, begun = 0;
    if (__atomic_compare_exchange_n(&slots[CLOCK_DRIFT_SINCE_NANOS], &begun, nanos, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        return offset;
    return offset + (int64_t)((__int128)(nanos - begun) * drift / 1000000);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = real_clock(clock, time);
    if (!slots || result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
    int64_t off = shift();
    if (off == 0) return 0;
    count(CLOCK_READS_SHIFTED);
    int64_t nanos = time->tv_sec * 1000000000 + time->tv_nsec + off;
    time->tv_sec = nanos / 1000000000;
    time->tv_nsec = nanos % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    int result = clock_gettime(CLOCK_REALTIME, &now);
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return result;
}

time_t time(time_t *seconds) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (seconds) *seconds = now.tv_sec;
    return now.tv_sec;
}
