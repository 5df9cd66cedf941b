#include "adapters/sqlite/error.h"

#include <errno.h>
#include <stdlib.h>

static bool is_no_space(int system_errno)
{
    return system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG;
}

/* SQLite reports only ENOSPC, and after a statement errno has been overwritten. The errno of the last failed write is
 * stored with the file written: the database or its log. */
static bool write_had_no_space(sqlite3 *handle)
{
    int last_errno = 0;
    sqlite3_file *log = NULL;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_LAST_ERRNO, &last_errno);
    if (is_no_space(last_errno)) return true;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (log && log->pMethods) log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &last_errno);
    return is_no_space(last_errno);
}

static Err err_of_io(sqlite3 *handle, int rc)
{
    /* The index of the log (the -shm file) could not grow; nobody keeps errno for it. */
    if (rc == SQLITE_IOERR_SHMSIZE) return ERR_STORAGE_FULL;
    if (rc == SQLITE_IOERR_WRITE && handle && write_had_no_space(handle)) return ERR_STORAGE_FULL;
    return ERR_UNAVAILABLE;
}

static Err err_of_constraint(int rc)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID: return ERR_CONFLICT;
    default: return ERR_INTERNAL; /* a constraint that the service should respect: not null, check, foreign key */
    }
}

static Err err_of(sqlite3 *handle, int rc)
{
    switch (rc & 0xff) {
    case SQLITE_CONSTRAINT: return err_of_constraint(rc);
    case SQLITE_FULL: return ERR_STORAGE_FULL;
    case SQLITE_IOERR: return err_of_io(handle, rc);
    case SQLITE_CANTOPEN:
        return handle && is_no_space(sqlite3_system_errno(handle)) ? ERR_STORAGE_FULL : ERR_UNAVAILABLE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
    case SQLITE_PERM:
    case SQLITE_READONLY: return ERR_UNAVAILABLE;
    case SQLITE_NOMEM: abort();
    default: return ERR_INTERNAL; /* SQLITE_CORRUPT and SQLITE_NOTADB among them */
    }
}

static const char *file_of(sqlite3 *handle)
{
    const char *path = handle ? sqlite3_db_filename(handle, "main") : NULL;
    return path && *path ? path : "database";
}

Err sqlite_fail(Ctx *ctx, sqlite3 *handle, int rc, const char *doing)
{
    Err err = err_of(handle, rc);
    /* These two reach the caller, so they reveal nothing about tables and files. */
    if (err == ERR_CONFLICT) return ctx_fail(ctx, err, "it exists already");
    if (err == ERR_STORAGE_FULL) return ctx_fail(ctx, err, "the disk is full; nothing was stored");
    const char *text =
        handle && (sqlite3_errcode(handle) & 0xff) == (rc & 0xff) ? sqlite3_errmsg(handle) : sqlite3_errstr(rc);
    return ctx_fail(ctx, err, "%s: %s: %s (SQLite code %d)", file_of(handle), doing, text, rc);
}
