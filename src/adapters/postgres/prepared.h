/* The server's description of each query of a schema: the types of its parameters. The same on every connection. */
#pragma once
#include "adapters/postgres/value.h"

typedef struct PgConn PgConn;

typedef struct PreparedQuery {
    int n_params;
    Oid types[QUERY_PARAMS_MAX];
} PreparedQuery;

/* The text of a query for this engine. */
static inline const char *query_sql(const DbQuery *query)
{
    return query->sql_postgres ? query->sql_postgres : query->sql;
}

/* Makes the server prepare and describe every query. out_prepared: one per query of the schema.
 *   ERR_INTERNAL  a query is wrong, or has a type that value.h does not support */
MUST_CHECK Err prepared_read(PgConn *conn, Ctx *ctx, PreparedQuery *out_prepared);
