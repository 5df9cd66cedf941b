/* Maps errors of the server and libpq to ours. */
#pragma once
#include <libpq-fe.h>

#include "base/ctx.h"

#define SQLSTATE_LENGTH 5

/* Records a failed result. doing: "query append". */
MUST_CHECK Err postgres_fail(Ctx *ctx, const PGresult *result, const char *service, const char *doing);
/* The same for a connection that could not be opened, or broke. */
MUST_CHECK Err postgres_broken(Ctx *ctx, const PGconn *handle, const char *service, const char *doing);

/* The five characters, "" when there are none. */
const char *sqlstate_of(const PGresult *result);
/* The transaction lost a race and may succeed when repeated. */
bool sqlstate_is_lost_race(const char *sqlstate);
