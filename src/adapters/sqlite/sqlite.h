/* The "sqlite" driver of ports/db.h: one file per service in the data directory, in WAL mode. One thread runs all
 * callers' writes and commits them together (group commit); reads run on the caller's thread, each on its own
 * snapshot. */
#pragma once
#include "base/ctx.h"
#include "ports/db.h"

/* Default for writes waiting for the writer thread; beyond it they are refused with ERR_UNAVAILABLE. */
#define DB_WRITES_QUEUED_MAX 4096
/* Writes that share one commit. */
#define SQLITE_BATCH_MAX            256
#define SQLITE_READ_CONNECTIONS_MAX 64

typedef struct SqliteConfig {
    /* Static text. "full": an acknowledged write survives a power cut; "normal": only a crash of ours. */
    const char *synchronous;
    unsigned read_connections;                /* at most, 1 to SQLITE_READ_CONNECTIONS_MAX; opened when needed */
    unsigned write_cache_kib, read_cache_kib; /* page cache of the writer, and of each reader */
    unsigned busy_timeout_ms;                 /* how long another program, such as a backup, may hold a lock */
    unsigned writes_queued_max;               /* that may wait for the writer thread */
    unsigned check_mib_max;                   /* files up to this size are checked completely at open */
} SqliteConfig;

#define SQLITE_CONFIG_DEFAULT                                   \
    ((SqliteConfig){ .synchronous = "full",                     \
                     .read_connections = 8,                     \
                     .write_cache_kib = 512,                    \
                     .read_cache_kib = 256,                     \
                     .busy_timeout_ms = 250,                    \
                     .writes_queued_max = DB_WRITES_QUEUED_MAX, \
                     .check_mib_max = 32 })

/* Opens `dir`/<service>.db, creates or migrates it, and starts its writer thread. schema is borrowed for good, config
 * only for the call; NULL is SQLITE_CONFIG_DEFAULT.
 *   ERR_PRECONDITION  the database was created by a newer program, or has a different history of migrations
 *   ERR_INTERNAL      the file is damaged or not a database, or a migration or a query of the schema is wrong
 *   ERR_STORAGE_FULL, ERR_UNAVAILABLE  no space, no permission, locked by another program
 * The text names the file. */
ON_WORKER MUST_CHECK Err sqlite_open(Ctx *ctx, const char *dir, const DbSchema *schema, const SqliteConfig *config,
                                     Db **out_db);
