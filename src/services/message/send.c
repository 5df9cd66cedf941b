/* Sending a message exactly once, over any network. */
#include "base/metrics.h"
#include "services/message/events.h"
#include "services/message/view.h"

static Metric sent_total = METRIC_COUNTER_INIT("molva_messages_sent_total", "Messages stored.");
static Metric duplicate_total =
    METRIC_COUNTER_INIT("molva_messages_duplicate_total", "Sends answered with a message that was stored before.");

void message_send_metrics_register(void)
{
    metric_register(&sent_total);
    metric_register(&duplicate_total);
}

typedef struct SendWork {
    MessageService *svc;
    LogEntry entry; /* constant, since a transaction may run twice */
    LogEntry stored;
    bool repeated;
} SendWork;

/* Four statements: number, entry, read position, outbox row. They commit together. */
static Err send_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    SendWork *w = arg;
    Err err = message_store_append(tx, ctx, &w->entry, &w->stored, &w->repeated);
    if (err == ERR_NOT_FOUND) return ctx_fail(ctx, err, "no such conversation");
    /* A repeated send waits for this commit too: the first one may be in the same commit, and not durable before. */
    if (err || w->repeated) return err;

    /* The sender's own messages count as read. */
    err = message_store_move_read(tx, ctx, w->stored.conversation, w->stored.sender, w->stored.seq, true, NULL);
    if (err) return err;
    return message_event_change(w->svc, tx, ctx, &w->stored, id_text(ctx->arena, w->stored.sender));
}

/* The usual case in one statement, if the engine supports it. Every other case is left to send_in_tx(), which also
 * finds a message that this statement stored although its response was lost. */
ON_WORKER static bool send_at_once(MessageService *svc, Ctx *ctx, SendWork *work)
{
    if (!message_store_sends(svc->db)) return false;
    OutboxRow event = message_event_of_send(ctx, &work->entry);
    bool is_done = message_store_send(svc->db, ctx, &work->entry, &event, &work->stored) == OK;
    if (!is_done) ctx_clear(ctx);
    return is_done;
}

/* On an engine with concurrent writers two sends with one client_id may both find it free; the loser looks again and
 * finds the other's message. */
ON_WORKER static Err store_once(MessageService *svc, Ctx *ctx, SendWork *work)
{
    if (send_at_once(svc, ctx, work)) return OK;
    Err err = db_write(svc->db, ctx, send_in_tx, work);
    if (err == ERR_CONFLICT) err = db_write(svc->db, ctx, send_in_tx, work);
    if (err == ERR_CONFLICT) return ctx_fail(ctx, ERR_UNAVAILABLE, "the same message is being sent elsewhere");
    if (work->repeated && id_eq(work->stored.id, work->entry.id))
        work->repeated = false; /* stored by our first attempt */
    return err;
}

static bool is_same_request(const LogEntry *a, const LogEntry *b)
{
    return id_eq(a->conversation, b->conversation) && str_eq(a->text, b->text);
}

Err message_send(MessageService *svc, Ctx *ctx, const SendRequest *req, SendResponse *out)
{
    SendWork work = { .svc = svc, .entry = { .kind = ENTRY_MESSAGE, .created_at_ms = ctx->now_ms } };
    Participant participant;
    Err err = request_client_id(ctx, req->client_id, &work.entry.client_id);
    if (!err) err = message_text_check(ctx, req->text, &work.entry.text);
    if (!err) err = message_enter(svc, ctx, req->conversation_id, ACTION_POST, &participant);
    if (!err) err = message_accept(svc, ctx, &participant, ACTION_POST);
    if (err) return err;

    work.entry.id = id_new(ctx->now_ms);
    work.entry.conversation = participant.conversation;
    work.entry.sender = participant.user;
    err = store_once(svc, ctx, &work);
    if (err) return err;
    if (work.repeated && !is_same_request(&work.entry, &work.stored))
        return ctx_fail(ctx, ERR_CONFLICT, "client_id: used before, for another message");

    metric_add(work.repeated ? &duplicate_total : &sent_total, 1);
    out->message = message_view(ctx->arena, &work.stored);
    out->duplicate = work.repeated;
    return OK;
}
