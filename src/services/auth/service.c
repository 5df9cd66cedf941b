/* Opening and closing, and the signing keys and revocations that other services request. The methods of the contract
 * are grouped by topic in service_register.c, service_session.c, service_profile.c and service_account.c. */
#include "services/auth/service.h"

#include <stdlib.h>

#include "auth_queries.h"
#include "rpc/transcode.h"
#include "services/auth/people.h"
#include "services/auth/store.h"

const OutboxQueries auth_outbox_queries = OUTBOX_QUERIES(AUTH);

AuthConfig auth_config_default(void)
{
    return (AuthConfig){
        .registration = AUTH_REGISTRATION_INVITE,
        .people_listed = true,
        .throttle = true,
        .access_ttl_s = 10 * 60,
        .refresh_ttl_ms = INT64_C(60) * 24 * 3600 * 1000,
        .key_rotation_ms = INT64_C(30) * 24 * 3600 * 1000,
        .password_memory = (size_t)19 * 1024 * 1024,
        .password_passes = 2,
        .password_threads = 2,
        .password_queue_max = 32,
    };
}

static Err revoked_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    return revoked_list(tx, ctx, arg);
}

/* Loads the sessions revoked before this process started. */
ON_WORKER static Err recall_revoked(AuthService *svc, Ctx *ctx)
{
    RevokedList revoked;
    Err err = db_read(svc->db, ctx, revoked_in_tx, &revoked);
    if (err) return err;
    for (size_t i = 0; i < revoked.count; i++)
        identity_revoke(svc->identity, revoked.rows[i].session, revoked.rows[i].until_ms);
    return OK;
}

ON_WORKER static Err parts_open(AuthService *svc, Ctx *ctx)
{
    svc->throttle = throttle_new(svc->db, svc->config.throttle);
    svc->passwords = passwords_new(&svc->config);
    if (!svc->passwords) return ctx_fail(ctx, ERR_UNAVAILABLE, "no memory for one password hash");
    Err err = signing_keys_open(ctx, svc->db, svc->identity, &svc->config, &svc->keys);
    if (!err) err = recall_revoked(svc, ctx);
    if (!err) err = people_fold(svc, ctx);
    return err ? err : accounts_tell_closed(svc, ctx);
}

Err auth_open(Ctx *ctx, Db *db, Outbox *outbox, Cache *cache, Identity *identity, const AuthConfig *config,
              AuthService **out_service)
{
    AuthService *svc = calloc(1, sizeof *svc);
    if (!svc) abort();
    *svc = (AuthService){ .db = db, .outbox = outbox, .cache = cache, .identity = identity, .config = *config };
    Err err = parts_open(svc, ctx);
    if (err) {
        auth_close(svc);
        return err;
    }
    *out_service = svc;
    return OK;
}

void auth_close(AuthService *svc)
{
    if (!svc) return;
    passwords_free(svc->passwords);
    signing_keys_close(svc->keys);
    throttle_free(svc->throttle);
    free(svc);
}

Err auth_get_jwks(AuthService *svc, Ctx *ctx, const GetJwksRequest *request, GetJwksResponse *out_response)
{
    signing_keys_list(svc->keys, ctx, out_response);
    return OK;
}

Err auth_list_revoked_sessions(AuthService *svc, Ctx *ctx, const ListRevokedSessionsRequest *request,
                               ListRevokedSessionsResponse *out_response)
{
    RevokedList revoked;
    Err err = db_read(svc->db, ctx, revoked_in_tx, &revoked);
    if (err) return err;
    out_response->sessions = arena_new_array(ctx->arena, RevokedSession *, revoked.count);
    for (size_t i = 0; i < revoked.count; i++) {
        RevokedSession *view = arena_new_of(ctx->arena, RevokedSession);
        revoked_session__init(view);
        view->session_id = id_text(ctx->arena, revoked.rows[i].session);
        view->until = timestamp_new(ctx->arena, revoked.rows[i].until_ms);
        out_response->sessions[out_response->n_sessions++] = view;
    }
    return OK;
}
