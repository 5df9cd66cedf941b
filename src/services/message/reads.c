/* Read and delivered positions, and heads. */
#include "base/limits.h"
#include "group_client.h"
#include "services/message/events.h"
#include "services/message/view.h"

#define READS_MAX         1000 /* per response */
#define HEAD_ANSWER_BYTES 200  /* approximate size of a head without a message in a response */

typedef struct MarkWork {
    MessageService *svc;
    Participant participant;
    uint32_t seq;
    HeadRow head;
} MarkWork;

static Err mark_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    MarkWork *w = arg;
    Err err = message_store_head(tx, ctx, w->participant.conversation, w->participant.user, &w->head);
    if (err) return err;

    /* A position must not pass the newest message. */
    uint32_t seq = w->seq < w->head.seq ? w->seq : w->head.seq;
    if (seq <= w->head.read_seq) return OK;
    bool moved;
    bool shown = w->participant.standing.accepted;
    err = message_store_move_read(tx, ctx, w->participant.conversation, w->participant.user, seq, shown, &moved);
    if (err) return err;
    /* Another device of the reader was faster and is further. */
    if (!moved) return message_store_head(tx, ctx, w->participant.conversation, w->participant.user, &w->head);
    w->head.read_seq = seq;
    return message_event_read(w->svc, tx, ctx, w->participant, seq, message_unread(w->head.seq, seq));
}

Err message_mark_read(MessageService *svc, Ctx *ctx, const MarkReadRequest *req, MarkReadResponse *out)
{
    MarkWork work = { .svc = svc, .seq = req->seq };
    Err err = message_enter(svc, ctx, req->conversation_id, ACTION_MARK, &work.participant);
    if (!err) err = message_accept(svc, ctx, &work.participant, ACTION_MARK);
    if (!err) err = db_write(svc->db, ctx, mark_in_tx, &work);
    if (err) return err;
    out->read_seq = work.head.read_seq;
    out->unread = message_unread(work.head.seq, work.head.read_seq);
    return OK;
}

static Err deliver_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    MarkWork *w = arg;
    Err err = message_store_head(tx, ctx, w->participant.conversation, w->participant.user, &w->head);
    if (err) return err;

    uint32_t seq = w->seq < w->head.seq ? w->seq : w->head.seq;
    if (seq <= w->head.delivered_seq) return OK;
    bool moved;
    bool shown = w->participant.standing.accepted;
    err = message_store_move_delivered(tx, ctx, w->participant.conversation, w->participant.user, seq, shown, &moved);
    if (err) return err;
    if (!moved) return message_store_head(tx, ctx, w->participant.conversation, w->participant.user, &w->head);
    w->head.delivered_seq = seq;
    return !shown ? OK : message_event_delivered(w->svc, tx, ctx, w->participant, seq);
}

/* Groups do not track delivery: a message to five thousand members would cause as many calls. */
Err message_mark_delivered(MessageService *svc, Ctx *ctx, const MarkDeliveredRequest *req, MarkDeliveredResponse *out)
{
    MarkWork work = { .svc = svc, .seq = req->seq };
    Err err = message_enter(svc, ctx, req->conversation_id, ACTION_MARK, &work.participant);
    if (!err && work.participant.standing.kind == CONVERSATION_KIND__DIRECT)
        err = db_write(svc->db, ctx, deliver_in_tx, &work);
    if (err) return err;
    out->delivered_seq = work.head.delivered_seq;
    return OK;
}

typedef struct ReadsWork {
    Participant participant;
    ReadRow *rows;
    uint32_t n;
} ReadsWork;

static Err reads_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    ReadsWork *w = arg;
    return message_store_reads(tx, ctx, w->participant.conversation, READS_MAX, w->rows, &w->n);
}

Err message_list_reads(MessageService *svc, Ctx *ctx, const ListReadsRequest *req, ListReadsResponse *out)
{
    ReadsWork work = { .rows = arena_new_array(ctx->arena, ReadRow, READS_MAX) };
    Err err = message_enter(svc, ctx, req->conversation_id, ACTION_READ, &work.participant);
    if (!err) err = db_read(svc->db, ctx, reads_in_tx, &work);
    if (err) return err;

    out->n_reads = work.n;
    out->reads = arena_new_array(ctx->arena, ReadPosition *, work.n + 1);
    for (uint32_t i = 0; i < work.n; i++) {
        ReadPosition *position = arena_new_of(ctx->arena, ReadPosition);
        read_position__init(position);
        position->user_id = id_text(ctx->arena, work.rows[i].user);
        position->seq = work.rows[i].seq;
        position->delivered_seq = work.rows[i].delivered_seq;
        position->since_seq = work.rows[i].since_seq;
        out->reads[i] = position;
    }
    return OK;
}

