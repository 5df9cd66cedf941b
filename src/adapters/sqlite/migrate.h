/* Brings a database to the schema of this program. At open, before other threads. */
#pragma once
#include "adapters/sqlite/conn.h"

/* Runs the migrations that the database has not seen, each in a transaction of its own with its row in molva_migrations.
 *   ERR_PRECONDITION  it has seen one that this program does not know, or knows with another text */
MUST_CHECK Err sqlite_migrate(SqliteConn *conn, Ctx *ctx);
