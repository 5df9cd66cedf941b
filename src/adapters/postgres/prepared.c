#include "adapters/postgres/prepared.h"

#include "adapters/postgres/conn.h"
#include "adapters/postgres/error.h"

static Err describe_one(Ctx *ctx, const PGresult *described, const char *name, PreparedQuery *out_prepared)
{
    int n_params = PQnparams(described);
    if (n_params > QUERY_PARAMS_MAX)
        return ctx_fail(ctx, ERR_INTERNAL, "query %s: more than %d parameters", name, QUERY_PARAMS_MAX);
    out_prepared->n_params = n_params;
    for (int i = 0; i < n_params; i++) {
        out_prepared->types[i] = PQparamtype(described, i);
        if (!type_is_known(out_prepared->types[i]))
            return ctx_fail(ctx, ERR_INTERNAL, "query %s: $%d has type %u: cast it", name, i + 1,
                            out_prepared->types[i]);
    }
    for (int i = 0; i < PQnfields(described); i++)
        if (!type_is_known(PQftype(described, i)))
            return ctx_fail(ctx, ERR_INTERNAL, "query %s: column %d has type %u: cast it", name, i,
                            PQftype(described, i));
    return OK;
}

Err prepared_read(PgConn *conn, Ctx *ctx, PreparedQuery *out_prepared)
{
    for (int i = 0; i < conn->schema->n_queries; i++) {
        _cleanup_(result_clearp) PGresult *described = NULL;
        conn_add_describe(conn, SYS_COUNT_ + i);
        Err err = conn_flush(conn, ctx, &described);
        if (!err) err = describe_one(ctx, described, conn->schema->queries[i].name, &out_prepared[i]);
        if (err) return err;
    }
    return OK;
}
