/* Making, reading, changing and deleting conversations. */
#include "base/limits.h"
#include "chat_world.h"
#include "rpc/transcode.h"
#include "runtime/thread.h"

static Err create(ChatWorld *world, Ctx *ctx, ConversationKind kind, const char *title, const char *members,
                  const char *client, CreateConversationResponse *out)
{
    CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
    Str rest = str_of(members);
    request.kind = kind;
    request.title = str_cstr(ctx->arena, str_of(title));
    request.client_id = str_cstr(ctx->arena, str_of(client));
    request.member_ids = arena_new_array(ctx->arena, char *, 16);
    while (rest.len) { /* "1 2 x" names people by number; what is no number goes as it is */
        Str word = str_cut(&rest, ' ');
        uint64_t n;
        bool known = str_to_u64(word, 255, &n);
        request.member_ids[request.n_member_ids++] =
            known ? id_text(ctx->arena, person((int)n)) : str_cstr(ctx->arena, word);
    }
    *out = (CreateConversationResponse)CREATE_CONVERSATION_RESPONSE__INIT;
    return group_create_conversation(world->group, ctx, &request, out);
}

static uint32_t n_conversations(ChatWorld *world, Id user)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    ListConversationsRequest request = LIST_CONVERSATIONS_REQUEST__INIT;
    ListConversationsResponse response = LIST_CONVERSATIONS_RESPONSE__INIT;
    CHECK_ERR(group_list_conversations(world->group, ctx, &request, &response), OK, "list");
    return (uint32_t)response.n_conversations;
}

TEST(a_group_belongs_to_its_creator_and_has_each_member_once)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    CreateConversationResponse response;
    CHECK_ERR(create(world, ctx, CONVERSATION_KIND__GROUP, "  Friends ", "2 3 2 1", "", &response), OK, "create");

    const Conversation *made = response.conversation;
    assert_false(response.existed);
    assert_string_equal(made->title, "Friends");
    assert_int_equal(made->kind, CONVERSATION_KIND__GROUP);
    assert_int_equal(made->member_count, 3);
    assert_int_equal(made->role, MEMBER_ROLE__OWNER);
    assert_string_equal(made->created_by, id_text(ctx->arena, person(1)));
    assert_int_equal(made->n_member_ids, 0);
    Id id;
    assert_true(id_parse(str_of(made->id), &id));
    assert_int_equal(role_of(world, id, person(1)), MEMBER_ROLE__OWNER);
    assert_int_equal(role_of(world, id, person(2)), MEMBER_ROLE__MEMBER);
    assert_int_equal(role_of(world, id, person(3)), MEMBER_ROLE__MEMBER);
    assert_int_equal(role_of(world, id, person(4)), MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED);
}

static const struct {
    const char *label;
    ConversationKind kind;
    Err want;
    const char *title, *members, *client;
} refused[] = {
    { "no kind", CONVERSATION_KIND__CONVERSATION_KIND_UNSPECIFIED, ERR_INVALID, "T", "2", "" },
    { "unknown kind", (ConversationKind)9, ERR_INVALID, "T", "2", "" },
    { "group without a title", CONVERSATION_KIND__GROUP, ERR_INVALID, " ", "2", "" },
    { "group with a stranger", CONVERSATION_KIND__GROUP, ERR_NOT_FOUND, "T", "2 99", "" },
    { "group with a broken id", CONVERSATION_KIND__GROUP, ERR_INVALID, "T", "2 x", "" },
    { "group over the call's limit", CONVERSATION_KIND__GROUP, ERR_TOO_LARGE, "T", "2 3 4 5 6 7", "" },
    { "group over the group's limit", CONVERSATION_KIND__GROUP, ERR_PRECONDITION, "T", "2 3 4 5", "" },
    { "client_id that is no UUID", CONVERSATION_KIND__GROUP, ERR_INVALID, "T", "2", "x" },
    { "direct with nobody", CONVERSATION_KIND__DIRECT, ERR_INVALID, "", "", "" },
    { "direct with two others", CONVERSATION_KIND__DIRECT, ERR_INVALID, "", "2 3", "" },
    { "direct with a stranger", CONVERSATION_KIND__DIRECT, ERR_NOT_FOUND, "", "99", "" },
};
TEST(a_creation_that_breaks_a_rule_is_refused_and_leaves_nothing)
{
    const GroupConfig config = { .conversations_per_user_max = 10,
                                 .members_per_group_max = 4,
                                 .members_per_call_max = 5,
                                 .pending_per_user_max = 9,
                                 .pending_of_strangers_max = 9,
                                 .unanswered_adds_max = 9 };
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(&config);
    world->stranger = person(99);
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
        CreateConversationResponse response;
        Err err =
            create(world, ctx, refused[i].kind, refused[i].title, refused[i].members, refused[i].client, &response);
        CHECK_ERR(err, refused[i].want, refused[i].label);
        CHECK(ctx->err_text, refused[i].label);
        CHECK(n_conversations(world, person(1)) == 0, refused[i].label);
    }
}

