/* SQLite's result codes as our errors. Any thread. */
#pragma once
#include <sqlite3.h>

#include "base/ctx.h"

/* Keeps the story of a failure in ctx and returns its code. handle: the connection that failed, or NULL.
 * doing: "query append", "commit". Call before the connection is used again: SQLite keeps only its last error. */
Err sqlite_fail(Ctx *ctx, sqlite3 *handle, int rc, const char *doing);