typedef struct HeadsWork {
    Id user;
    bool last_message;
    HeadRow *heads;
    size_t n;
    bool more; /* conversations follow */
} HeadsWork;

static Err heads_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    HeadsWork *w = arg;
    return message_store_heads(tx, ctx, w->user, w->last_message, w->heads, w->n);
}

/* A page of the user's conversations, as heads without numbers. */
ON_WORKER static Err find_conversations(MessageService *svc, Ctx *ctx, const ListHeadsRequest *req, HeadsWork *w)
{
    ListMembershipsRequest request = LIST_MEMBERSHIPS_REQUEST__INIT;
    ListMembershipsResponse response = LIST_MEMBERSHIPS_RESPONSE__INIT;
    uint32_t limit = RPC_PAGE(req->limit, LIST_HEADS_REQUEST__LIMIT);
    request.user_id = id_text(ctx->arena, w->user);
    request.after_id = req->after_id;
    request.limit = limit + 1; /* one more, to know whether others follow */
    Err err = group_client_list_memberships(svc->group, ctx, &request, &response);
    if (err) return err;

    w->more = response.n_memberships > limit;
    w->n = w->more ? limit : response.n_memberships;
    w->heads = arena_new_array(ctx->arena, HeadRow, w->n + 1);
    for (size_t i = 0; i < w->n; i++)
        if (!id_parse(str_of(response.memberships[i]->conversation_id), &w->heads[i].conversation))
            return ctx_fail(ctx, ERR_INTERNAL, "group named a conversation without a UUID");
    return OK;
}

/* Drops heads that exceed the size of a response. */
static void cut_to_size(HeadsWork *w)
{
    size_t bytes = 0;
    for (size_t i = 0; i < w->n; i++) {
        const LogEntry *last = &w->heads[i].last_message;
        bytes += HEAD_ANSWER_BYTES + (last->seq ? message_answer_bytes(last) : 0);
        if (i == 0 || bytes <= ANSWER_BYTES_MAX) continue;
        w->n = i;
        w->more = true;
    }
}

static Head *view_head(Arena *arena, const HeadRow *row)
{
    Head *head = arena_new_of(arena, Head);
    head__init(head);
    head->rev = row->rev;
    head->seq = row->seq;
    head->read_seq = row->read_seq;
    head->delivered_seq = row->delivered_seq;
    head->unread = message_unread(row->seq, row->read_seq);
    if (!id_is_none(row->newest)) head->tag = id_tag(arena, row->newest);
    if (row->last_message.seq) head->last_message = message_view_preview(arena, &row->last_message);
    return head;
}

Err message_list_heads(MessageService *svc, Ctx *ctx, const ListHeadsRequest *req, ListHeadsResponse *out)
{
    Id after;
    HeadsWork work = { .last_message = req->last_message };
    Err err = request_user(ctx, &work.user);
    if (!err) err = request_id_optional(ctx, "after_id", req->after_id, &after);
    if (!err) err = find_conversations(svc, ctx, req, &work);
    if (!err) err = db_read(svc->db, ctx, heads_in_tx, &work);
    if (err) return err;

    cut_to_size(&work);
    out->epoch = svc->epoch;
    out->n_heads = work.n;
    out->heads = arena_new_array(ctx->arena, ListHeadsResponse__HeadsEntry *, work.n + 1);
    for (size_t i = 0; i < work.n; i++) {
        ListHeadsResponse__HeadsEntry *entry = arena_new_of(ctx->arena, ListHeadsResponse__HeadsEntry);
        list_heads_response__heads_entry__init(entry);
        entry->key = id_text(ctx->arena, work.heads[i].conversation);
        entry->value = view_head(ctx->arena, &work.heads[i]);
        out->heads[i] = entry;
    }
    if (work.more) out->next_after_id = out->heads[work.n - 1]->key;
    return OK;
}

typedef struct HeadWork {
    Id conversation;
    HeadRow head;
} HeadWork;

static Err head_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    HeadWork *w = arg;
    return message_store_head(tx, ctx, w->conversation, ID_NONE, &w->head);
}

Err message_get_conversation_head(MessageService *svc, Ctx *ctx, const GetConversationHeadRequest *req,
                                  GetConversationHeadResponse *out)
{
    HeadWork work = { 0 };
    Err err = request_id(ctx, "conversation_id", req->conversation_id, &work.conversation);
    if (!err) err = db_read(svc->db, ctx, head_in_tx, &work);
    out->rev = work.head.rev;
    out->seq = work.head.seq;
    return err;
}
