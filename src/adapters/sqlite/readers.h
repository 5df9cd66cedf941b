/* Connections for reading, opened on demand and then kept. Any thread may take one. */
#pragma once
#include "adapters/sqlite/conn.h"

typedef struct Readers Readers;

/* path is copied, config kept by value; both schema and db are borrowed. */
Readers *readers_new(Db *db, const char *path, const DbSchema *schema, const SqliteConfig *config);
/* All connections must have been returned. Accepts NULL. */
void readers_free(Readers *readers);

/* db_read(): runs fn on the calling thread over one snapshot. Waits for a connection when all are in use, until
 * ctx->deadline_ms. */
ON_WORKER MUST_CHECK Err readers_run(Readers *readers, Ctx *ctx, DbFn fn, void *arg);
