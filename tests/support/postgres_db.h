/* A separate database on the PostgreSQL server of the test run (tests/support/postgres.py), for one test program. */
#pragma once
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapters/postgres/postgres.h"
#include "support/test.h"

/* Runs SQL and returns the first value of its result, or "". Fails the program if the server refuses it. */
static inline void postgres_test_sql(const char *url, const char *sql, char out_value[64])
{
    PGconn *handle = PQconnectdb(url);
    PGresult *result = PQexec(handle, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fprintf(stderr, "%s\n%s\n", sql, PQerrorMessage(handle));
        exit(1);
    }
    if (out_value) snprintf(out_value, 64, "%s", PQntuples(result) ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    PQfinish(handle);
}

/* The URL of this program's database, which is created at the first call and emptied by each. */
static inline const char *postgres_test_url(void)
{
    static char url[256];
    char sql[128];
    const char *server = getenv("MOLVA_TEST_POSTGRES");
    if (!server) {
        fprintf(stderr, "MOLVA_TEST_POSTGRES is not set: tests/support/postgres.py run COMMAND\n");
        exit(1);
    }
    if (!url[0]) {
        int base = (int)(strrchr(server, '/') - server);
        snprintf(sql, sizeof sql, "CREATE DATABASE test_%d TEMPLATE template0", (int)getpid());
        postgres_test_sql(server, sql, NULL);
        snprintf(url, sizeof url, "%.*s/test_%d", base, server, (int)getpid());
    }
    postgres_test_sql(url, "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public", NULL);
    return url;
}

static inline Err postgres_test_open(Ctx *ctx, const char *url, const DbSchema *schema, unsigned connections,
                                     Db **out_db)
{
    PostgresConfig config = POSTGRES_CONFIG_DEFAULT;
    config.url = url;
    config.connections = connections;
    return postgres_open(ctx, &config, schema, out_db);
}
