/* Turns other services' events into feed changes, and publishes those live. */
#include "base/limits.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "services/notification/service.h"
#include "services/notification/store.h"

#define ENTRIES_AT_ONCE 200 /* per transaction, so that others can write in between */
_Static_assert(ENTRIES_AT_ONCE >= MEMBERS_PER_EVENT, "who came together is told of in one commit");

typedef struct AppendWork {
    NotificationService *svc;
    const Envelope *cause;
    Id event;
    const FeedEntry *entries;
    size_t n_entries;
} AppendWork;

static Err tell_live(NotificationService *svc, Tx *tx, Ctx *ctx, const FeedEntry *entry, const FeedRow *row)
{
    FeedChange change = FEED_CHANGE__INIT;
    change.urev = row->urev;
    change.name = str_cstr(ctx->arena, row->name);
    change.created_at = timestamp_new(ctx->arena, row->created_at_ms);
    change.data = entry->data;
    change.tag = id_tag(ctx->arena, row->event);

    Envelope *event = event_new(ctx, ID_NONE, entry->user);
    event->data_case = ENVELOPE__DATA_FEED_CHANGE;
    event->feed_change = &change;
    const char *const live[] = { topic_user(ctx->arena, entry->user), NULL };
    return outbox_add(svc->outbox, tx, ctx, "", live, message_pack(ctx->arena, &event->base));
}

static Err append(const AppendWork *work, Tx *tx, Ctx *ctx, const FeedEntry *entry)
{
    FeedRow row = { .name = str_of(entry->name),
                    .data = message_pack(ctx->arena, &entry->data->base),
                    .created_at_ms = work->cause->at_ms };
    Err err = feed_store_append(tx, ctx, entry->user, work->event, &row);
    if (err == ERR_CONFLICT) return OK; /* applied before */
    if (!err) err = feed_store_prune(tx, ctx, entry->user, row.urev, work->svc->config.feed_kept);
    return err ? err : tell_live(work->svc, tx, ctx, entry, &row);
}

static Err append_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    const AppendWork *work = arg;
    for (size_t i = 0; i < work->n_entries; i++) {
        Err err = append(work, tx, ctx, &work->entries[i]);
        if (err) return err;
    }
    return OK;
}

/* Parts commit one by one; a redelivery after a failure skips those that did. */
ON_WORKER static Err append_all(NotificationService *svc, Ctx *ctx, const Envelope *event, Id id,
                                const FeedEntry *entries, size_t n)
{
    for (size_t first = 0; first < n; first += ENTRIES_AT_ONCE) {
        AppendWork work = { .svc = svc,
                            .cause = event,
                            .event = id,
                            .entries = entries + first,
                            .n_entries = n - first < ENTRIES_AT_ONCE ? n - first : ENTRIES_AT_ONCE };
        Err err = db_write(svc->db, ctx, append_in_tx, &work);
        if (err) return err;
    }
    return OK;
}

Err notification_on_event(void *arg, Ctx *ctx, Str payload)
{
    NotificationService *svc = arg;
    FeedEntry *entries;
    size_t n;
    Id id;
    const Envelope *event = event_unpack(ctx->arena, payload);
    if (!event || !id_parse(str_of(event->id), &id)) return ctx_fail(ctx, ERR_INVALID, "not an event");
    if (!feed_entries_of(ctx->arena, event, &entries, &n)) return ctx_fail(ctx, ERR_INVALID, "the event names nobody");
    return append_all(svc, ctx, event, id, entries, n);
}
