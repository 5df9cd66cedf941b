/* Rows as contract types, in the arena. */
#pragma once
#include "services/group/store.h"

/* Includes the role of the user it was read for; events, which go to everybody, clear it. */
Conversation *group_view_conversation(Arena *arena, const ConversationRow *row);
/* As many pointers as rows. */
Conversation **group_view_conversations(Arena *arena, const ConversationRow *rows, size_t n_rows);
Member *group_view_member(Arena *arena, const MemberRow *row);
/* As many pointers as rows. */
Member **group_view_members(Arena *arena, const MemberRow *rows, size_t n_rows);
