/* Maps SQLite's result codes to ours. Any thread. */
#pragma once
#include <sqlite3.h>

#include "base/ctx.h"

/* Records a failure in ctx and returns its code. handle: the failed connection, or NULL. doing: "query append",
 * "commit". Call it before the connection is used again, because SQLite keeps only its last error. */
Err sqlite_fail(Ctx *ctx, sqlite3 *handle, int rc, const char *doing);
