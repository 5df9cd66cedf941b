/* The message service: opening it, and who may come in. */
#include "services/message/service.h"

#include <stdlib.h>

#include "group_client.h"
#include "message_queries.h"
#include "ports/cache_fetch.h"
#include "services/message/store.h"

/* How long a membership is believed without asking group. Group deletes it from the cache when it changes, so this only
 * bounds the harm when the cache itself was away at that moment. */
#define MEMBERSHIP_TTL_MS 60000
/* A conversation is what it is for ever; this only keeps the cache small. */
#define KIND_TTL_MS 3600000

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
    message_send_metrics_register();
    return svc;
}

void message_close(MessageService *svc)
{
    free(svc);
}

Err message_caller(Ctx *ctx, Id *out_user)
{
    bool known = ctx->actor.kind != ACTOR_NONE && !id_is_none(ctx->actor.user);
    if (!known) return ctx_fail(ctx, ERR_UNAUTHENTICATED, "sign in first");
    *out_user = ctx->actor.user;
    return OK;
}

/* Group deletes this key whenever the membership changes. */
static Str membership_key(Ctx *ctx, Place place)
{
    char conversation[ID_TEXT_LEN + 1], user[ID_TEXT_LEN + 1];
    id_format(place.conversation, conversation);
    id_format(place.user, user);
    return str_fmt(ctx->arena, "member:%s:%s", conversation, user);
}

static Str kind_key(Ctx *ctx, Id conversation)
{
    return str_fmt(ctx->arena, "kind:%s", id_text(ctx->arena, conversation));
}

/* The cached value is the digit of the role, or of the conversation's kind. Only members are cached: strangers could ask for
 * any number of keys. */
typedef struct AskWork {
    MessageService *svc;
    Place place;
    bool kind;
} AskWork;

static Err ask_group(Ctx *ctx, void *arg, CacheItem *const *items, size_t n)
{
    const AskWork *work = arg;
    CheckMemberRequest request = CHECK_MEMBER_REQUEST__INIT;
    CheckMemberResponse response = CHECK_MEMBER_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, work->place.conversation);
    request.user_id = id_text(ctx->arena, work->place.user);
    Err err = group_client_check_member(work->svc->group, ctx, &request, &response);
    if (err) return err;
    bool is_member = response.role != MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED;
    int digit = work->kind ? (int)response.kind : (int)response.role;
    for (size_t i = 0; i < n; i++) items[i]->value = is_member ? str_fmt(ctx->arena, "%d", digit) : (Str){ 0 };
    return OK;
}

/* 0 to those who do not belong. */
static Err find_digit(AskWork *work, Ctx *ctx, Str key, uint32_t ttl_ms, uint64_t max, uint64_t *out_digit)
{
    CacheItem item = { .key = key };
    *out_digit = 0;
    Err err = cache_fetch(work->svc->cache, ctx, &item, 1, ttl_ms, ask_group, work);
    if (err) return err;
    if (item.value.ptr && !str_to_u64(item.value, max, out_digit))
        return ctx_fail(ctx, ERR_INTERNAL, "the cache has something else than a role or a kind");
    return OK;
}

static Err find_role(MessageService *svc, Ctx *ctx, Place place, MemberRole *out_role)
{
    AskWork work = { .svc = svc, .place = place };
    uint64_t role;
    Err err = find_digit(&work, ctx, membership_key(ctx, place), MEMBERSHIP_TTL_MS, MEMBER_ROLE__OWNER, &role);
    if (!err) *out_role = (MemberRole)role;
    return err;
}

Err message_is_direct(MessageService *svc, Ctx *ctx, Place place, bool *out_direct)
{
    AskWork work = { .svc = svc, .place = place, .kind = true };
    uint64_t kind;
    Err err = find_digit(&work, ctx, kind_key(ctx, place.conversation), KIND_TTL_MS, CONVERSATION_KIND__GROUP, &kind);
    if (!err) *out_direct = kind == CONVERSATION_KIND__DIRECT;
    return err;
}

Err message_enter(MessageService *svc, Ctx *ctx, const char *conversation_id, MessageAction action, Place *out_place)
{
    Place place;
    MemberRole role;
    Err err = message_caller(ctx, &place.user);
    if (err) return err;
    if (!id_parse(str_of(conversation_id), &place.conversation))
        return ctx_fail(ctx, ERR_INVALID, "conversation_id: not a UUID");
    err = find_role(svc, ctx, place, &role);
    if (err) return err;
    *out_place = place;
    return message_authorize(ctx, role, action);
}

void message_forget_member(MessageService *svc, Ctx *ctx, Place member)
{
    cache_delete(svc->cache, ctx, membership_key(ctx, member));
}
