/* Makes `kill -9` behave like a power cut for SQLite's files. Loaded with LD_PRELOAD.
 *
 * What the process writes into *.db, *.db-wal and *.db-journal stays in its own memory until fsync() or fdatasync() on
 * that file; reads and sizes see it, the file does not. A killed process therefore leaves exactly what it had synced,
 * whereas the page cache of a running kernel would have kept everything and hidden a missing sync.
 *
 *   POWERCUT_LEAK_PERCENT  0 to 100, default 0: so many of the written blocks reach the file at once and out of order,
 *                          as a kernel that writes back on its own would do it
 *   POWERCUT_SEED          chooses which
 *
 * Limits: files appear, vanish and are renamed at once, as if every folder were synced. A process that exits in good
 * order loses nothing. The WAL index (*.db-shm) is left alone: SQLite builds it anew after a crash.
 * Any thread. One overlay per inode, shared by all descriptors of the file. */
/* open() and open64() are defined here by their own names: no redirection from one to the other, no inline wrappers. */
#undef _FILE_OFFSET_BITS
#undef _FORTIFY_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) == 8 && sizeof(struct stat) == sizeof(struct stat64), "one layout for both families");

enum { BLOCK = 4096, FDS = 65536 };

/* One file as this process sees it, where that differs from the disk. */
typedef struct Overlay {
    struct Overlay *next; /* registry_lock */
    dev_t dev;            /* fixed after open */
    ino_t ino;            /* fixed after open */
    int fd;               /* our own; held until the file is gone, since closing it would drop SQLite's locks */
    int users;            /* registry_lock; descriptors of the process */
    bool gone;            /* registry_lock; unlinked */
    pthread_mutex_t lock;
    off_t size;       /* lock; as the process sees it */
    off_t kept;       /* lock; so much of the file on disk still counts; behind it an unsynced truncation hides it */
    uint8_t **blocks; /* lock; those that differ from the disk, by number; NULL: as on disk */
    size_t n_blocks;  /* lock */
    uint64_t random;  /* lock */
} Overlay;

static struct {
    int (*open)(const char *, int, ...);
    int (*openat)(int, const char *, int, ...);
    int (*close)(int);
    int (*dup)(int);
    int (*dup2)(int, int);
    int (*fcntl)(int, int, ...);
    ssize_t (*read)(int, void *, size_t);
    ssize_t (*write)(int, const void *, size_t);
    ssize_t (*pread)(int, void *, size_t, off_t);
    ssize_t (*pwrite)(int, const void *, size_t, off_t);
    int (*ftruncate)(int, off_t);
    int (*fstat)(int, struct stat *);
    int (*stat)(const char *, struct stat *);
    int (*fsync)(int);
    int (*fdatasync)(int);
    int (*unlink)(const char *);
    int (*rename)(const char *, const char *);
    void *(*mmap)(void *, size_t, int, int, int, off_t);
} real;

static atomic_bool is_ready;
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;
static Overlay *registry;
static _Atomic(Overlay *) by_fd[FDS];
static unsigned leak_percent;
static uint64_t seed = 1;

static void *next_symbol(const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    if (!symbol) abort();
    return symbol;
}

static void find_real(void)
{
#define FIND(name, symbol) real.name = next_symbol(symbol)
    FIND(open, "open64");
    FIND(openat, "openat64");
    FIND(close, "close");
    FIND(dup, "dup");
    FIND(dup2, "dup2");
    FIND(fcntl, "fcntl64");
    FIND(read, "read");
    FIND(write, "write");
    FIND(pread, "pread64");
    FIND(pwrite, "pwrite64");
    FIND(ftruncate, "ftruncate64");
    FIND(fstat, "fstat64");
    FIND(stat, "stat64");
    FIND(fsync, "fsync");
    FIND(fdatasync, "fdatasync");
    FIND(unlink, "unlink");
    FIND(rename, "rename");
    FIND(mmap, "mmap64");
#undef FIND
    const char *percent = getenv("POWERCUT_LEAK_PERCENT"), *number = getenv("POWERCUT_SEED");
    if (percent) leak_percent = (unsigned)strtoul(percent, NULL, 10);
    if (number) seed = strtoull(number, NULL, 10) | 1;
}