TEST(nobody_creates_without_signing_in)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CreateConversationResponse response;
    CHECK_ERR(create(world, ctx, CONVERSATION_KIND__GROUP, "T", "2", "", &response), ERR_UNAUTHENTICATED, "nobody");
}

TEST(a_group_is_not_made_when_auth_does_not_answer)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    CreateConversationResponse response;
    world->auth_err = ERR_UNAVAILABLE;
    CHECK_ERR(create(world, ctx, CONVERSATION_KIND__GROUP, "T", "2", "", &response), ERR_UNAVAILABLE, "auth is away");
    assert_int_equal(n_conversations(world, person(1)), 0);
}

TEST(a_repeated_creation_returns_the_first_group)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *other = ctx_of(person(2));
    CreateConversationResponse first, again;
    const char *client = client_id(ctx);
    CHECK_ERR(create(world, ctx, CONVERSATION_KIND__GROUP, "T", "2 3", client, &first), OK, "first");
    CHECK_ERR(create(world, ctx, CONVERSATION_KIND__GROUP, "T", "3 2", client, &again), OK, "again");
    assert_true(again.existed);
    assert_string_equal(again.conversation->id, first.conversation->id);
    assert_int_equal(world->auth_calls, 1);

    CHECK_ERR(create(world, ctx, CONVERSATION_KIND__GROUP, "T", "2", client, &again), ERR_CONFLICT, "other members");
    CHECK_ERR(create(world, ctx, CONVERSATION_KIND__GROUP, "U", "2 3", client, &again), ERR_CONFLICT, "other title");
    CHECK_ERR(create(world, other, CONVERSATION_KIND__GROUP, "T", "3", client, &again), OK, "another creator's");
    assert_false(again.existed);

    Id id;
    assert_true(id_parse(str_of(first.conversation->id), &id));
    CHECK_ERR(remove_member(world, person(1), id, person(1)), OK, "leave");
    CHECK_ERR(create(world, ctx, CONVERSATION_KIND__GROUP, "T", "2 3", client, &again), ERR_CONFLICT, "has left");
}

TEST(a_pair_has_one_direct_conversation_whoever_begins)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *one = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *two = ctx_of(person(2));
    CreateConversationResponse first, again;
    CHECK_ERR(create(world, two, CONVERSATION_KIND__DIRECT, "ignored", "1", "", &first), OK, "two begins");
    assert_false(first.existed);
    assert_string_equal(first.conversation->title, "");
    assert_int_equal(first.conversation->role, MEMBER_ROLE__MEMBER);
    assert_int_equal(first.conversation->member_count, 2);
    assert_int_equal(first.conversation->n_member_ids, 2);
    assert_string_equal(first.conversation->member_ids[0], id_text(one->arena, person(1)));
    assert_string_equal(first.conversation->member_ids[1], id_text(one->arena, person(2)));

    CHECK_ERR(create(world, one, CONVERSATION_KIND__DIRECT, "", "1 2", "", &again), OK, "one comes later");
    assert_true(again.existed);
    assert_string_equal(again.conversation->id, first.conversation->id);
    assert_int_equal(world->auth_calls, 1);
}

