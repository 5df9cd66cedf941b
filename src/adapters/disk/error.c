#include "adapters/disk/error.h"

#include <errno.h>

Err disk_fail(Ctx *ctx, const char *doing, const char *path)
{
    int why = errno;
    char text[128];
    const char *said = strerror_r(why, text, sizeof text);
    bool is_full = why == ENOSPC || why == EDQUOT || why == EFBIG;
    return ctx_fail(ctx, is_full ? ERR_STORAGE_FULL : ERR_UNAVAILABLE, "%s: cannot %s: %s", path, doing, said);
}
