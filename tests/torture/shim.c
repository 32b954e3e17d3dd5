/* Between a program and its disk: records, fails, tears or ends at chosen system calls on files below SHIM_DIR.
 *
 *   SHIM_LOG=FILE        append every change of a file: kind, path, offset, bytes (see shim.py)
 *   SHIM_KILL_AT=N       at the Nth change, write half of what was to be written and die (SIGKILL)
 *   SHIM_CLOCK=FILE      the clock of the day is so many seconds ahead as this file says
 *   SHIM_FAULTS=FILE     while this file exists, its first word decides: write, sync, full: fail with EIO, EIO, ENOSPC
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static long changes;
static int log_fd = -1;

static const char *below(int fd, char *path) {
    const char *dir = getenv("SHIM_DIR");
    char link[64];
    if (!dir) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length <= 0) return NULL;
    path[length] = 0;
    if (!strncmp(path, dir, strlen(dir) - 1) && !path[strlen(dir) - 1]) return path; /* the folder itself */
    return strncmp(path, dir, strlen(dir)) ? NULL : path;
}

static void record(char kind, const char *path, const char *other, off_t offset, const void *data, size_t length) {
    const char *name = getenv("SHIM_LOG");
    if (!name) return;
    if (log_fd < 0) log_fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    uint32_t paths[2] = {(uint32_t)strlen(path), (uint32_t)strlen(other)};
    uint64_t numbers[2] = {(uint64_t)offset, (uint64_t)(data ? length : 0)};
    __typeof__(&write) put = REAL(write);
    if (put(log_fd, &kind, 1) < 0 || put(log_fd, paths, sizeof paths) < 0 || put(log_fd, numbers, sizeof numbers) < 0 ||
        put(log_fd, path, paths[0]) < 0 || put(log_fd, other, paths[1]) < 0 || (data && put(log_fd, data, length) < 0))
        abort();
}

static int fault(const char *kind) {
    const char *name = getenv("SHIM_FAULTS");
    char word[16] = "";
    if (!name) return 0;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t length = read(fd, word, sizeof word - 1);
    close(fd);
    if (length > 0) word[length] = 0;
    if (!strcmp(kind, "write") && !strncmp(word, "full", 4)) return ENOSPC;
    return !strncmp(word, kind, strlen(kind)) ? EIO : 0;
}

static int due(void) {
    const char *at = getenv("SHIM_KILL_AT");
    return at && ++changes == atol(at);
}

static ssize_t change(int fd, const void *data, size_t length, off_t offset, int positioned) {
    char path[PATH_MAX];
    __typeof__(&pwrite) put_at = REAL(pwrite64);
    __typeof__(&write) put = REAL(write);
    if (!below(fd, path)) return positioned ? put_at(fd, data, length, offset) : put(fd, data, length);
    pthread_mutex_lock(&turn);
    int wrong = fault("write"), last = due();
    ssize_t done = -1;
    if (wrong) errno = wrong;
    else {
        size_t part = last ? length / 2 : length;
        off_t place = positioned ? offset : lseek(fd, 0, SEEK_CUR);
        done = positioned ? put_at(fd, data, part, offset) : put(fd, data, part);
        if (done > 0) record('w', path, "", place, data, (size_t)done);
    }
    if (last) kill(getpid(), SIGKILL);
    pthread_mutex_unlock(&turn);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return change(fd, data, length, offset, 1); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return change(fd, data, length, offset, 1); }
ssize_t write(int fd, const void *data, size_t length) { return change(fd, data, length, 0, 0); }

#define SYNC(name)                                              \
    int name(int fd) {                                          \
        char path[PATH_MAX];                                    \
        if (!below(fd, path)) return REAL(name)(fd);            \
        pthread_mutex_lock(&turn);                              \
        int wrong = fault("sync"), done = -1;                   \
        if (due()) kill(getpid(), SIGKILL);                     \
        if (wrong) errno = wrong;                               \
        else if (!(done = getenv("SHIM_LOG") ? 0 : REAL(name)(fd))) record('s', path, "", 0, NULL, 0); \
        pthread_mutex_unlock(&turn);                            \
        return done;                                            \
    }
SYNC(fsync)
SYNC(fdatasync)

static int cut(int fd, off_t length) {
    char path[PATH_MAX];
    if (!below(fd, path)) return REAL(ftruncate64)(fd, length);
    pthread_mutex_lock(&turn);
    int wrong = fault("write"), done = -1;
    if (due()) kill(getpid(), SIGKILL);
    if (wrong) errno = wrong;
    else if (!(done = REAL(ftruncate64)(fd, length))) record('t', path, "", length, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}
int ftruncate(int fd, off_t length) { return cut(fd, length); }
int ftruncate64(int fd, off64_t length) { return cut(fd, length); }

static void absolute(const char *name, char *path) {
    if (name[0] == '/') snprintf(path, PATH_MAX, "%s", name);
    else {
        if (!getcwd(path, PATH_MAX / 2)) path[0] = 0;
        strncat(path, "/", PATH_MAX - strlen(path) - 1);
        strncat(path, name, PATH_MAX - strlen(path) - 1);
    }
}

int unlink(const char *name) {
    char path[PATH_MAX];
    const char *dir = getenv("SHIM_DIR");
    absolute(name, path);
    pthread_mutex_lock(&turn);
    if (dir && !strncmp(path, dir, strlen(dir)) && due()) kill(getpid(), SIGKILL);
    int done = REAL(unlink)(name);
    if (!done && dir && !strncmp(path, dir, strlen(dir))) record('u', path, "", 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}

int rename(const char *from, const char *to) {
    char old[PATH_MAX], new[PATH_MAX];
    const char *dir = getenv("SHIM_DIR");
    absolute(from, old);
    absolute(to, new);
    pthread_mutex_lock(&turn);
    if (dir && !strncmp(new, dir, strlen(dir)) && due()) kill(getpid(), SIGKILL);
    int done = REAL(rename)(from, to);
    if (!done && dir && !strncmp(new, dir, strlen(dir))) record('r', old, new, 0, NULL, 0);
    pthread_mutex_unlock(&turn);
    return done;
}

static long ahead(void) {
    const char *name = getenv("SHIM_CLOCK");
    char word[32] = "";
    int fd = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return 0;
    ssize_t length = read(fd, word, sizeof word - 1);
    close(fd);
    return length > 0 ? atol(word) : 0;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    static __typeof__(&clock_gettime) real;
    if (!real) real = REAL(clock_gettime);
    int done = real(which, now);
    if (!done && which == CLOCK_REALTIME) now->tv_sec += ahead();
    return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    static __typeof__(&gettimeofday) real;
    if (!real) real = REAL(gettimeofday);
    int done = real(now, zone);
    if (!done) now->tv_sec += ahead();
    return done;
}

time_t time(time_t *kept) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (kept) *kept = now.tv_sec;
    return now.tv_sec;
}