TEST(one_has_a_conversation_with_oneself_once)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *one = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *two = ctx_of(person(2));
    CreateConversationResponse first, again, other;
    CHECK_ERR(create(world, one, CONVERSATION_KIND__DIRECT, "", "1", "", &first), OK, "oneself");
    assert_int_equal(first.conversation->kind, CONVERSATION_KIND__DIRECT);
    assert_int_equal(first.conversation->member_count, 1);
    assert_int_equal(first.conversation->n_member_ids, 1);
    assert_string_equal(first.conversation->member_ids[0], id_text(one->arena, person(1)));

    CHECK_ERR(create(world, one, CONVERSATION_KIND__DIRECT, "", "1 1", "", &again), OK, "again");
    assert_true(again.existed);
    assert_string_equal(again.conversation->id, first.conversation->id);
    CHECK_ERR(create(world, two, CONVERSATION_KIND__DIRECT, "", "2", "", &other), OK, "another's");
    assert_string_not_equal(other.conversation->id, first.conversation->id);
    assert_int_equal(world->auth_calls, 0);

    Id id;
    assert_true(id_parse(str_of(first.conversation->id), &id));
    assert_int_equal(role_of(world, id, person(1)), MEMBER_ROLE__MEMBER);
    assert_int_equal(role_of(world, id, person(2)), MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED);
    CHECK_ERR(remove_member(world, person(1), id, person(1)), ERR_FORBIDDEN, "nobody leaves it");
}

/* Both of a pair press the button at the same moment, many times. */
#define RACERS 8
#define ROUNDS 10
typedef struct Racer {
    ChatWorld *world;
    Id found[ROUNDS];
    int made;
    Err err;
    pthread_barrier_t *start;
    int index;
} Racer;

static void race(void *arg)
{
    Racer *racer = arg;
    for (int round = 0; round < ROUNDS; round++) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(racer->index % 2 ? person(1) : person(10 + round));
        CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
        CreateConversationResponse response = CREATE_CONVERSATION_RESPONSE__INIT;
        request.kind = CONVERSATION_KIND__DIRECT;
        request.n_member_ids = 1;
        request.member_ids = (char *[]){ id_text(ctx->arena, racer->index % 2 ? person(10 + round) : person(1)) };
        pthread_barrier_wait(racer->start);
        racer->err = group_create_conversation(racer->world->group, ctx, &request, &response);
        if (racer->err || !id_parse(str_of(response.conversation->id), &racer->found[round])) return;
        if (!response.existed) racer->made++;
    }
}

TEST(concurrent_creations_of_a_direct_conversation_all_get_the_same_one)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    pthread_barrier_t start;
    Racer racers[RACERS];
    pthread_t threads[RACERS];
    int made = 0;
    pthread_barrier_init(&start, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (Racer){ .world = world, .start = &start, .index = i };
        threads[i] = thread_start("racer", THREAD_WORKER, race, &racers[i]);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_ERR(racers[i].err, OK, "racer");
        made += racers[i].made;
    }
    pthread_barrier_destroy(&start);
    for (int i = 1; i < RACERS; i++) assert_memory_equal(racers[i].found, racers[0].found, sizeof racers[0].found);
    assert_int_equal(made, ROUNDS);
    assert_int_equal(n_conversations(world, person(1)), ROUNDS);
}

static Err update(ChatWorld *world, Ctx *ctx, Id id, char *title, char *description, Conversation **out)
{
    UpdateConversationRequest request = UPDATE_CONVERSATION_REQUEST__INIT;
    UpdateConversationResponse response = UPDATE_CONVERSATION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    if (title) {
        request._title_case = UPDATE_CONVERSATION_REQUEST___TITLE_TITLE;
        request.title = title;
    }
    if (description) {
        request._description_case = UPDATE_CONVERSATION_REQUEST___DESCRIPTION_DESCRIPTION;
        request.description = description;
    }
    Err err = group_update_conversation(world->group, ctx, &request, &response);
    if (out) *out = response.conversation;
    return err;
}

TEST(an_update_changes_what_is_present_and_nothing_else)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Conversation *after;
    Id id = make_group(world, person(1), "Before", (const Id[]){ person(2) }, 1);

    CHECK_ERR(update(world, ctx, id, NULL, " words ", &after), OK, "description");
    assert_string_equal(after->title, "Before");
    assert_string_equal(after->description, "words");
    CHECK_ERR(update(world, ctx, id, "After", NULL, &after), OK, "title");
    assert_string_equal(after->title, "After");
    assert_string_equal(after->description, "words");
    CHECK_ERR(update(world, ctx, id, NULL, "", &after), OK, "description away");
    assert_string_equal(after->description, "");
    CHECK_ERR(update(world, ctx, id, " ", NULL, NULL), ERR_INVALID, "blank title");
    CHECK_ERR(update(world, ctx, id, "After", NULL, &after), OK, "no change");

    wait_event(world, ctx, BUS, "conversation.updated", 3);
    CHECK_ERR(update(world, ctx, id, "Later", NULL, &after), OK, "one more");
    const Envelope *event = wait_event(world, ctx, BUS, "conversation.updated", 4);
    assert_string_equal(event->conversation_updated->conversation->title, "Later"); /* no event without a change */
}

