/* Migrates a database to this program's schema. At open, before other threads. */
#pragma once
#include "adapters/sqlite/conn.h"

/* Runs new migrations, each in its own transaction together with its row in molva_migrations.
 *   ERR_PRECONDITION  the database has one that this program does not have, or has with a different text */
MUST_CHECK Err sqlite_migrate(SqliteConn *conn, Ctx *ctx);
