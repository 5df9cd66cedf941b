#include "adapters/postgres/prepared.h"

#include "adapters/postgres/conn.h"
#include "adapters/postgres/error.h"

static Err plan_of(Ctx *ctx, const PGresult *described, const char *name, Plan *out_plan)
{
    int n_params = PQnparams(described);
    if (n_params > QUERY_PARAMS_MAX)
        return ctx_fail(ctx, ERR_INTERNAL, "query %s: more than %d parameters", name, QUERY_PARAMS_MAX);
    out_plan->n_params = n_params;
    for (int i = 0; i < n_params; i++) {
        out_plan->types[i] = PQparamtype(described, i);
        if (!type_is_known(out_plan->types[i]))
            return ctx_fail(ctx, ERR_INTERNAL, "query %s: $%d has type %u: cast it", name, i + 1, out_plan->types[i]);
    }
    for (int i = 0; i < PQnfields(described); i++)
        if (!type_is_known(PQftype(described, i)))
            return ctx_fail(ctx, ERR_INTERNAL, "query %s: column %d has type %u: cast it", name, i,
                            PQftype(described, i));
    return OK;
}

Err plans_read(PgConn *conn, Ctx *ctx, Plan *out_plans)
{
    for (int i = 0; i < conn->schema->n_queries; i++) {
        _cleanup_(result_clearp) PGresult *described = NULL;
        conn_add_describe(conn, SYS_COUNT_ + i);
        Err err = conn_flush(conn, ctx, &described);
        if (!err) err = plan_of(ctx, described, conn->schema->queries[i].name, &out_plans[i]);
        if (err) return err;
    }
    return OK;
}
