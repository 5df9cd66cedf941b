/* The "postgres" driver of ports/db.h: one PostgreSQL database per service, through a bounded pool of connections. Each
 * write is a transaction of its own; the server lets concurrent commits share flushes. docs/adr/0011-postgresql.md
 * explains isolation, retries and connections that break during a commit.
 *
 * The server loads this driver as a module, molva-postgres.so, if its settings ask for it, and looks up
 * postgres_open(). The module uses base/, runtime/ and ports/ from the program that loads it. */
#pragma once
#include "base/ctx.h"
#include "ports/db.h"

#define POSTGRES_CONNECTIONS_MAX 256
#define POSTGRES_URL_MAX         2048

typedef struct PostgresConfig {
    /* postgresql://role@host:5432/database?libpq_parameter=..., without a password; {service} is replaced by the
     * service's name. */
    const char *url;
    const char *password_file; /* read at every connect, so that it can be changed; may contain {service}; NULL: none */
    unsigned connections;      /* at most, 1 to POSTGRES_CONNECTIONS_MAX; opened when needed */
    unsigned connect_timeout_ms;
    unsigned statement_timeout_ms; /* of one statement, by the server, and less when a call's deadline is nearer;
                                      a little later we give the connection up */
    unsigned lock_timeout_ms;      /* of the wait for another transaction */
} PostgresConfig;

#define POSTGRES_CONFIG_DEFAULT \
    ((PostgresConfig){          \
        .connections = 16, .connect_timeout_ms = 5000, .statement_timeout_ms = 10000, .lock_timeout_ms = 5000 })

/* Connects, creates or migrates the tables (processes that start together take turns), and has the server check every
 * query of the schema. schema is borrowed for good, config only for the call.
 *   ERR_INVALID       the URL or the limits
 *   ERR_PRECONDITION  the database was created by a newer program, has a different history of migrations, or is not
 * UTF-8
 *   ERR_INTERNAL      a migration or a query of the schema is wrong
 *   ERR_UNAVAILABLE   no connection, or no permission
 * The text names the service, and never the password. */
__attribute__((visibility("default"))) ON_WORKER MUST_CHECK Err postgres_open(Ctx *ctx, const PostgresConfig *config,
                                                                              const DbSchema *schema, Db **out_db);