/* The calls of somebody on a conversation. */
static Err call_get(ChatWorld *world, Ctx *ctx, Id id)
{
    GetConversationRequest request = GET_CONVERSATION_REQUEST__INIT;
    GetConversationResponse response = GET_CONVERSATION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    return group_get_conversation(world->group, ctx, &request, &response);
}

static Err call_list_members(ChatWorld *world, Ctx *ctx, Id id)
{
    ListMembersRequest request = LIST_MEMBERS_REQUEST__INIT;
    ListMembersResponse response = LIST_MEMBERS_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    return group_list_members(world->group, ctx, &request, &response);
}

static Err call_update(ChatWorld *world, Ctx *ctx, Id id)
{
    return update(world, ctx, id, "New", NULL, NULL);
}

static Err call_delete(ChatWorld *world, Ctx *ctx, Id id)
{
    DeleteConversationRequest request = DELETE_CONVERSATION_REQUEST__INIT;
    DeleteConversationResponse response = DELETE_CONVERSATION_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    return group_delete_conversation(world->group, ctx, &request, &response);
}

static Err call_add(ChatWorld *world, Ctx *ctx, Id id)
{
    AddMembersRequest request = ADD_MEMBERS_REQUEST__INIT;
    AddMembersResponse response = ADD_MEMBERS_RESPONSE__INIT;
    request.id = id_text(ctx->arena, id);
    request.n_user_ids = 1;
    request.user_ids = (char *[]){ id_text(ctx->arena, person(77)) };
    return group_add_members(world->group, ctx, &request, &response);
}

static Err call_remove(ChatWorld *world, Ctx *ctx, Id id)
{
    return remove_member(world, ctx->actor.user, id, person(77));
}

static Err call_leave(ChatWorld *world, Ctx *ctx, Id id)
{
    return remove_member(world, ctx->actor.user, id, ctx->actor.user);
}

static Err call_set_role(ChatWorld *world, Ctx *ctx, Id id)
{
    return set_role(world, ctx->actor.user, id, person(1), MEMBER_ROLE__MEMBER);
}

/* Person 1 owns the group, 2 is an admin, 3 a member; 1 and 3 also have a direct conversation. */
static const struct {
    const char *label;
    Err (*call)(ChatWorld *world, Ctx *ctx, Id id);
    Err by_admin, by_member, in_direct;
} calls[] = {
    { "get", call_get, OK, OK, OK },
    { "list members", call_list_members, OK, OK, OK },
    { "update", call_update, OK, ERR_FORBIDDEN, ERR_FORBIDDEN },
    { "add", call_add, OK, ERR_FORBIDDEN, ERR_FORBIDDEN },
    { "remove", call_remove, OK, ERR_FORBIDDEN, ERR_FORBIDDEN },
    { "set role", call_set_role, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN },
    { "delete", call_delete, ERR_FORBIDDEN, ERR_FORBIDDEN, ERR_FORBIDDEN },
    { "leave", call_leave, OK, OK, ERR_FORBIDDEN },
};

TEST(every_call_asks_for_the_right_and_tells_strangers_nothing)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *admin = ctx_of(person(2));
    _cleanup_(ctx_freep) Ctx *member = ctx_of(person(3));
    _cleanup_(ctx_freep) Ctx *stranger = ctx_of(person(4));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3) }, 2);
    Id direct = make_direct(world, person(1), person(3));
    CHECK_ERR(set_role(world, person(1), id, person(2), MEMBER_ROLE__ADMIN_MEMBER), OK, "admin");

    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        CHECK_ERR(calls[i].call(world, stranger, id), ERR_NOT_FOUND, calls[i].label);
        CHECK_ERR(calls[i].call(world, stranger, person(200)), ERR_NOT_FOUND, calls[i].label);
        CHECK_ERR(calls[i].call(world, member, direct), calls[i].in_direct, calls[i].label);
        CHECK_ERR(calls[i].call(world, member, id), calls[i].by_member, calls[i].label);
        CHECK_ERR(calls[i].call(world, admin, id), calls[i].by_admin, calls[i].label);
    }
}

