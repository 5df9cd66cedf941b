/* Driver "disk" of ports/blob.h: a file per blob, in folders by the last two bytes of its key, which are random. */
#pragma once
#include "ports/blob.h"

/* `dir` is created if missing; its parent must exist. Removes leftovers of interrupted puts. */
ON_WORKER MUST_CHECK Err disk_blob_open(Ctx *ctx, const char *dir, Blob **out_blob);
