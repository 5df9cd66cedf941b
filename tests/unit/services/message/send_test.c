/* Sending: once, in order, by members only, and whole or not at all. */
#include <stdatomic.h>

#include "base/limits.h"
#include "chat_world.h"
#include "faulty_db.h"
#include "rpc/event.h"
#include "rpc/transcode.h"
#include "runtime/thread.h"

static Err send_as(ChatWorld *world, Ctx *ctx, Id conversation, char *client, char *text, SendResponse *out)
{
    SendRequest request = SEND_REQUEST__INIT;
    *out = (SendResponse)SEND_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, conversation);
    request.client_id = client;
    request.text = text;
    return message_send(world->message, ctx, &request, out);
}

static Head *head_of(ChatWorld *world, Ctx *ctx, Id conversation)
{
    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    ListHeadsResponse response = LIST_HEADS_RESPONSE__INIT;
    CHECK_ERR(message_list_heads(world->message, ctx, &request, &response), OK, "heads");
    for (size_t i = 0; i < response.n_heads; i++)
        if (str_eq(str_of(response.heads[i]->key), str_of(id_text(ctx->arena, conversation))))
            return response.heads[i]->value;
    fail_msg("no head");
    return NULL;
}

TEST(a_message_is_answered_and_told_as_it_is_stored)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true; /* so that the message is the first entry */
    Id id = make_direct(world, person(1), person(2));
    char *client = client_id(ctx);
    SendResponse response;
    CHECK_ERR(send_as(world, ctx, id, client, "  Привет\n", &response), OK, "send");

    const Message *message = response.message;
    assert_false(response.duplicate);
    assert_int_equal(message->seq, 1);
    assert_int_equal(message->rev, 1);
    assert_string_equal(message->text, "  Привет\n");
    assert_string_equal(message->client_id, client);
    assert_string_equal(message->sender_id, id_text(ctx->arena, person(1)));
    assert_string_equal(message->conversation_id, id_text(ctx->arena, id));
    assert_true(message->created_at->seconds * 1000 + message->created_at->nanos / 1000000 == ctx->now_ms);

    const Envelope *event = wait_event(world, ctx, LIVE, topic_conversation(ctx->arena, id), 1);
    assert_int_equal(event->data_case, ENVELOPE__DATA_CHANGE);
    assert_string_equal(event->conversation_id, id_text(ctx->arena, id));
    assert_string_equal(event->actor_id, id_text(ctx->arena, person(1)));
    const Change *change = event->change;
    assert_string_equal(change->name, "message.created");
    assert_int_equal(change->rev, 1);
    assert_int_equal(change->seq, 1);
    assert_string_equal(change->data->message->id, message->id);
    assert_int_equal(change->data->message->rev, 1);
    assert_int_equal(change->data->message->seq, 1);
    assert_string_equal(change->data->message->text, "  Привет\n");
}

TEST(the_same_client_id_returns_the_first_message)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *later = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *other = ctx_of(person(2));
    Id id = make_direct(world, person(1), person(2));
    Id elsewhere = make_group(world, person(1), "T", NULL, 0);
    char *client = client_id(ctx);
    SendResponse first, again;
    CHECK_ERR(send_as(world, ctx, id, client, "one", &first), OK, "first");
    say(world, person(1), id, "two");

    CHECK_ERR(send_as(world, later, id, client, "one", &again), OK, "again");
    assert_true(again.duplicate);
    assert_string_equal(again.message->id, first.message->id);
    assert_int_equal(again.message->seq, 1);
    assert_int_equal(again.message->rev, first.message->rev);
    assert_int_equal(again.message->created_at->seconds, first.message->created_at->seconds);

    CHECK_ERR(send_as(world, ctx, id, client, "another", &again), ERR_CONFLICT, "another text");
    CHECK_ERR(send_as(world, ctx, elsewhere, client, "one", &again), ERR_CONFLICT, "another conversation");
    CHECK_ERR(send_as(world, other, id, client, "one", &again), OK, "another sender");
    assert_false(again.duplicate);
    assert_int_equal(again.message->seq, 3);
    assert_int_equal(head_of(world, ctx, id)->seq, 3);
    assert_int_equal(head_of(world, ctx, elsewhere)->seq, 0);
}