TEST(a_deleted_group_is_gone_for_everybody)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *owner = ctx_of(person(1));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3) }, 2);
    Id kept = make_group(world, person(2), "Kept", NULL, 0);
    CHECK_ERR(call_delete(world, owner, id), OK, "delete");
    CHECK_ERR(call_get(world, owner, id), ERR_NOT_FOUND, "get");
    CHECK_ERR(call_delete(world, owner, id), ERR_NOT_FOUND, "delete again");
    for (int n = 1; n <= 3; n++) assert_int_equal(role_of(world, id, person(n)), 0);
    assert_int_equal(n_conversations(world, person(2)), 1);
    assert_int_equal(role_of(world, kept, person(2)), MEMBER_ROLE__OWNER);
}

TEST(conversations_are_listed_by_id_a_page_at_a_time)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    for (int i = 0; i < 5; i++) make_group(world, person(1), "T", NULL, 0);
    make_group(world, person(2), "Not theirs", NULL, 0);

    ListConversationsRequest request = LIST_CONVERSATIONS_REQUEST__INIT;
    const char *before = "";
    size_t pages = 0, seen = 0;
    for (bool more = true; more; pages++) {
        ListConversationsResponse response = LIST_CONVERSATIONS_RESPONSE__INIT;
        request.limit = 2;
        CHECK_ERR(group_list_conversations(world->group, ctx, &request, &response), OK, "list");
        for (size_t i = 0; i < response.n_conversations; i++, seen++) {
            assert_true(strcmp(response.conversations[i]->id, before) > 0);
            before = request.after_id = response.conversations[i]->id;
            assert_int_equal(response.conversations[i]->role, MEMBER_ROLE__OWNER);
        }
        more = response.has_more;
    }
    assert_int_equal(pages, 3);
    assert_int_equal(seen, 5);
}

/* Descriptions of 1,000 letters of four bytes. */
TEST(a_page_of_conversations_ends_where_it_would_grow_too_large)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    enum { N = 130 };
    StrBuf description, json;
    strbuf_init(&description, ctx->arena);
    strbuf_init(&json, ctx->arena);
    for (int i = 0; i < DESCRIPTION_MAX; i++) strbuf_add(&description, STR("\U0001f600"));
    for (int i = 0; i < N; i++) {
        CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT;
        CreateConversationResponse response = CREATE_CONVERSATION_RESPONSE__INIT;
        request.kind = CONVERSATION_KIND__GROUP;
        request.title = (char *)"T";
        request.description = str_cstr(ctx->arena, strbuf_str(&description));
        CHECK_ERR(group_create_conversation(world->group, ctx, &request, &response), OK, "create");
    }
    ListConversationsRequest request = LIST_CONVERSATIONS_REQUEST__INIT;
    ListConversationsResponse page = LIST_CONVERSATIONS_RESPONSE__INIT;
    request.limit = 500;
    CHECK_ERR(group_list_conversations(world->group, ctx, &request, &page), OK, "list");
    transcode_to_json(&json, &page.base);
    assert_in_range(json.len, 400 << 10, ANSWER_BYTES_MAX);
    assert_true(page.has_more);
    size_t seen = page.n_conversations;
    request.after_id = page.conversations[seen - 1]->id;
    CHECK_ERR(group_list_conversations(world->group, ctx, &request, &page), OK, "the rest");
    assert_int_equal(seen + page.n_conversations, N);
    assert_false(page.has_more);
}

