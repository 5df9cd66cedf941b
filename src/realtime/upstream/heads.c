/* Reads all pages of ListHeads, one after the other. */
#include "realtime/upstream/heads.h"

#include "message_client.h"

#define PAGE 500 /* the maximum of a response */

/* Appends a page. */
static void add_page(Arena *arena, const ListHeadsResponse *page, ListHeadsResponse *heads)
{
    size_t n = heads->n_heads + page->n_heads;
    ListHeadsResponse__HeadsEntry **all = arena_new_array(arena, ListHeadsResponse__HeadsEntry *, n + 1);
    for (size_t i = 0; i < n; i++) all[i] = i < heads->n_heads ? heads->heads[i] : page->heads[i - heads->n_heads];
    heads->heads = all;
    heads->n_heads = n;
}

Err heads_read(Realtime *realtime, Ctx *ctx, ListHeadsResponse *out_heads)
{
    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    request.limit = PAGE;
    do {
        ListHeadsResponse page = LIST_HEADS_RESPONSE__INIT;
        Err err = message_client_list_heads(realtime->message, ctx, &request, &page);
        if (err) return err;
        if (!*out_heads->epoch) out_heads->epoch = page.epoch;
        add_page(ctx->arena, &page, out_heads);
        request.after_id = page.next_after_id;
    } while (*request.after_id);
    return OK;
}