TEST(what_is_no_message_is_refused)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *nobody = test_ctx_new();
    Id id = make_direct(world, person(1), person(2));
    char *client = client_id(ctx), *huge = arena_alloc(ctx->arena, MESSAGE_TEXT_MAX + 2);
    SendResponse response;
    memset(huge, 'x', MESSAGE_TEXT_MAX + 1);
    CHECK_ERR(send_as(world, ctx, id, client, "", &response), ERR_INVALID, "empty");
    CHECK_ERR(send_as(world, ctx, id, client, huge, &response), ERR_TOO_LARGE, "too long");
    CHECK_ERR(send_as(world, ctx, id, "x", "text", &response), ERR_INVALID, "client_id");
    CHECK_ERR(send_as(world, nobody, id, client, "text", &response), ERR_UNAUTHENTICATED, "nobody");
    SendRequest request = SEND_REQUEST__INIT;
    request.conversation_id = "here";
    request.client_id = client;
    request.text = "text";
    CHECK_ERR(message_send(world->message, ctx, &request, &response), ERR_INVALID, "conversation_id");
    assert_int_equal(head_of(world, ctx, id)->seq, 0);
}

TEST(only_members_send_and_whoever_is_removed_stops_at_once)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *member = ctx_of(person(2));
    world->deaf = true; /* group alone must see to it */
    Id id = make_group(world, person(1), "T", NULL, 0);
    SendResponse response;
    CHECK_ERR(send_as(world, member, id, client_id(member), "x", &response), ERR_NOT_FOUND, "not yet a member");
    CHECK_ERR(send_as(world, member, person(99), client_id(member), "x", &response), ERR_NOT_FOUND, "no conversation");
    Str key = str_fmt(member->arena, "standing:%s:%s", id_text(member->arena, id), id_text(member->arena, person(2)));
    Str value;
    uint64_t lease;
    CHECK_ERR(cache_get(world->cache, member, key, &value, &lease), ERR_NOT_FOUND, "strangers fill no cache");
    add_member(world, person(1), id, person(2));
    CHECK_ERR(send_as(world, member, id, client_id(member), "x", &response), OK, "a member");
    CHECK_ERR(send_as(world, member, id, client_id(member), "x", &response), OK, "who has accepted");
    CHECK_ERR(cache_get(world->cache, member, key, &value, &lease), OK, "cached from now on");
    CHECK_ERR(remove_member(world, person(1), id, person(2)), OK, "remove");
    CHECK_ERR(send_as(world, member, id, client_id(member), "x", &response), ERR_NOT_FOUND, "removed");
    add_member(world, person(1), id, person(2));
    CHECK_ERR(send_as(world, member, id, client_id(member), "x", &response), OK, "a member again");
}

TEST(a_cached_membership_is_believed_without_asking_group)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *stranger = ctx_of(person(2));
    Id id = make_group(world, person(1), "T", NULL, 0);
    Str key =
        str_fmt(stranger->arena, "standing:%s:%s", id_text(stranger->arena, id), id_text(stranger->arena, person(2)));
    Str value;
    uint64_t lease;
    CHECK_ERR(cache_get(world->cache, stranger, key, &value, &lease), ERR_NOT_FOUND, "lease");
    CheckMemberResponse member = CHECK_MEMBER_RESPONSE__INIT;
    member.role = MEMBER_ROLE__MEMBER;
    member.kind = CONVERSATION_KIND__GROUP;
    member.accepted = true;
    cache_put(world->cache, stranger, key, message_pack(stranger->arena, &member.base), 60000, lease);
    SendResponse response;
    CHECK_ERR(send_as(world, stranger, id, client_id(stranger), "x", &response), OK, "as the cache says");
}

#define SENDERS       8
#define MESSAGES      40
#define CONVERSATIONS 2
typedef struct Sender {
    ChatWorld *world;
    const Id *conversations;
    Id user;
    int duplicates;
    Err err;
    _Atomic uint8_t (*seen)[SENDERS * MESSAGES + 1]; /* by conversation and seq */
} Sender;

/* Every message twice, as after a lost answer. */
static void send_many(void *arg)
{
    Sender *sender = arg;
    for (int i = 0; i < MESSAGES; i++) {
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(sender->user);
        char *client = client_id(ctx);
        SendResponse first, again;
        int at = i % CONVERSATIONS;
        sender->err = send_as(sender->world, ctx, sender->conversations[at], client, "text", &first);
        if (sender->err) return;
        sender->err = send_as(sender->world, ctx, sender->conversations[at], client, "text", &again);
        if (sender->err) return;
        sender->duplicates += again.duplicate && again.message->seq == first.message->seq;
        if (first.message->seq <= SENDERS * MESSAGES) atomic_fetch_add(&sender->seen[at][first.message->seq], 1);
    }
}

