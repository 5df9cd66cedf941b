/* Feed rules. See rules.h. */
#include "services/notification/rules.h"

#include <stdlib.h>

/* Entries under construction. */
typedef struct Draft {
    Arena *arena;
    FeedEntry *entries;
    size_t n;
    bool broken; /* an id is malformed */
} Draft;

static void draft_add(Draft *draft, const char *user, const char *name, FeedData *data)
{
    FeedEntry *entry = &draft->entries[draft->n];
    *entry = (FeedEntry){ .name = name, .data = data };
    if (id_parse(str_of(user), &entry->user))
        draft->n++;
    else
        draft->broken = true;
}

static FeedData *membership_data(Arena *arena, const Envelope *event, ConversationKind kind, MemberRole role)
{
    FeedData *data = arena_new_of(arena, FeedData);
    feed_data__init(data);
    data->kind_case = FEED_DATA__KIND_MEMBERSHIP;
    data->membership = arena_new_of(arena, ConversationMembership);
    conversation_membership__init(data->membership);
    data->membership->conversation_id = event->conversation_id;
    data->membership->kind = kind;
    data->membership->role = role;
    data->membership->actor_id = event->actor_id;
    return data;
}

static void draft_created(Draft *draft, const Envelope *event)
{
    const ConversationCreated *created = event->conversation_created;
    ConversationKind kind = created->conversation ? created->conversation->kind : 0;
    draft->entries = arena_new_array(draft->arena, FeedEntry, created->n_members + 1);
    for (size_t i = 0; i < created->n_members; i++) {
        const Member *member = created->members[i];
        draft_add(draft, member->user_id, "conversation.joined",
                  membership_data(draft->arena, event, kind, member->role));
    }
}

static void draft_deleted(Draft *draft, const Envelope *event)
{
    const ConversationDeleted *deleted = event->conversation_deleted;
    FeedData *data = membership_data(draft->arena, event, 0, 0);
    draft->entries = arena_new_array(draft->arena, FeedEntry, deleted->n_member_ids + 1);
    for (size_t i = 0; i < deleted->n_member_ids; i++)
        draft_add(draft, deleted->member_ids[i], "conversation.deleted", data);
}

static void draft_membership(Draft *draft, const Envelope *event)
{
    static const struct {
        const char *change, *name;
    } names[] = {
        { "member.added", "conversation.joined" },
        { "member.removed", "conversation.left" },
        { "member.updated", "conversation.role_changed" },
    };
    MembershipChanged *changed = event->membership_changed;
    Member **members = changed->member ? &changed->member : changed->members;
    size_t n_members = changed->member ? 1 : changed->n_members;
    bool is_gone = str_eq(str_of(changed->change), STR("member.removed"));
    draft->entries = arena_new_array(draft->arena, FeedEntry, n_members + 1);
    for (size_t k = 0; k < ARRAY_LEN(names); k++) {
        if (!str_eq(str_of(changed->change), str_of(names[k].change))) continue;
        for (size_t i = 0; i < n_members; i++)
            draft_add(
                draft, members[i]->user_id, names[k].name,
                membership_data(draft->arena, event, is_gone ? 0 : changed->kind, is_gone ? 0 : members[i]->role));
    }
    if (!draft->n) draft->broken = true;
}

static void draft_read(Draft *draft, const Envelope *event)
{
    FeedData *data = arena_new_of(draft->arena, FeedData);
    feed_data__init(data);
    data->kind_case = FEED_DATA__KIND_READ;
    data->read = event->read_moved;
    draft_add(draft, event->user_id, "read.moved", data);
}

static void draft_profile(Draft *draft, const Envelope *event)
{
    FeedData *data = arena_new_of(draft->arena, FeedData);
    feed_data__init(data);
    data->kind_case = FEED_DATA__KIND_USER;
    data->user = event->profile_updated->user;
    draft_add(draft, data->user ? data->user->id : "", "profile.updated", data);
}

static int by_user(const void *a, const void *b)
{
    return id_cmp(((const FeedEntry *)a)->user, ((const FeedEntry *)b)->user);
}

/* Sorted, so that concurrent transactions lock the feeds in the same order. */
static size_t sort_unique(FeedEntry *entries, size_t n)
{
    size_t kept = 0;
    qsort(entries, n, sizeof *entries, by_user);
    for (size_t i = 0; i < n; i++) {
        if (kept && id_eq(entries[kept - 1].user, entries[i].user)) continue;
        entries[kept++] = entries[i];
    }
    return kept;
}

bool feed_entries_of(Arena *arena, const Envelope *event, FeedEntry **out_entries, size_t *out_n)
{
    Draft draft = { .arena = arena, .entries = arena_new_array(arena, FeedEntry, 1) };
    switch (event->data_case) {
    case ENVELOPE__DATA_CONVERSATION_CREATED: draft_created(&draft, event); break;
    case ENVELOPE__DATA_CONVERSATION_DELETED: draft_deleted(&draft, event); break;
    case ENVELOPE__DATA_MEMBERSHIP_CHANGED: draft_membership(&draft, event); break;
    case ENVELOPE__DATA_READ_MOVED: draft_read(&draft, event); break;
    case ENVELOPE__DATA_PROFILE_UPDATED: draft_profile(&draft, event); break;
    default: break;
    }
    *out_entries = draft.entries;
    *out_n = sort_unique(draft.entries, draft.n);
    return !draft.broken;
}

bool feed_needs_reset(uint32_t after, uint32_t head, uint32_t first)
{
    if (after == head) return false;
    return after > head || first != after + 1;
}
