/* The list of the people of a server. */
#pragma once
#include "services/auth/service.h"

/* Refolds the names of accounts that an older version has folded, or not folded: search and the list of people depend
 * on it. Called while the service opens, by several processes at once; cheap if there are none. Continues where an
 * earlier start stopped. On a full disk the rest is left to a later start, and those accounts keep their old words. */
ON_WORKER MUST_CHECK Err people_fold(AuthService *svc, Ctx *ctx);
