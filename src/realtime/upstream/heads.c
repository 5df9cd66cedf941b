/* All pages of ListHeads, one behind the other, and the head of the feed. */
#include "realtime/upstream/heads.h"

#include "message_client.h"
#include "notification_client.h"

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

ON_WORKER static Err read_conversations(Realtime *realtime, Ctx *ctx, ListHeadsResponse *out_heads)
{
    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    request.limit = PAGE;
    list_heads_response__init(out_heads);
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

ON_WORKER static Err read_feed(Realtime *realtime, Ctx *ctx, const KnownFeed *known, GetFeedHeadResponse *out_feed)
{
    GetFeedHeadRequest request = GET_FEED_HEAD_REQUEST__INIT;
    request.user_id = id_text(ctx->arena, ctx->actor.user);
    request.known_urev = known->urev;
    request.known_tag = (char *)known->tag;
    get_feed_head_response__init(out_feed);
    return notification_client_get_feed_head(realtime->notification, ctx, &request, out_feed);
}

Err heads_read(Realtime *realtime, Ctx *ctx, const KnownFeed *known, UserHeads *out_heads)
{
    Err err = read_conversations(realtime, ctx, &out_heads->conversations);
    return err ? err : read_feed(realtime, ctx, known, &out_heads->feed);
}