/* What `user` has in common with `other`: the titles, by id, with a comma behind each. */
static const char *in_common(ChatWorld *world, Ctx *ctx, Id user, Id other)
{
    _cleanup_(ctx_freep) Ctx *own = ctx_of(user);
    ListGroupsInCommonRequest request = LIST_GROUPS_IN_COMMON_REQUEST__INIT;
    StrBuf titles;
    strbuf_init(&titles, ctx->arena);
    request.user_id = id_text(own->arena, other);
    request.limit = 2;
    for (bool more = true; more;) {
        ListGroupsInCommonResponse response = LIST_GROUPS_IN_COMMON_RESPONSE__INIT;
        CHECK_ERR(group_list_groups_in_common(world->group, own, &request, &response), OK, "in common");
        for (size_t i = 0; i < response.n_conversations; i++) {
            assert_true(strcmp(response.conversations[i]->id, request.after_id) > 0);
            assert_int_equal(response.conversations[i]->kind, CONVERSATION_KIND__GROUP);
            Id id;
            assert_true(id_parse(str_of(response.conversations[i]->id), &id));
            assert_int_equal(response.conversations[i]->role, role_of(world, id, user));
            request.after_id = response.conversations[i]->id;
            strbuf_add(&titles, str_of(response.conversations[i]->title));
            strbuf_add(&titles, STR(","));
        }
        more = response.has_more;
    }
    return str_cstr(ctx->arena, strbuf_str(&titles));
}

/* Person 1 and 2 share three groups and a direct conversation; 3 is in one of these and in one with 2 alone. */
TEST(groups_in_common_are_those_that_both_belong_to_and_no_others)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(ID_NONE);
    Id first = make_group(world, person(1), "a", (const Id[]){ person(2), person(3) }, 2);
    make_group(world, person(2), "b", (const Id[]){ person(1) }, 1);
    make_group(world, person(2), "without person 1", (const Id[]){ person(3) }, 1);
    make_group(world, person(1), "without person 2", NULL, 0);
    Id last = make_group(world, person(3), "c", (const Id[]){ person(1), person(2) }, 2);
    make_direct(world, person(1), person(2));

    assert_string_equal(in_common(world, ctx, person(1), person(2)), "a,b,c,");
    assert_string_equal(in_common(world, ctx, person(2), person(1)), "a,b,c,");
    assert_string_equal(in_common(world, ctx, person(1), person(3)), "a,c,");
    assert_string_equal(in_common(world, ctx, person(4), person(2)), "");   /* a stranger */
    assert_string_equal(in_common(world, ctx, person(1), person(200)), ""); /* nobody */

    /* An account that is closed stays where it belongs, as in the list of members. */
    set_closed(world, person(2), true);
    assert_string_equal(in_common(world, ctx, person(1), person(2)), "a,b,c,");

    /* Whoever was removed sees the group no more, and is not seen in it; the same for one that was deleted. */
    CHECK_ERR(remove_member(world, person(1), first, person(3)), OK, "remove");
    assert_string_equal(in_common(world, ctx, person(3), person(1)), "c,");
    assert_string_equal(in_common(world, ctx, person(1), person(3)), "c,");
    _cleanup_(ctx_freep) Ctx *owner = ctx_of(person(3));
    CHECK_ERR(call_delete(world, owner, last), OK, "delete");
    assert_string_equal(in_common(world, ctx, person(1), person(3)), "");

    ListGroupsInCommonRequest request = LIST_GROUPS_IN_COMMON_REQUEST__INIT;
    ListGroupsInCommonResponse response = LIST_GROUPS_IN_COMMON_RESPONSE__INIT;
    CHECK_ERR(group_list_groups_in_common(world->group, owner, &request, &response), ERR_INVALID, "of whom?");
    request.user_id = id_text(ctx->arena, person(1));
    CHECK_ERR(group_list_groups_in_common(world->group, ctx, &request, &response), ERR_UNAUTHENTICATED, "by whom?");
}

TEST(memberships_are_all_conversations_of_a_user)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    Id group = make_group(world, person(1), "T", (const Id[]){ person(2), person(3) }, 2);
    Id direct = make_direct(world, person(1), person(2));
    make_direct(world, person(1), person(3));

    ListMembershipsRequest request = LIST_MEMBERSHIPS_REQUEST__INIT;
    ListMembershipsResponse response = LIST_MEMBERSHIPS_RESPONSE__INIT;
    request.user_id = id_text(ctx->arena, person(2));
    CHECK_ERR(group_list_memberships(world->group, ctx, &request, &response), OK, "memberships");
    assert_int_equal(response.n_memberships, 2);
    assert_string_equal(response.memberships[0]->conversation_id, id_text(ctx->arena, group));
    assert_int_equal(response.memberships[0]->kind, CONVERSATION_KIND__GROUP);
    assert_int_equal(response.memberships[0]->member_count, 3);
    assert_string_equal(response.memberships[1]->conversation_id, id_text(ctx->arena, direct));
    assert_int_equal(response.memberships[1]->kind, CONVERSATION_KIND__DIRECT);
    assert_int_equal(response.memberships[1]->member_count, 2);
}

