/* A put writes a file under tmp/, syncs it, and renames it with link(), which refuses an existing name; then it syncs
 * the directory. After a crash there is either the complete blob or a stray file under tmp/, which the next open
 * removes. */
#include "adapters/disk/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/disk/error.h"

typedef struct DiskBlob {
    Blob base;
    char *dir;
} DiskBlob;

static void closep(int *fd)
{
    if (*fd >= 0) close(*fd);
}

static void closedirp(DIR **dir)
{
    if (*dir) closedir(*dir);
}

static const char *dir_of(Blob *blob)
{
    return CONTAINER_OF(blob, DiskBlob, base)->dir;
}

/* Where the blob of this key lies: <dir>/fe/dc/<uuid>. */
typedef struct BlobPath {
    const char *outer, *inner, *file;
} BlobPath;

static BlobPath path_of(Blob *blob, Ctx *ctx, Id key)
{
    BlobPath path;
    path.outer = str_fmt(ctx->arena, "%s/%02x", dir_of(blob), key.bytes[15]).ptr;
    path.inner = str_fmt(ctx->arena, "%s/%02x", path.outer, key.bytes[14]).ptr;
    path.file = str_fmt(ctx->arena, "%s/%s", path.inner, id_text(ctx->arena, key)).ptr;
    return path;
}

static Err sync_folder(Ctx *ctx, const char *path)
{
    _cleanup_(closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) return disk_fail(ctx, "sync the folder", path);
    return OK;
}

static Err make_folder(Ctx *ctx, const char *path)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST) return OK;
    return disk_fail(ctx, "make the folder", path);
}

static Err write_all(Ctx *ctx, int fd, const char *path, Str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return disk_fail(ctx, "write", path);
        bytes.ptr += n;
        bytes.len -= (size_t)n;
    }
    return OK;
}

static Err write_file(Ctx *ctx, const char *path, Str bytes)
{
    _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return disk_fail(ctx, "make", path);
    Err err = write_all(ctx, fd, path, bytes);
    if (!err && fsync(fd) != 0) err = disk_fail(ctx, "sync", path);
    return err;
}

/* Syncs the parent directories too: a concurrent put may have created them without having synced them yet. */
static Err sync_folders(Blob *blob, Ctx *ctx, const BlobPath *path)
{
    Err err = sync_folder(ctx, path->inner);
    if (!err) err = sync_folder(ctx, path->outer);
    if (!err) err = sync_folder(ctx, dir_of(blob));
    return err;
}

/* Gives the written file its name. */
static Err publish_file(Blob *blob, Ctx *ctx, const char *temp, const BlobPath *path)
{
    Err err = make_folder(ctx, path->outer);
    if (!err) err = make_folder(ctx, path->inner);
    if (err) return err;
    if (link(temp, path->file) != 0) {
        if (errno == EEXIST) return ctx_fail(ctx, ERR_CONFLICT, "it exists already");
        return disk_fail(ctx, "name", path->file);
    }
    err = sync_folders(blob, ctx, path);
    if (err) unlink(path->file);
    return err;
}

static Err disk_put(Blob *blob, Ctx *ctx, Id key, Str bytes)
{
    BlobPath path = path_of(blob, ctx, key);
    /* A fresh id: two puts of one key must not share the file. */
    const char *temp = str_fmt(ctx->arena, "%s/tmp/%s", dir_of(blob), id_text(ctx->arena, id_new(ctx->now_ms))).ptr;
    Err err = write_file(ctx, temp, bytes);
    if (!err) err = publish_file(blob, ctx, temp, &path);
    unlink(temp);
    return err;
}

static Err disk_get(Blob *blob, Ctx *ctx, Id key, uint64_t offset, size_t max, Str *out_bytes)
{
    struct stat info;
    BlobPath path = path_of(blob, ctx, key);
    _cleanup_(closep) int fd = open(path.file, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) return ctx_fail(ctx, ERR_NOT_FOUND, "no such file");
    if (fd < 0 || fstat(fd, &info) != 0) return disk_fail(ctx, "read", path.file);

    uint64_t size = (uint64_t)info.st_size;
    size_t len = offset >= size ? 0 : size - offset < max ? (size_t)(size - offset) : max;
    char *bytes = arena_alloc_raw(ctx->arena, len + 1);
    size_t got = 0;
    while (got < len) {
        ssize_t n = pread(fd, bytes + got, len - got, (off_t)(offset + got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return disk_fail(ctx, "read", path.file);
        if (n == 0) return ctx_fail(ctx, ERR_INTERNAL, "%s: shorter than it was", path.file);
        got += (size_t)n;
    }
    *out_bytes = (Str){ bytes, len };
    return OK;
}

static Err disk_del(Blob *blob, Ctx *ctx, Id key)
{
    BlobPath path = path_of(blob, ctx, key);
    if (unlink(path.file) == 0) return sync_folder(ctx, path.inner);
    return errno == ENOENT ? OK : disk_fail(ctx, "remove", path.file);
}

static void disk_free(Blob *blob)
{
    DiskBlob *self = CONTAINER_OF(blob, DiskBlob, base);
    free(self->dir);
    free(self);
}

static const BlobOps disk_ops = {
    .driver = "disk",
    .put = disk_put,
    .get = disk_get,
    .del = disk_del,
    .free = disk_free,
};

static Err empty_folder(Ctx *ctx, const char *path)
{
    _cleanup_(closedirp) DIR *dir = opendir(path);
    if (!dir) return disk_fail(ctx, "open", path);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.') continue;
        if (unlinkat(dirfd(dir), entry->d_name, 0) != 0) return disk_fail(ctx, "remove a stray file of", path);
    }
    return OK;
}

static Err prepare(Ctx *ctx, const char *dir)
{
    const char *temp = str_fmt(ctx->arena, "%s/tmp", dir).ptr;
    Err err = make_folder(ctx, dir);
    if (!err) err = make_folder(ctx, temp);
    if (!err) err = empty_folder(ctx, temp);
    if (!err) err = sync_folder(ctx, str_fmt(ctx->arena, "%s/..", dir).ptr);
    return err;
}

Err disk_blob_open(Ctx *ctx, const char *dir, Blob **out_blob)
{
    Err err = prepare(ctx, dir);
    if (err) return err;
    DiskBlob *self = calloc(1, sizeof *self);
    if (!self) abort();
    self->base.ops = &disk_ops;
    self->dir = strdup(dir);
    if (!self->dir) abort();
    *out_blob = &self->base;
    return OK;
}
