/* Rows as the contract shows them. */
#include "services/group/view.h"

#include "rpc/transcode.h"

Conversation *group_view_conversation(Arena *arena, const ConversationRow *row)
{
    Conversation *view = arena_new_of(arena, Conversation);
    conversation__init(view);
    view->id = id_text(arena, row->id);
    view->kind = row->kind;
    view->title = str_cstr(arena, row->title);
    view->description = str_cstr(arena, row->description);
    view->created_at = timestamp_new(arena, row->created_at_ms);
    view->created_by = id_text(arena, row->created_by);
    view->member_count = row->member_count;
    view->role = row->role;
    if (row->kind == CONVERSATION_KIND__DIRECT) {
        view->n_member_ids = id_eq(row->direct_low, row->direct_high) ? 1 : 2;
        view->member_ids = arena_new_array(arena, char *, 2);
        view->member_ids[0] = id_text(arena, row->direct_low);
        view->member_ids[1] = id_text(arena, row->direct_high);
    }
    return view;
}

Conversation **group_view_conversations(Arena *arena, const ConversationRow *rows, size_t n_rows)
{
    Conversation **views = arena_new_array(arena, Conversation *, n_rows + 1);
    for (size_t i = 0; i < n_rows; i++) views[i] = group_view_conversation(arena, &rows[i]);
    return views;
}

Member *group_view_member(Arena *arena, const MemberRow *row)
{
    Member *view = arena_new_of(arena, Member);
    member__init(view);
    view->user_id = id_text(arena, row->user);
    view->role = row->role;
    view->joined_at = timestamp_new(arena, row->joined_at_ms);
    return view;
}

Member **group_view_members(Arena *arena, const MemberRow *rows, size_t n_rows)
{
    Member **views = arena_new_array(arena, Member *, n_rows + 1);
    for (size_t i = 0; i < n_rows; i++) views[i] = group_view_member(arena, &rows[i]);
    return views;
}
