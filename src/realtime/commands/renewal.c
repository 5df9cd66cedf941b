/* Verified on a worker, applied on the loop. See renewal.h. */
#include "realtime/commands/renewal.h"

#include "realtime/upstream/edge.h"
#include "rpc/rfc3339.h"
#include "rpc/transcode.h"

/* Lives in the arena of its ctx. */
typedef struct Renewal {
    ClientSession *session; /* touched on its loop only */
    Hub *hub;
    Realtime *realtime;
    Ctx *ctx;
    uint32_t id;
    Str token;
    Err err;
    Actor actor;
    int64_t expires_ms;
} Renewal;

static void answer(ClientSession *session, const Renewal *renewal)
{
    char until[RFC3339_LEN + 1], json[128];
    rfc3339_format(timestamp_new(renewal->ctx->arena, renewal->expires_ms), until);
    int len = snprintf(json, sizeof json, "{\"type\":\"result\",\"id\":%u,\"result\":{\"token_expires_at\":\"%s\"}}",
                       renewal->id, until);
    session_answer(session, (Str){ json, (size_t)len });
}

static void take_over(ClientSession *session, const Renewal *renewal)
{
    if (renewal->err) {
        session_answer_error(session, renewal->id, renewal->err, str_of(renewal->ctx->err_text), 0);
    } else if (!id_eq(renewal->actor.user, session->user->id) ||
               !id_eq(renewal->actor.session, session->auth_session)) {
        session_answer_error(session, renewal->id, ERR_FORBIDDEN, STR("the token is of another session"), 0);
    } else {
        session->expires_ms = renewal->expires_ms;
        session->is_admin = renewal->actor.admin;
        answer(session, renewal);
    }
}

static void on_verified(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Renewal *renewal = arg;
    Realtime *realtime = renewal->realtime;
    ClientSession *session = renewal->session;
    hub_enter(hub_of(session));
    if (session->state == SESSION_LIVE) take_over(session, renewal);
    session_release(session);
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

void renewal_begin(ClientSession *session, uint32_t id, Str token)
{
    Ctx *ctx = ctx_new("realtime.auth", clock_now_ms());
    Renewal *renewal = arena_new_of(ctx->arena, Renewal);
    *renewal = (Renewal){ .session = session_hold(session),
                          .hub = hub_of(session),
                          .realtime = hub_of(session)->realtime,
                          .ctx = ctx,
                          .id = id,
                          .token = str_dup(ctx->arena, token) };
    if (edge_submit(renewal->realtime, verify_on_worker, renewal)) return;
    session_answer_error(session, id, ERR_UNAVAILABLE, STR("too many calls wait"), 1000);
    session_release(session);
    ctx_free(ctx);
}
