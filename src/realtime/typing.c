/* Typing goes out through pubsub, as members may be connected anywhere. It may get lost. */
#include "realtime/typing.h"

#include <stdlib.h>

#include "base/log.h"
#include "realtime/edge.h"
#include "rpc/event.h"
#include "rpc/transcode.h"

typedef struct Tidings {
    Realtime *realtime;
    Id user, conversation;
} Tidings;

static void publish_on_worker(void *arg)
{
    Tidings *tidings = arg;
    Realtime *realtime = tidings->realtime;
    _cleanup_(ctx_freep) Ctx *ctx = ctx_new("realtime.typing", clock_now_ms());
    TypingStarted typing = TYPING_STARTED__INIT;
    ctx->actor = (Actor){ .kind = ACTOR_SERVICE, .user = tidings->user };
    typing.user_id = id_text(ctx->arena, tidings->user);
    Envelope *event = event_new(ctx, tidings->conversation, ID_NONE);
    event->data_case = ENVELOPE__DATA_TYPING_STARTED;
    event->typing_started = &typing;
    Str topic = str_of(topic_conversation(ctx->arena, tidings->conversation));
    if (pubsub_publish(realtime->pubsub, ctx, topic, message_pack(ctx->arena, &event->base)))
        log_failure(LOG_DEBUG, ctx, "typing.not_told");
    free(tidings);
    edge_job_done(realtime);
}

/* Takes the place of the entry that was used longest ago; all in use within the interval: too many conversations at once. */
static bool may_tell(Client *client, Id conversation)
{
    ClientExtras *extras = client_extras(client);
    int64_t now_ms = client->hub->now_ms;
    int oldest = 0;
    for (int i = 0; i < TYPING_KEPT; i++) {
        if (extras->typing[i].at_ms < extras->typing[oldest].at_ms) oldest = i;
        if (!id_eq(extras->typing[i].conversation, conversation)) continue;
        oldest = i;
        break;
    }
    if (extras->typing[oldest].at_ms && now_ms - extras->typing[oldest].at_ms < WS_TYPING_INTERVAL_MS) return false;
    extras->typing[oldest].conversation = conversation;
    extras->typing[oldest].at_ms = now_ms;
    return true;
}

void typing_tell(Client *client, Id conversation)
{
    Hub *hub = client->hub;
    if (!hub_is_member(hub, client->user, conversation) || !may_tell(client, conversation)) return;
    Tidings *tidings = malloc(sizeof *tidings);
    if (!tidings) abort();
    *tidings = (Tidings){ .realtime = hub->realtime, .user = client->user->id, .conversation = conversation };
    if (!edge_submit(hub->realtime, publish_on_worker, tidings)) free(tidings);
}
