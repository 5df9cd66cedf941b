/* Reading the log: messages page by page, and every change after a rev. */
#include "base/limits.h"
#include "services/message/service.h"
#include "services/message/store.h"
#include "services/message/view.h"

typedef struct PageWork {
    Participant participant;
    LogPageKind kind;
    int64_t from;
    uint32_t limit;
    uint32_t around_seq;
    const char *from_tag; /* of a sync */
    bool is_diverged;
    HeadRow head;
    LogPage page;
} PageWork;

static Err page_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    PageWork *w = arg;
    return message_store_page(tx, ctx, w->kind, w->participant.conversation, w->from, w->limit, ANSWER_BYTES_MAX,
                              &w->page);
}

/* Half of the window before the message, the rest from it on; shorter at an end of the log. */
static Err around_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    PageWork *w = arg;
    LogPage older, newer;
    Id conversation = w->participant.conversation;
    Err err = message_store_page(tx, ctx, PAGE_MESSAGES_BEFORE, conversation, w->around_seq, w->limit / 2,
                                 ANSWER_BYTES_MAX / 2, &older);
    if (err) return err;
    err = message_store_page(tx, ctx, PAGE_MESSAGES_AFTER, conversation, (int64_t)w->around_seq - 1,
                             w->limit - w->limit / 2, ANSWER_BYTES_MAX / 2, &newer);
    if (err) return err;

    LogPage page = { .n = older.n + newer.n, .more = older.more || newer.more };
    page.entries = arena_new_array(ctx->arena, LogEntry, page.n + 1);
    for (uint32_t i = 0; i < older.n; i++) page.entries[i] = older.entries[older.n - 1 - i];
    for (uint32_t i = 0; i < newer.n; i++) page.entries[older.n + i] = newer.entries[i];
    w->page = page;
    return OK;
}

ON_WORKER static Err read_page(MessageService *svc, Ctx *ctx, const HistoryRequest *req, PageWork *w)
{
    int set = (req->before_seq != 0) + (req->after_seq != 0) + (req->around_seq != 0);
    if (set > 1) return ctx_fail(ctx, ERR_INVALID, "at most one of before_seq, after_seq and around_seq");
    if (req->around_seq) {
        w->around_seq = req->around_seq;
        return db_read(svc->db, ctx, around_in_tx, w);
    }
    w->kind = req->after_seq ? PAGE_MESSAGES_AFTER : PAGE_MESSAGES_BEFORE;
    w->from = req->after_seq ? req->after_seq : req->before_seq ? req->before_seq : INT64_MAX;
    return db_read(svc->db, ctx, page_in_tx, w);
}

Err message_history(MessageService *svc, Ctx *ctx, const HistoryRequest *req, HistoryResponse *out)
{
    PageWork work = { .limit = RPC_PAGE(req->limit, HISTORY_REQUEST__LIMIT) };
    Err err = message_enter(svc, ctx, req->conversation_id, ACTION_READ, &work.participant);
    if (!err) err = read_page(svc, ctx, req, &work);
    if (err) return err;

    bool falling = !req->after_seq && !req->around_seq;
    uint32_t n = work.page.n;
    out->n_messages = n;
    out->messages = arena_new_array(ctx->arena, Message *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        out->messages[falling ? n - 1 - i : i] = message_view(ctx->arena, &work.page.entries[i]);
    out->has_more = work.page.more;
    return OK;
}

/* Head and page come from one snapshot, so that the response is complete up to its to_rev. */
static Err sync_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    PageWork *w = arg;
    EntryName from = { .conversation = w->participant.conversation, .rev = (uint32_t)w->from };
    Err err = message_store_head(tx, ctx, w->participant.conversation, w->participant.user, &w->head);
    if (!err && w->from > 0 && *w->from_tag) {
        err = message_store_name_entries(tx, ctx, &from, 1);
        w->is_diverged = !message_entry_has_tag(ctx, &from, w->from_tag);
    }
    if (err || w->is_diverged || w->from >= w->head.rev) return err;
    return page_in_tx(tx, ctx, w);
}

Err message_sync(MessageService *svc, Ctx *ctx, const SyncRequest *req, SyncResponse *out)
{
    PageWork work = {
        .kind = PAGE_ENTRIES_AFTER,
        .from = req->after_rev,
        .from_tag = req->after_tag,
        .limit = RPC_PAGE(req->limit, SYNC_REQUEST__LIMIT),
    };
    Err err = message_enter(svc, ctx, req->conversation_id, ACTION_READ, &work.participant);
    if (!err) err = db_read(svc->db, ctx, sync_in_tx, &work);
    if (err) return err;

    /* The caller has changes that do not exist here: this is not the log it read. */
    out->reset = work.is_diverged || req->after_rev > work.head.rev;
    out->to_rev = out->reset ? 0 : req->after_rev;
    out->changes = arena_new_array(ctx->arena, Change *, work.page.n + 1);
    for (uint32_t i = 0; i < work.page.n; i++) {
        const LogEntry *entry = &work.page.entries[i];
        bool follows = entry->rev == out->to_rev + 1;
        Change *change = follows ? message_view_change(ctx->arena, entry) : NULL;
        if (!change) return ctx_fail(ctx, ERR_INTERNAL, "the log is damaged at rev %u", out->to_rev + 1);
        out->changes[out->n_changes++] = change;
        out->to_rev = entry->rev;
    }
    out->has_more = out->to_rev < work.head.rev;
    return OK;
}
