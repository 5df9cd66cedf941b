/* See memberships.h. Without a limit of its own the answer has all there may be. */
#include "realtime/upstream/memberships.h"

#include "group_client.h"

Err memberships_read(Realtime *realtime, Ctx *ctx, Id user, Id **out_conversations, size_t *out_n)
{
    ListMembershipsRequest request = LIST_MEMBERSHIPS_REQUEST__INIT;
    ListMembershipsResponse response = LIST_MEMBERSHIPS_RESPONSE__INIT;
    request.user_id = id_text(ctx->arena, user);
    Err err = group_client_list_memberships(realtime->group, ctx, &request, &response);
    if (err) return err;

    Id *conversations = arena_new_array(ctx->arena, Id, response.n_memberships + 1);
    size_t n = 0;
    for (size_t i = 0; i < response.n_memberships; i++)
        if (id_parse(str_of(response.memberships[i]->conversation_id), &conversations[n])) n++;
    *out_conversations = conversations;
    *out_n = n;
    return OK;
}