/* Other libraries may call us from their constructors, so every entry asks for this first. Not pthread_once(): a sanitizer
 * intercepts that and is one of those who call early. Done twice by a race, it does the same. */
static void ready(void)
{
    if (atomic_load(&is_ready)) return;
    find_real();
    atomic_store(&is_ready, true);
}

static void *must(void *memory)
{
    if (!memory) abort();
    return memory;
}

/* ---- the overlay; all of it under its lock ---- */

static ssize_t disk_read(Overlay *o, uint8_t *to, size_t len, off_t at)
{
    size_t got = 0;
    if (at < o->kept) {
        size_t want = (off_t)len < o->kept - at ? len : (size_t)(o->kept - at);
        while (got < want) {
            ssize_t n = real.pread(o->fd, to + got, want - got, at + (off_t)got);
            if (n < 0) return -1;
            if (n == 0) break;
            got += (size_t)n;
        }
    }
    memset(to + got, 0, len - got);
    return 0;
}

static int disk_write_block(Overlay *o, size_t number)
{
    off_t at = (off_t)number * BLOCK;
    size_t len = at + BLOCK <= o->size ? BLOCK : (size_t)(o->size - at);
    for (size_t sent = 0; sent < len;) {
        ssize_t n = real.pwrite(o->fd, o->blocks[number] + sent, len - sent, at + (off_t)sent);
        if (n < 0) return -1;
        sent += (size_t)n;
    }
    return 0;
}

/* The block as the process sees it, private from now on. NULL when the disk cannot be read. */
static uint8_t *block_get(Overlay *o, size_t number)
{
    if (number >= o->n_blocks) {
        size_t n = number + 1 > 2 * o->n_blocks ? number + 1 : 2 * o->n_blocks;
        o->blocks = must(realloc(o->blocks, n * sizeof *o->blocks));
        memset(o->blocks + o->n_blocks, 0, (n - o->n_blocks) * sizeof *o->blocks);
        o->n_blocks = n;
    }
    if (o->blocks[number]) return o->blocks[number];
    uint8_t *block = must(malloc(BLOCK));
    if (disk_read(o, block, BLOCK, (off_t)number * BLOCK) < 0) {
        free(block);
        return NULL;
    }
    return o->blocks[number] = block;
}

static bool leaks(Overlay *o)
{
    if (!leak_percent) return false;
    o->random ^= o->random << 13; /* xorshift64 (Marsaglia) */
    o->random ^= o->random >> 7;
    o->random ^= o->random << 17;
    return o->random % 100 < leak_percent;
}

static ssize_t overlay_write(Overlay *o, const uint8_t *from, size_t len, off_t at)
{
    size_t done = 0;
    while (done < len) {
        size_t number = (size_t)(at + (off_t)done) / BLOCK, start = (size_t)(at + (off_t)done) % BLOCK;
        size_t part = len - done < BLOCK - start ? len - done : BLOCK - start;
        uint8_t *block = block_get(o, number);
        if (!block) return -1;
        memcpy(block + start, from + done, part);
        done += part;
        if (at + (off_t)done > o->size) o->size = at + (off_t)done;
        if (leaks(o) && disk_write_block(o, number) < 0) return -1;
    }
    return (ssize_t)len;
}

static ssize_t overlay_read(Overlay *o, uint8_t *to, size_t len, off_t at)
{
    if (at >= o->size) return 0;
    if ((off_t)len > o->size - at) len = (size_t)(o->size - at);
    for (size_t done = 0; done < len;) {
        size_t number = (size_t)(at + (off_t)done) / BLOCK, start = (size_t)(at + (off_t)done) % BLOCK;
        size_t part = len - done < BLOCK - start ? len - done : BLOCK - start;
        const uint8_t *block = number < o->n_blocks ? o->blocks[number] : NULL;
        if (block)
            memcpy(to + done, block + start, part);
        else if (disk_read(o, to + done, part, at + (off_t)done) < 0)
            return -1;
        done += part;
    }
    return (ssize_t)len;
}

