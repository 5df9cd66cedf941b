/* See secret.h. */
#include "app/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MASK STR("***")

/* --- files --- */

/* Docker, Kubernetes and systemd provide secrets as files on a dedicated read-only mount. The root mount may be
 * read-only too, but proves nothing. */
static bool is_given_to_container(int fd)
{
    struct statvfs system;
    struct statx file, root;
    bool is_known = statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &file) == 0 &&
                    statx(AT_FDCWD, "/", 0, STATX_MNT_ID, &root) == 0 && file.stx_mask & root.stx_mask & STATX_MNT_ID;
    if (fstatvfs(fd, &system) != 0 || !(system.f_flag & ST_RDONLY)) return false;
    return !is_known || file.stx_mnt_id != root.stx_mnt_id;
}

/* NULL if nobody else can access it. Pipes and terminals have no meaningful mode. */
static const char *why_open_to_others(Arena *arena, int fd, const char *path)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return NULL;
    if (!(info.st_mode & (S_IRWXO | S_IWGRP)) || is_given_to_container(fd)) return NULL;
    const char *what = info.st_mode & (S_IWGRP | S_IWOTH) ? "changed" : "read";
    return str_fmt(arena, "can be %s by others on this machine (mode %04o); `chmod 600 %s`, or 640 for a group", what,
                   (unsigned)info.st_mode & 07777, path)
        .ptr;
}

static const char *read_all(Arena *arena, int fd, const char *path, Str *out_secret)
{
    char *bytes = arena_alloc(arena, SECRET_FILE_MAX + 1);
    ssize_t len = read(fd, bytes, SECRET_FILE_MAX + 1);
    if (len < 0) return str_fmt(arena, "cannot be read: %s: %s", path, strerror(errno)).ptr;
    if (len > SECRET_FILE_MAX) return str_fmt(arena, "holds over %d bytes: %s", SECRET_FILE_MAX, path).ptr;
    if (len == 0) return str_fmt(arena, "names an empty file: %s", path).ptr;
    bytes[len] = '\0';
    *out_secret = (Str){ bytes, (size_t)len };
    return NULL;
}

bool secret_read(Arena *arena, const char *path, Str *out_secret, const char **out_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        *out_why = str_fmt(arena, "cannot be read: %s: %s", path, strerror(errno)).ptr;
        return false;
    }
    *out_why = why_open_to_others(arena, fd, path);
    if (!*out_why) *out_why = read_all(arena, fd, path, out_secret);
    close(fd);
    return !*out_why;
}

/* --- URLs --- */

/* An unencoded password may contain '/', '?' and '@', so the last '@' counts. Returns the part that may be shown. */
static const char *mask_user(StrBuf *out, const char *authority)
{
    const char *at = strrchr(authority, '@'), *colon = strchr(authority, ':');
    if (!at || !colon || colon > at) return authority;
    strbuf_add(out, (Str){ authority, (size_t)(colon + 1 - authority) });
    strbuf_add(out, MASK);
    return at;
}

/* Of libpq: password, sslpassword. */
static void mask_parameters(StrBuf *out, const char *rest)
{
    static const char key[] = "password=";
    for (const char *found; (found = strcasestr(rest, key));) {
        found += sizeof key - 1;
        strbuf_add(out, (Str){ rest, (size_t)(found - rest) });
        rest = found + strcspn(found, "& ");
        if (rest > found) strbuf_add(out, MASK);
    }
    strbuf_add(out, str_of(rest));
}

const char *secret_masked_url(Arena *arena, const char *url)
{
    const char *scheme = strstr(url, "://"), *authority = scheme ? scheme + 3 : url;
    StrBuf out;
    strbuf_init(&out, arena);
    strbuf_add(&out, (Str){ url, (size_t)(authority - url) });
    mask_parameters(&out, mask_user(&out, authority));
    return str_cstr(arena, strbuf_str(&out));
}
