/* Driver "disk" of ports/blob.h: a file per blob, in folders by the last two bytes of its key, which are random. */
#pragma once
#include "ports/blob.h"

/* `dir` is made if it is missing; its parent must be there. What an interrupted put left behind is removed. */
ON_WORKER MUST_CHECK Err disk_blob_open(Ctx *ctx, const char *dir, Blob **out_blob);