static void overlay_forget_blocks(Overlay *o, size_t from)
{
    for (size_t i = from; i < o->n_blocks; i++) {
        free(o->blocks[i]);
        o->blocks[i] = NULL;
    }
}

static void overlay_truncate(Overlay *o, off_t size)
{
    if (size < o->size) {
        size_t number = (size_t)size / BLOCK, start = (size_t)size % BLOCK;
        overlay_forget_blocks(o, number + (start != 0));
        if (start && number < o->n_blocks && o->blocks[number]) memset(o->blocks[number] + start, 0, BLOCK - start);
        if (size < o->kept) o->kept = size;
    }
    o->size = size;
}

/* From here on the disk has all of it. The kernel's own sync is left out: it outlives the process anyway. */
static int overlay_sync(Overlay *o)
{
    struct stat disk;
    if (real.fstat(o->fd, &disk) < 0) return -1;
    if (disk.st_size > o->kept && real.ftruncate(o->fd, o->kept) < 0) return -1;
    for (size_t i = 0; i < o->n_blocks; i++)
        if (o->blocks[i] && disk_write_block(o, i) < 0) return -1;
    if (real.ftruncate(o->fd, o->size) < 0) return -1;
    overlay_forget_blocks(o, 0);
    o->kept = o->size;
    return 0;
}

/* ---- which descriptors have one ---- */

static bool is_ours(const char *path)
{
    static const char *const endings[] = { ".db", ".db-wal", ".db-journal" };
    size_t len = strlen(path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t n = strlen(endings[i]);
        if (len > n && memcmp(path + len - n, endings[i], n) == 0) return true;
    }
    return false;
}

static Overlay *overlay_of(int fd)
{
    return fd >= 0 && fd < FDS ? atomic_load(&by_fd[fd]) : NULL;
}

static Overlay *registry_find(const struct stat *file)
{
    for (Overlay *o = registry; o; o = o->next)
        if (!o->gone && o->ino == file->st_ino && o->dev == file->st_dev) return o;
    return NULL;
}

static Overlay *overlay_new(int fd, const struct stat *file)
{
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    Overlay *o = must(calloc(1, sizeof *o));
    o->fd = real.open(path, O_RDWR | O_CLOEXEC);
    if (o->fd < 0) o->fd = real.open(path, O_RDONLY | O_CLOEXEC);
    if (o->fd < 0) abort();
    *o = (Overlay){ .next = registry,
                    .dev = file->st_dev,
                    .ino = file->st_ino,
                    .fd = o->fd,
                    .size = file->st_size,
                    .kept = file->st_size,
                    .random = seed * 0x9e3779b97f4a7c15u | 1 };
    pthread_mutex_init(&o->lock, NULL);
    return registry = o;
}

/* Frees the overlay of a file that is unlinked and closed. Under registry_lock. */
static void overlay_drop_if_unused(Overlay *o)
{
    if (!o->gone || o->users > 0) return;
    Overlay **link = &registry;
    while (*link != o) link = &(*link)->next;
    *link = o->next;
    overlay_forget_blocks(o, 0);
    free(o->blocks);
    pthread_mutex_destroy(&o->lock);
    real.close(o->fd);
    free(o);
}

static int opened(int fd, const char *path, int flags)
{
    struct stat file;
    if (fd < 0 || !is_ours(path) || real.fstat(fd, &file) < 0 || !S_ISREG(file.st_mode)) return fd;
    if (fd >= FDS) abort();
    pthread_mutex_lock(&registry_lock);
    Overlay *o = registry_find(&file);
    if (!o) o = overlay_new(fd, &file);
    o->users++;
    atomic_store(&by_fd[fd], o);
    pthread_mutex_unlock(&registry_lock);
    if (flags & O_TRUNC) {
        pthread_mutex_lock(&o->lock);
        overlay_truncate(o, 0);
        pthread_mutex_unlock(&o->lock);
    }
    return fd;
}