static size_t filter_acquainted(ChatWorld *world, Id user, const Id *others, size_t n_others, bool *out_found)
{
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(user);
    FilterAcquaintedRequest request = FILTER_ACQUAINTED_REQUEST__INIT;
    FilterAcquaintedResponse response = FILTER_ACQUAINTED_RESPONSE__INIT;
    request.user_id = id_text(ctx->arena, user);
    request.n_other_ids = n_others;
    request.other_ids = arena_new_array(ctx->arena, char *, n_others);
    for (size_t i = 0; i < n_others; i++) request.other_ids[i] = id_text(ctx->arena, others[i]);
    CHECK_ERR(group_filter_acquainted(world->group, ctx, &request, &response), OK, "filter");
    for (size_t i = 0; i < n_others; i++) {
        out_found[i] = false;
        for (size_t k = 0; k < response.n_user_ids; k++)
            out_found[i] |= str_eq(str_of(response.user_ids[k]), str_of(request.other_ids[i]));
    }
    return response.n_user_ids;
}

/* More than one query asks for. */
TEST(the_acquainted_are_those_who_take_part_in_any_conversation_that_is_shared)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    enum { N = 60 };
    Id others[N];
    bool found[N];
    for (int i = 0; i < N; i++) others[i] = person(2 + i);
    Id group = make_group(world, person(100), "T", (const Id[]){ person(1), others[30], others[59] }, 3);
    Id pair = make_group(world, person(1), "T", (const Id[]){ others[30] }, 1);
    Id direct = make_direct(world, person(1), others[3]);
    make_group(world, others[4], "without person 1", (const Id[]){ others[5] }, 1);

    /* To be put somewhere tells nobody of oneself, but of whoever did it. */
    assert_int_equal(filter_acquainted(world, person(1), others, N, found), 0);
    assert_int_equal(filter_acquainted(world, others[3], (const Id[]){ person(1) }, 1, found), 1);
    say(world, others[3], direct, "x");
    say(world, others[30], pair, "x");
    say(world, others[30], group, "x");
    say(world, others[59], group, "x");
    assert_int_equal(filter_acquainted(world, person(1), others, N, found), 3);
    for (int i = 0; i < N; i++) assert_int_equal(found[i], i == 3 || i == 30 || i == 59);
    CHECK_ERR(remove_member(world, person(1), group, person(1)), OK, "leave");
    assert_int_equal(filter_acquainted(world, person(1), others, N, found), 2);
    assert_false(found[59]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_belongs_to_its_creator_and_has_each_member_once),
        cmocka_unit_test(a_creation_that_breaks_a_rule_is_refused_and_leaves_nothing),
        cmocka_unit_test(nobody_creates_without_signing_in),
        cmocka_unit_test(a_group_is_not_made_when_auth_does_not_answer),
        cmocka_unit_test(a_repeated_creation_returns_the_first_group),
        cmocka_unit_test(a_pair_has_one_direct_conversation_whoever_begins),
        cmocka_unit_test(one_has_a_conversation_with_oneself_once),
        cmocka_unit_test(concurrent_creations_of_a_direct_conversation_all_get_the_same_one),
        cmocka_unit_test(an_update_changes_what_is_present_and_nothing_else),
        cmocka_unit_test(every_call_asks_for_the_right_and_tells_strangers_nothing),
        cmocka_unit_test(a_deleted_group_is_gone_for_everybody),
        cmocka_unit_test(conversations_are_listed_by_id_a_page_at_a_time),
        cmocka_unit_test(a_page_of_conversations_ends_where_it_would_grow_too_large),
        cmocka_unit_test(groups_in_common_are_those_that_both_belong_to_and_no_others),
        cmocka_unit_test(memberships_are_all_conversations_of_a_user),
        cmocka_unit_test(the_acquainted_are_those_who_take_part_in_any_conversation_that_is_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