TEST(concurrent_sends_get_dense_numbers_without_a_hole_or_a_double)
{
    static _Atomic uint8_t seen[CONVERSATIONS][SENDERS * MESSAGES + 1];
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id others[SENDERS - 1], conversations[CONVERSATIONS];
    Sender senders[SENDERS];
    pthread_t threads[SENDERS];
    for (int i = 0; i < SENDERS - 1; i++) others[i] = person(i + 2);
    for (int i = 0; i < CONVERSATIONS; i++) {
        conversations[i] = make_group(world, person(1), "T", others, SENDERS - 1);
        wait_rev(world, conversations[i], person(1), SENDERS); /* created, and the others added */
    }
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (Sender){ .world = world, .conversations = conversations, .user = person(i + 1), .seen = seen };
        threads[i] = thread_start("sender", THREAD_WORKER, send_many, &senders[i]);
    }
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_ERR(senders[i].err, OK, "sender");
        assert_int_equal(senders[i].duplicates, MESSAGES);
    }

    const uint32_t each = SENDERS * MESSAGES / CONVERSATIONS;
    for (int at = 0; at < CONVERSATIONS; at++) {
        const Head *head = head_of(world, ctx, conversations[at]);
        assert_int_equal(head->seq, each);
        assert_int_equal(head->rev, each + SENDERS);
        for (uint32_t seq = 1; seq <= each; seq++) assert_int_equal(seen[at][seq], 1);
        /* Live events leave in the order of rev. */
        const char *topic = topic_conversation(ctx->arena, conversations[at]);
        for (uint32_t n = 1; n <= each + SENDERS; n++)
            assert_int_equal(wait_event(world, ctx, LIVE, topic, (int)n)->change->rev, n);
    }
}

/* On an engine with concurrent writers a transaction may lose the client_id between its look and its insert. */
typedef struct Loser {
    Db base;
    Db *inner;
    int conflicts;
} Loser;

static Err losing_write(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    Loser *loser = CONTAINER_OF(db, Loser, base);
    return loser->conflicts-- > 0 ? ERR_CONFLICT : db_write(loser->inner, ctx, fn, arg);
}

static bool has_none(const Db *db, int query)
{
    return false;
}

TEST(a_send_that_lost_a_race_for_its_client_id_looks_again)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_direct(world, person(1), person(2));
    DbOps ops = *faulty_db_inner(world->message_db)->ops;
    ops.has = has_none;
    ops.write = losing_write;
    Loser loser = { .base = { &ops }, .inner = faulty_db_inner(world->message_db) };
    RpcClient *group = rpc_client_local(&group_rpc, world->group);
    MessageService *svc = message_open(ctx, &loser.base, NULL, world->cache, group);
    assert_non_null(svc);

    SendRequest request = SEND_REQUEST__INIT;
    SendResponse first, response = SEND_RESPONSE__INIT;
    char *client = client_id(ctx);
    CHECK_ERR(send_as(world, ctx, id, client, "x", &first), OK, "the winner");
    request.conversation_id = id_text(ctx->arena, id);
    request.client_id = client;
    request.text = "x";
    loser.conflicts = 1;
    CHECK_ERR(message_send(svc, ctx, &request, &response), OK, "lost once");
    assert_true(response.duplicate);
    assert_string_equal(response.message->id, first.message->id);
    loser.conflicts = 2;
    CHECK_ERR(message_send(svc, ctx, &request, &response), ERR_UNAVAILABLE, "lost twice");
    message_close(svc);
    rpc_client_free(group);
}

/* The engine's way to store a message at once, whose answer is lost, or which loses a race. */
typedef struct Unheard {
    Db base;
    Db *inner;
    Err answer;
    bool stores;
} Unheard;

static bool unheard_has(const Db *db, int query)
{
    return db_has(CONTAINER_OF(db, const Unheard, base)->inner, query);
}

