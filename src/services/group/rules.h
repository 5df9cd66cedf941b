/* Validation of requests: titles, descriptions, users, the allowance for adding people. Pure: no I/O, no clock. Any
 * thread. On failure the text is in ctx. */
#pragma once
#include "api_types.h"
#include "base/ctx.h"

/* The rule of all shown texts (base/shown_text.h), 1 to TITLE_MAX characters. ERR_INVALID with the reason. */
MUST_CHECK Err group_title_check(Ctx *ctx, const char *text, Str *out_title);
/* The same with lines, up to DESCRIPTION_MAX characters; may be empty. */
MUST_CHECK Err group_description_check(Ctx *ctx, const char *text, Str *out_description);
/* Accepts roles that a member can be given: ERR_INVALID. */
MUST_CHECK Err group_role_check(Ctx *ctx, MemberRole role);

/* The ids sorted, without duplicates and `self`, in ctx->arena. ERR_INVALID if one is malformed, ERR_TOO_LARGE if there
 * are more than max. */
MUST_CHECK Err group_ids_check(Ctx *ctx, const char *field, char *const *texts, size_t n_texts, size_t max, Id self,
                               Id **out_ids, size_t *out_n);

/* Distinguishes creations with the same client_id (FNV-1a, 64 bit; draft-eastlake-fnv). It needs no secrecy: a
 * collision only harms the client that constructs it. */
int64_t group_request_hash(Str title, Str description, const Id *members, size_t n_members);

/* Takes n people, or everything if the allowance is smaller, from an allowance of per_hour people that refills within
 * an hour (the generic cell rate algorithm, ITU-T I.371: *used_until_ms is when it will be full). False, and nothing is
 * taken, if there is too little: *out_wait_ms is the time until there is enough. */
bool group_allowance_take(int64_t *used_until_ms, int64_t now_ms, uint32_t n, uint32_t per_hour, uint32_t *out_wait_ms);