static void share(int from, int to)
{
    Overlay *o = overlay_of(from);
    if (!o) return;
    if (to >= FDS) abort();
    pthread_mutex_lock(&registry_lock);
    o->users++;
    atomic_store(&by_fd[to], o);
    pthread_mutex_unlock(&registry_lock);
}

static void closing(int fd)
{
    if (!overlay_of(fd)) return;
    pthread_mutex_lock(&registry_lock);
    Overlay *o = atomic_exchange(&by_fd[fd], NULL);
    if (o) {
        o->users--;
        overlay_drop_if_unused(o);
    }
    pthread_mutex_unlock(&registry_lock);
}

/* The path no longer names this file: its inode number may come back for another one. */
static void unlinked(const struct stat *file)
{
    if (file->st_nlink != 1) return;
    pthread_mutex_lock(&registry_lock);
    Overlay *o = registry_find(file);
    if (o) {
        o->gone = true;
        overlay_drop_if_unused(o);
    }
    pthread_mutex_unlock(&registry_lock);
}

__attribute__((destructor)) static void exit_in_good_order(void)
{
    ready();
    pthread_mutex_lock(&registry_lock);
    for (Overlay *o = registry; o; o = o->next) {
        pthread_mutex_lock(&o->lock);
        if (!o->gone && overlay_sync(o) < 0) abort();
        pthread_mutex_unlock(&o->lock);
    }
    pthread_mutex_unlock(&registry_lock);
}

/* ---- what the process calls ---- */

#define MODE_OF(flags)                       \
    mode_t mode = 0;                         \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list args;                        \
        va_start(args, flags);               \
        mode = va_arg(args, mode_t);         \
        va_end(args);                        \
    }

#define EXPORT __attribute__((visibility("default")))

EXPORT int open64(const char *path, int flags, ...)
{
    ready();
    MODE_OF(flags)
    return opened(real.open(path, flags, mode), path, flags);
}

EXPORT int open(const char *path, int flags, ...)
{
    ready();
    MODE_OF(flags)
    return opened(real.open(path, flags, mode), path, flags);
}

EXPORT int openat64(int folder, const char *path, int flags, ...)
{
    ready();
    MODE_OF(flags)
    return opened(real.openat(folder, path, flags, mode), path, flags);
}

EXPORT int openat(int folder, const char *path, int flags, ...)
{
    ready();
    MODE_OF(flags)
    return opened(real.openat(folder, path, flags, mode), path, flags);
}

EXPORT int close(int fd)
{
    ready();
    closing(fd);
    return real.close(fd);
}

EXPORT int dup(int fd)
{
    ready();
    int copy = real.dup(fd);
    if (copy >= 0) share(fd, copy);
    return copy;
}

EXPORT int dup2(int fd, int copy)
{
    ready();
    if (fd != copy) closing(copy);
    int result = real.dup2(fd, copy);
    if (result >= 0 && fd != copy) share(fd, copy);
    return result;
}

/* Its third argument, where there is one, is an int or a pointer: both travel in one register. */
EXPORT int fcntl64(int fd, int command, ...)
{
    ready();
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    int result = real.fcntl(fd, command, argument);
    if (result >= 0 && (command == F_DUPFD || command == F_DUPFD_CLOEXEC)) share(fd, result);
    return result;
}

EXPORT int fcntl(int fd, int command, ...)
{
    va_list args;
    va_start(args, command);
    void *argument = va_arg(args, void *);
    va_end(args);
    return fcntl64(fd, command, argument);
}

EXPORT ssize_t pread64(int fd, void *to, size_t len, off_t at)
{
    ready();
    Overlay *o = overlay_of(fd);
    if (!o) return real.pread(fd, to, len, at);
    pthread_mutex_lock(&o->lock);
    ssize_t n = overlay_read(o, to, len, at);
    pthread_mutex_unlock(&o->lock);
    return n;
}

EXPORT ssize_t pwrite64(int fd, const void *from, size_t len, off_t at)
{
    ready();
    Overlay *o = overlay_of(fd);
    if (!o) return real.pwrite(fd, from, len, at);
    pthread_mutex_lock(&o->lock);
    ssize_t n = overlay_write(o, from, len, at);
    pthread_mutex_unlock(&o->lock);
    return n;
}