static Err unheard_write_one(Db *db, Ctx *ctx, const DbStatement *statement, DbRowFn fn, void *arg)
{
    const Unheard *self = CONTAINER_OF(db, Unheard, base);
    if (self->stores) CHECK_ERR(db_write_one(self->inner, ctx, statement, fn, arg), OK, "stored");
    return ctx_fail(ctx, self->answer, "asked for by the test");
}

static Err unheard_write(Db *db, Ctx *ctx, DbFn fn, void *arg)
{
    return db_write(CONTAINER_OF(db, Unheard, base)->inner, ctx, fn, arg);
}

static const struct {
    const char *label;
    Err answer;
    bool stores;
} unheard_table[] = {
    { "stored, and the answer lost", ERR_UNAVAILABLE, true },
    { "not stored", ERR_UNAVAILABLE, false },
    { "lost a race", ERR_CONFLICT, false },
};
TEST_EACH(a_send_that_was_not_heard_of_is_stored_once_and_no_duplicate, unheard_table, c)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_direct(world, person(1), person(2));
    wait_rev(world, id, person(1), 1);
    DbOps ops = { .has = unheard_has, .write = unheard_write, .write_one = unheard_write_one };
    Unheard unheard = { .base = { &ops }, .inner = faulty_db_inner(world->message_db), c->answer, c->stores };
    RpcClient *group = rpc_client_local(&group_rpc, world->group);
    MessageService *svc = message_open(ctx, &unheard.base, world->message_outbox, world->cache, group);
    assert_non_null(svc);

    SendRequest request = SEND_REQUEST__INIT;
    SendResponse response = SEND_RESPONSE__INIT, again;
    request.conversation_id = id_text(ctx->arena, id);
    request.client_id = client_id(ctx);
    request.text = "x";
    CHECK_ERR(message_send(svc, ctx, &request, &response), OK, c->label);
    assert_false(response.duplicate);
    assert_int_equal(response.message->seq, 1);
    assert_int_equal(response.message->rev, 2);
    CHECK_ERR(send_as(world, ctx, id, request.client_id, "x", &again), OK, "again");
    assert_true(again.duplicate);
    assert_string_equal(again.message->id, response.message->id);
    assert_int_equal(say(world, person(1), id, "y"), 2);
    wait_rev(world, id, person(1), 3);
    assert_int_equal(count_events(world, LIVE, topic_conversation(ctx->arena, id)), 3);
    message_close(svc);
    rpc_client_free(group);
}

TEST(a_failing_database_stores_a_message_whole_or_not_at_all)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    Id id = make_direct(world, person(1), person(2));
    wait_rev(world, id, person(1), 1); /* the log speaks of the conversation; nothing else comes by itself */
    char *client = client_id(ctx);
    int faults = 0;
    SendResponse response;
    for (int nth = 0; faulty_db_next(world->message_db, &nth);) {
        _cleanup_(ctx_freep) Ctx *own = ctx_of(person(1));
        Err err = send_as(world, own, id, client, "x", &response);
        if (!err) break;
        faults++;
        CHECK_ERR(err, ERR_UNAVAILABLE, "fault");
        const Head *head = head_of(world, ctx, id);
        assert_int_equal(head->rev, 1);
        assert_int_equal(head->seq, 0);
        assert_int_equal(head->read_seq, 0);
    }
    assert_int_equal(faults, 5); /* number, entry, read position, outbox, commit */
    faulty_db_arm(world->message_db, 0);
    CHECK_ERR(send_as(world, ctx, id, client, "x", &response), OK, "retry");
    assert_true(response.duplicate);
    assert_int_equal(response.message->rev, 2);
    say(world, person(1), id, "y");
    wait_rev(world, id, person(1), 3);
    assert_int_equal(count_events(world, LIVE, topic_conversation(ctx->arena, id)), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_answered_and_told_as_it_is_stored),
        cmocka_unit_test(the_same_client_id_returns_the_first_message),
        cmocka_unit_test(what_is_no_message_is_refused),
        cmocka_unit_test(only_members_send_and_whoever_is_removed_stops_at_once),
        cmocka_unit_test(a_cached_membership_is_believed_without_asking_group),
        cmocka_unit_test(concurrent_sends_get_dense_numbers_without_a_hole_or_a_double),
        cmocka_unit_test(a_send_that_lost_a_race_for_its_client_id_looks_again),
        cmocka_unit_test(a_send_that_was_not_heard_of_is_stored_once_and_no_duplicate),
        cmocka_unit_test(a_failing_database_stores_a_message_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
