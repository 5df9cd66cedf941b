/* The lock is flock() on molva.lock: the kernel releases it when the process ends, so a crash leaves nothing to clean
 * up. The process id inside is for people, and lets the command line notify the server. */
#include "adapters/disk/data_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/disk/error.h"
#include "base/log.h"

#define LOCK_NAME "molva.lock"

/* Mode bits that are never intended here: if any is set, access is restricted to the owner. A group with read access is
 * a choice. */
#define OTHERS          (S_IRWXO | S_IWGRP)
#define FOR_OWNER(mode) ((mode)&07700)

struct DataDir {
    char *path;
    int lock_fd;
};

/* Like mkdir -p. */
static Err make_folders(Ctx *ctx, char *path)
{
    for (char *at = path + 1;; at++) {
        if (*at != '/' && *at != '\0') continue;
        char end = *at;
        *at = '\0';
        int rc = mkdir(path, 0700);
        if (rc != 0 && errno != EEXIST) return disk_fail(ctx, "make the folder", path);
        *at = end;
        if (!end) return OK;
    }
}

/* --- keeping others out --- */

static bool is_ours(const char *name)
{
    static const char *const endings[] = { ".db", ".db-wal", ".db-shm", ".db-journal" };
    size_t len = strlen(name);
    for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
        size_t ending = strlen(endings[i]);
        if (len > ending && strcmp(name + len - ending, endings[i]) == 0) return true;
    }
    return strcmp(name, LOCK_NAME) == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Whether the directory is ours alone: an empty one is about to be, /tmp and a home directory are not. */
static bool holds_only_ours(DIR *folder)
{
    const struct dirent *entry;
    rewinddir(folder);
    while ((entry = readdir(folder)))
        if (!is_ours(entry->d_name)) return false;
    return true;
}

/* Files keep the mode they were copied with, for example from a backup. */
static bool close_files(DIR *folder)
{
    const struct dirent *entry;
    struct stat info;
    bool closed = true;
    rewinddir(folder);
    while ((entry = readdir(folder))) {
        if (fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode)) continue;
        if (info.st_mode & OTHERS) closed &= fchmodat(dirfd(folder), entry->d_name, FOR_OWNER(info.st_mode), 0) == 0;
    }
    return closed;
}

/* Everything we create is private to our user, but the directory may already exist, created by hand or copied. The
 * databases contain password hashes and the keys that sign tokens. */
static void shut_others_out(Ctx *ctx, const char *path)
{
    struct stat info;
    char mode[8];
    DIR *folder = opendir(path);
    if (!folder) return; /* taking the lock will report why */
    bool is_open = fstat(dirfd(folder), &info) == 0 && info.st_mode & OTHERS;
    snprintf(mode, sizeof mode, "%04o", (unsigned)info.st_mode & 07777);
    bool closed = holds_only_ours(folder) && close_files(folder) &&
                  (!is_open || fchmod(dirfd(folder), FOR_OWNER(info.st_mode)) == 0);
    closedir(folder);
    if (is_open && closed) log_info(ctx, "data.closed_to_others", log_cstr("folder", path), log_cstr("mode", mode));
    if (is_open && !closed)
        log_warn(ctx, "data.open_to_others", log_cstr("folder", path), log_cstr("mode", mode),
                 log_cstr("text", "others on this machine can get in; chmod 700, or a folder for this alone"));
}

/* --- the lock --- */

/* What the holder of the lock wrote, or 0. */
static pid_t read_pid(int fd)
{
    char text[32] = "";
    ssize_t len = pread(fd, text, sizeof text - 1, 0);
    Str pid = str_trim((Str){ text, len > 0 ? (size_t)len : 0 });
    uint64_t number;
    return str_to_u64(pid, INT32_MAX, &number) ? (pid_t)number : 0;
}

static Err refuse(Ctx *ctx, int fd, const char *path)
{
    pid_t pid = read_pid(fd);
    if (!pid) return ctx_fail(ctx, ERR_PRECONDITION, "%s: already in use", path);
    return ctx_fail(ctx, ERR_PRECONDITION, "%s: already in use by pid %d", path, (int)pid);
}

static Err write_pid(Ctx *ctx, int fd, const char *lock_path)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%d\n", (int)getpid());
    errno = 0;
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)len, 0) != len || fsync(fd) != 0)
        return disk_fail(ctx, "write", lock_path);
    return OK;
}

static Err take_lock(Ctx *ctx, DataDir *dir)
{
    const char *lock_path = str_fmt(ctx->arena, "%s/" LOCK_NAME, dir->path).ptr;
    dir->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (dir->lock_fd < 0) return disk_fail(ctx, "write to the data directory", dir->path);
    if (flock(dir->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return refuse(ctx, dir->lock_fd, dir->path);
        return disk_fail(ctx, "lock", lock_path);
    }
    return write_pid(ctx, dir->lock_fd, lock_path); /* also proves that the disk accepts a write */
}

Err data_dir_open(Ctx *ctx, const char *path, DataDir **out_dir)
{
    struct stat info;
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/') len--;
    if (len == 0) return ctx_fail(ctx, ERR_INVALID, "the data directory has no name");

    DataDir *dir = calloc(1, sizeof *dir);
    if (!dir) abort();
    dir->lock_fd = -1;
    dir->path = strndup(path, len);
    if (!dir->path) abort();

    Err err = stat(dir->path, &info) == 0 ? OK : make_folders(ctx, dir->path);
    if (!err) err = take_lock(ctx, dir);
    if (!err) shut_others_out(ctx, dir->path);
    if (err) {
        data_dir_close(dir);
        return err;
    }
    *out_dir = dir;
    return OK;
}

const char *data_dir_path(const DataDir *dir)
{
    return dir->path;
}

void data_dir_close(DataDir *dir)
{
    if (!dir) return;
    if (dir->lock_fd >= 0) close(dir->lock_fd); /* releases the lock; the file stays, because removing it would race */
    free(dir->path);
    free(dir);
}

bool data_dir_signal_holder(const char *path, int signal_number)
{
    char lock_path[PATH_MAX];
    snprintf(lock_path, sizeof lock_path, "%s/" LOCK_NAME, path);
    int fd = open(lock_path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    pid_t pid = held ? read_pid(fd) : 0;
    close(fd);
    return pid > 1 && kill(pid, signal_number) == 0;
}
