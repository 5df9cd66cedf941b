/* errno as our errors. */
#pragma once
#include "base/ctx.h"

/* Records a failed system call and returns its code; reads errno. doing: "open", "sync". */
Err disk_fail(Ctx *ctx, const char *doing, const char *path);
