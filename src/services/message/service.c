/* The message service: opening it, and access to conversations. */
#include "services/message/service.h"

#include <stdlib.h>

#include "group_client.h"
#include "message_queries.h"
#include "ports/cache_fetch.h"
#include "rpc/transcode.h"
#include "services/message/store.h"

/* How long a cached standing is valid. Group deletes it from the cache when it changes, so this only bounds staleness
 * if the cache was down at that moment. */
#define STANDING_TTL_MS 60000

const OutboxQueries message_outbox_queries = OUTBOX_QUERIES(MESSAGE);

static Err read_epoch(Tx *tx, Ctx *ctx, void *arg)
{
    Str *epoch = arg;
    return message_store_epoch(tx, ctx, str_of(id_text(ctx->arena, id_new(ctx->now_ms))), epoch);
}

MessageService *message_open(Ctx *ctx, Db *db, Outbox *outbox, Cache *cache, RpcClient *group)
{
    Str epoch;
    if (db_write(db, ctx, read_epoch, &epoch)) return NULL;
    MessageService *svc = calloc(1, sizeof *svc);
    if (!svc) abort();
    *svc = (MessageService){ .db = db, .outbox = outbox, .cache = cache, .group = group };
    memcpy(svc->epoch, epoch.ptr, epoch.len < ID_TEXT_LEN ? epoch.len : ID_TEXT_LEN);
    return svc;
}

void message_close(MessageService *svc)
{
    free(svc);
}

/* Group deletes this key whenever it changes. */
static Str standing_key(Ctx *ctx, Participant participant)
{
    char conversation[ID_TEXT_LEN + 1], user[ID_TEXT_LEN + 1];
    id_format(participant.conversation, conversation);
    id_format(participant.user, user);
    return str_fmt(ctx->arena, "standing:%s:%s", conversation, user);
}

/* The cached value is group's packed response. Only members are cached: strangers could ask for any number of keys. */
typedef struct AskWork {
    MessageService *svc;
    Participant participant;
} AskWork;

static Err ask_group(Ctx *ctx, void *arg, CacheItem *const *items, size_t n)
{
    thread_role_assert(THREAD_WORKER);
    const AskWork *work = arg;
    CheckMemberRequest request = CHECK_MEMBER_REQUEST__INIT;
    CheckMemberResponse response = CHECK_MEMBER_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, work->participant.conversation);
    request.user_id = id_text(ctx->arena, work->participant.user);
    Err err = group_client_check_member(work->svc->group, ctx, &request, &response);
    if (err) return err;
    bool is_member = response.role != MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED;
    for (size_t i = 0; i < n; i++) items[i]->value = is_member ? message_pack(ctx->arena, &response.base) : (Str){ 0 };
    return OK;
}

ON_WORKER static Err find_standing(MessageService *svc, Ctx *ctx, Participant participant, Standing *out_standing)
{
    AskWork work = { .svc = svc, .participant = participant };
    CacheItem item = { .key = standing_key(ctx, participant) };
    *out_standing = (Standing){ 0 };
    Err err = cache_fetch(svc->cache, ctx, &item, 1, STANDING_TTL_MS, ask_group, &work);
    if (err || !item.value.ptr) return err;
    const CheckMemberResponse *answer =
        (const CheckMemberResponse *)message_unpack(ctx->arena, &check_member_response__descriptor, item.value);
    if (!answer) return ctx_fail(ctx, ERR_INTERNAL, "the cache has something else than a standing");
    out_standing->role = answer->role;
    out_standing->kind = answer->kind;
    out_standing->peer_closed = answer->peer_closed;
    out_standing->accepted = answer->accepted;
    return OK;
}

Err message_enter(MessageService *svc, Ctx *ctx, const char *conversation_id, Action action,
                  Participant *out_participant)
{
    Participant participant = { 0 };
    Err err = request_user(ctx, &participant.user);
    if (!err) err = request_id(ctx, "conversation_id", conversation_id, &participant.conversation);
    if (!err) err = find_standing(svc, ctx, participant, &participant.standing);
    if (err) return err;
    *out_participant = participant;
    Subject subject = { .user = participant.user, .role = participant.standing.role };
    Object conversation = { .kind = participant.standing.kind, .peer_closed = participant.standing.peer_closed };
    return authorize(ctx, &subject, action, &conversation);
}

Err message_accept(MessageService *svc, Ctx *ctx, Participant *participant, Action action)
{
    if (!message_accepts(&participant->standing, action)) return OK;
    AcceptMembershipRequest request = ACCEPT_MEMBERSHIP_REQUEST__INIT;
    AcceptMembershipResponse response = ACCEPT_MEMBERSHIP_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, participant->conversation);
    request.user_id = id_text(ctx->arena, participant->user);
    Err err = group_client_accept_membership(svc->group, ctx, &request, &response);
    participant->standing.accepted = err == OK;
    if (err != ERR_PRECONDITION || action != ACTION_MARK) return err;
    ctx_clear(ctx); /* a reader at the limit of conversations may continue, without accepting */
    return OK;
}

void message_forget_member(MessageService *svc, Ctx *ctx, Participant member)
{
    cache_delete(svc->cache, ctx, standing_key(ctx, member));
}
