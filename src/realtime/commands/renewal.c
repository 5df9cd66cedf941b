/* Verified on a worker, taken over on the loop. See renewal.h. */
#include "realtime/commands/renewal.h"

#include "realtime/upstream/edge.h"
#include "rpc/rfc3339.h"
#include "rpc/transcode.h"

/* Lives in the arena of its ctx. */
typedef struct Renewal {
    Client *client; /* touched on its loop only */
    Hub *hub;
    Realtime *realtime;
    Ctx *ctx;
    uint32_t id;
    Str token;
    Err err;
    Actor actor;
    int64_t expires_ms;
} Renewal;

static void answer(Client *client, const Renewal *renewal)
{
    char until[RFC3339_LEN + 1], json[128];
    rfc3339_format(timestamp_new(renewal->ctx->arena, renewal->expires_ms), until);
    int len = snprintf(json, sizeof json, "{\"type\":\"result\",\"id\":%u,\"result\":{\"token_expires_at\":\"%s\"}}",
                       renewal->id, until);
    client_answer(client, (Str){ json, (size_t)len });
}

static void take_over(Client *client, const Renewal *renewal)
{
    if (renewal->err) {
        client_answer_error(client, renewal->id, renewal->err, str_of(renewal->ctx->err_text), 0);
    } else if (!id_eq(renewal->actor.user, client->user->id) || !id_eq(renewal->actor.session, client->auth_session)) {
        client_answer_error(client, renewal->id, ERR_FORBIDDEN, STR("the token is of another session"), 0);
    } else {
        client->expires_ms = renewal->expires_ms;
        client->is_admin = renewal->actor.admin;
        answer(client, renewal);
    }
}

static void on_verified(Loop *loop, void *arg)
{
    Renewal *renewal = arg;
    Realtime *realtime = renewal->realtime;
    Client *client = renewal->client;
    hub_enter(hub_of(client));
    if (client->state == CLIENT_LIVE) take_over(client, renewal);
    client_release(client);
    ctx_free(renewal->ctx);
    edge_job_done(realtime);
}

static void verify_on_worker(void *arg)
{
    Renewal *renewal = arg;
    renewal->err = identity_verify(renewal->realtime->identity, renewal->ctx, renewal->token, &renewal->actor,
                                   &renewal->expires_ms);
    loop_post(renewal->hub->loop, on_verified, renewal);
}

void renewal_begin(Client *client, uint32_t id, Str token)
{
    Ctx *ctx = ctx_new("realtime.auth", clock_now_ms());
    Renewal *renewal = arena_new_of(ctx->arena, Renewal);
    *renewal = (Renewal){ .client = client_hold(client),
                          .hub = hub_of(client),
                          .realtime = hub_of(client)->realtime,
                          .ctx = ctx,
                          .id = id,
                          .token = str_dup(ctx->arena, token) };
    if (edge_submit(renewal->realtime, verify_on_worker, renewal)) return;
    client_answer_error(client, id, ERR_UNAVAILABLE, STR("too many calls wait"), 1000);
    client_release(client);
    ctx_free(ctx);
}
