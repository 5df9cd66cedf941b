/* What services read out of a request: whom it is for, and the ids in its fields. rule.c has checked calls from outside by then;
 * calls of other services come without. Any thread. Failures leave their story in ctx. */
#pragma once
#include "base/ctx.h"

/* The user on whose behalf a call runs: by token, or by another service that works for them. ERR_UNAUTHENTICATED when there is
 * none. */
MUST_CHECK Err request_user(Ctx *ctx, Id *out_user);

/* ERR_INVALID names the field. */
MUST_CHECK Err request_id(Ctx *ctx, const char *field, const char *text, Id *out_id);
/* As request_id(), but an empty text is ID_NONE. */
MUST_CHECK Err request_id_optional(Ctx *ctx, const char *field, const char *text, Id *out_id);
/* An id that the client made (id_is_client_made()), from the field "client_id". ERR_INVALID. */
MUST_CHECK Err request_client_id(Ctx *ctx, const char *text, Id *out_id);
/* Each once, in the order of the request, in ctx->arena. ERR_INVALID names the one that is malformed; ERR_TOO_LARGE when there are
 * more than max. */
MUST_CHECK Err request_ids(Ctx *ctx, const char *field, char *const *texts, size_t n_texts, size_t max, Id **out_ids,
                           size_t *out_n);