EXPORT ssize_t pread(int fd, void *to, size_t len, off_t at)
{
    return pread64(fd, to, len, at);
}

EXPORT ssize_t pwrite(int fd, const void *from, size_t len, off_t at)
{
    return pwrite64(fd, from, len, at);
}

EXPORT ssize_t read(int fd, void *to, size_t len)
{
    ready();
    if (!overlay_of(fd)) return real.read(fd, to, len);
    ssize_t n = pread64(fd, to, len, lseek(fd, 0, SEEK_CUR));
    if (n > 0) lseek(fd, n, SEEK_CUR);
    return n;
}

EXPORT ssize_t write(int fd, const void *from, size_t len)
{
    ready();
    if (!overlay_of(fd)) return real.write(fd, from, len);
    ssize_t n = pwrite64(fd, from, len, lseek(fd, 0, SEEK_CUR));
    if (n > 0) lseek(fd, n, SEEK_CUR);
    return n;
}

EXPORT int ftruncate64(int fd, off_t size)
{
    ready();
    Overlay *o = overlay_of(fd);
    if (!o) return real.ftruncate(fd, size);
    pthread_mutex_lock(&o->lock);
    overlay_truncate(o, size);
    pthread_mutex_unlock(&o->lock);
    return 0;
}

EXPORT int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

static void size_as_seen(Overlay *o, struct stat *out_file)
{
    pthread_mutex_lock(&o->lock);
    out_file->st_size = o->size;
    pthread_mutex_unlock(&o->lock);
}

EXPORT int fstat(int fd, struct stat *out_file)
{
    ready();
    int result = real.fstat(fd, out_file);
    Overlay *o = overlay_of(fd);
    if (result == 0 && o) size_as_seen(o, out_file);
    return result;
}

EXPORT int fstat64(int fd, struct stat64 *out_file)
{
    return fstat(fd, (struct stat *)out_file);
}

EXPORT int stat(const char *path, struct stat *out_file)
{
    ready();
    int result = real.stat(path, out_file);
    if (result < 0 || !is_ours(path)) return result;
    pthread_mutex_lock(&registry_lock);
    Overlay *o = registry_find(out_file);
    if (o) size_as_seen(o, out_file);
    pthread_mutex_unlock(&registry_lock);
    return 0;
}

EXPORT int stat64(const char *path, struct stat64 *out_file)
{
    return stat(path, (struct stat *)out_file);
}

EXPORT int fsync(int fd)
{
    ready();
    Overlay *o = overlay_of(fd);
    if (!o) return real.fsync(fd);
    pthread_mutex_lock(&o->lock);
    int result = overlay_sync(o);
    pthread_mutex_unlock(&o->lock);
    return result;
}

EXPORT int fdatasync(int fd)
{
    ready();
    return overlay_of(fd) ? fsync(fd) : real.fdatasync(fd);
}

EXPORT int unlink(const char *path)
{
    ready();
    struct stat file;
    bool ours = is_ours(path) && real.stat(path, &file) == 0;
    int result = real.unlink(path);
    if (result == 0 && ours) unlinked(&file);
    return result;
}

EXPORT int rename(const char *from, const char *to)
{
    ready();
    struct stat replaced;
    bool ours = is_ours(to) && real.stat(to, &replaced) == 0;
    int result = real.rename(from, to);
    if (result == 0 && ours) unlinked(&replaced);
    return result;
}

/* A mapping would see the disk and not the overlay. SQLite reads instead when it is refused one. */
EXPORT void *mmap64(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    ready();
    if (!overlay_of(fd) || (flags & MAP_ANONYMOUS)) return real.mmap(at, len, protection, flags, fd, offset);
    errno = EACCES;
    return MAP_FAILED;
}

EXPORT void *mmap(void *at, size_t len, int protection, int flags, int fd, off_t offset)
{
    return mmap64(at, len, protection, flags, fd, offset);
}
