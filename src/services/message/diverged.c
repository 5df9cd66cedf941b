/* Finds logs that differ from those that a client has read. */
#include "services/message/service.h"
#include "services/message/store.h"

typedef struct DivergedWork {
    EntryName *entries;
    size_t n;
} DivergedWork;

static Err name_in_tx(Tx *tx, Ctx *ctx, void *arg)
{
    DivergedWork *w = arg;
    return message_store_name_entries(tx, ctx, w->entries, w->n);
}

static Err read_positions(Ctx *ctx, const ListDivergedRequest *req, DivergedWork *w)
{
    w->entries = arena_new_array(ctx->arena, EntryName, req->n_positions + 1);
    for (size_t i = 0; i < req->n_positions; i++) {
        const ConversationPosition *one = req->positions[i];
        if (!one->position || !id_parse(str_of(one->conversation_id), &w->entries[i].conversation))
            return ctx_fail(ctx, ERR_INVALID, "positions[%zu]: no conversation, or no position", i);
        w->entries[i].rev = one->position->rev;
    }
    w->n = req->n_positions;
    return OK;
}

Err message_list_diverged(MessageService *svc, Ctx *ctx, const ListDivergedRequest *req, ListDivergedResponse *out)
{
    DivergedWork work = { 0 };
    Err err = read_positions(ctx, req, &work);
    if (!err) err = db_read(svc->db, ctx, name_in_tx, &work);
    if (err) return err;
    out->conversation_ids = arena_new_array(ctx->arena, char *, work.n + 1);
    for (size_t i = 0; i < work.n; i++)
        if (!message_entry_has_tag(ctx, &work.entries[i], req->positions[i]->position->tag))
            out->conversation_ids[out->n_conversation_ids++] = req->positions[i]->conversation_id;
    return OK;
}
