/* The notification service: opening it, and the feed. */
#include "services/notification/service.h"

#include <stdlib.h>

#include "base/limits.h"
#include "notification_queries.h"
#include "rpc/request.h"
#include "rpc/transcode.h"
#include "services/notification/store.h"

const NotificationConfig notification_config_default = { .feed_kept = FEED_KEPT };

const OutboxQueries notification_outbox_queries = OUTBOX_QUERIES(NOTIFICATION);

const char *const notification_topics[] = {
    "conversation.created", "conversation.deleted", "member.*", "read.moved", "profile.updated", NULL,
};

NotificationService *notification_open(Db *db, Outbox *outbox, Bus *bus, RpcClient *group,
                                       const NotificationConfig *config)
{
    NotificationService *svc = calloc(1, sizeof *svc);
    if (!svc) abort();
    *svc = (NotificationService){ .db = db, .outbox = outbox, .group = group, .config = *config };
    bus_consume(bus, "notification", notification_topics, notification_on_event, svc);
    return svc;
}

void notification_set_online(NotificationService *svc, NotificationOnlineFn is_online, void *arg)
{
    svc->is_online = is_online;
    svc->online_arg = arg;
}

void notification_close(NotificationService *svc)
{
    free(svc);
}

/* Checks a client's number and tag. Without a tag there is nothing to compare. */
static Err check_known(Tx *tx, Ctx *ctx, Id user, uint32_t urev, const char *tag, bool *out_diverged)
{
    FeedPosition known;
    *out_diverged = false;
    if (!*tag || urev == 0) return OK;
    Err err = feed_store_at(tx, ctx, user, urev, &known);
    if (err) return err;
    *out_diverged = id_is_none(known.event) || strcmp(id_tag(ctx->arena, known.event), tag) != 0;
    return OK;
}

typedef struct SyncWork {
    Id user;
    uint32_t after, limit;
    const char *after_tag;
    bool is_diverged;
    FeedPosition head;
    FeedRow *rows;
    uint32_t n_rows;
} SyncWork;

/* One snapshot, so that head and changes match. */
static Err read_feed(Tx *tx, Ctx *ctx, void *arg)
{
    SyncWork *work = arg;
    Err err = feed_store_head(tx, ctx, work->user, &work->head);
    if (!err) err = check_known(tx, ctx, work->user, work->after, work->after_tag, &work->is_diverged);
    if (err) return err;
    return feed_store_changes(tx, ctx, work->user, work->after, work->limit, ANSWER_BYTES_MAX, work->rows,
                              &work->n_rows);
}

static char *tag_of(Ctx *ctx, const FeedPosition *position)
{
    return id_is_none(position->event) ? (char *)"" : id_tag(ctx->arena, position->event);
}

static FeedChange *change_of_row(Ctx *ctx, const FeedRow *row)
{
    FeedChange *change = arena_new_of(ctx->arena, FeedChange);
    feed_change__init(change);
    change->urev = row->urev;
    change->name = (char *)row->name.ptr;
    change->created_at = timestamp_new(ctx->arena, row->created_at_ms);
    change->data = (FeedData *)(void *)message_unpack(ctx->arena, &feed_data__descriptor, row->data);
    change->tag = id_tag(ctx->arena, row->event);
    return change;
}

Err notification_sync_feed(NotificationService *svc, Ctx *ctx, const SyncFeedRequest *req, SyncFeedResponse *out)
{
    uint32_t limit = RPC_PAGE(req->limit, SYNC_FEED_REQUEST__LIMIT);
    SyncWork work = { .user = ctx->actor.user, .after = req->after_urev, .after_tag = req->after_tag, .limit = limit };
    work.rows = arena_new_array(ctx->arena, FeedRow, limit);
    Err err = db_read(svc->db, ctx, read_feed, &work);
    if (err) return err;

    out->to_urev = work.head.urev;
    out->to_tag = tag_of(ctx, &work.head);
    if (work.is_diverged || feed_needs_reset(work.after, work.head.urev, work.n_rows ? work.rows[0].urev : 0)) {
        out->reset = true;
        return OK;
    }
    out->changes = arena_new_array(ctx->arena, FeedChange *, work.n_rows + 1);
    for (uint32_t i = 0; i < work.n_rows; i++) out->changes[i] = change_of_row(ctx, &work.rows[i]);
    out->n_changes = work.n_rows;
    if (!work.n_rows) return OK;
    out->to_urev = out->changes[work.n_rows - 1]->urev;
    out->to_tag = out->changes[work.n_rows - 1]->tag;
    out->has_more = out->to_urev < work.head.urev;
    return OK;
}

typedef struct HeadWork {
    Id user;
    const GetFeedHeadRequest *req;
    FeedPosition head;
    bool is_diverged;
} HeadWork;

static Err read_head(Tx *tx, Ctx *ctx, void *arg)
{
    HeadWork *work = arg;
    Err err = feed_store_head(tx, ctx, work->user, &work->head);
    if (err) return err;
    return check_known(tx, ctx, work->user, work->req->known_urev, work->req->known_tag, &work->is_diverged);
}

Err notification_get_feed_head(NotificationService *svc, Ctx *ctx, const GetFeedHeadRequest *req,
                               GetFeedHeadResponse *out)
{
    HeadWork work = { .req = req };
    Err err = request_id(ctx, "user_id", req->user_id, &work.user);
    if (!err) err = db_read(svc->db, ctx, read_head, &work);
    if (err) return err;
    out->urev = work.head.urev;
    out->tag = tag_of(ctx, &work.head);
    out->diverged = work.is_diverged;
    return OK;
}
