/* Read positions, and where everything stands. */
#include "base/limits.h"
#include "chat_world.h"
#include "faulty_db.h"
#include "rpc/event.h"
#include "rpc/transcode.h"

static MarkReadResponse mark(ChatWorld *world, Ctx *ctx, Id id, uint32_t seq)
{
    MarkReadRequest request = MARK_READ_REQUEST__INIT;
    MarkReadResponse response = MARK_READ_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.seq = seq;
    CHECK_ERR(message_mark_read(world->message, ctx, &request, &response), OK, "mark");
    return response;
}

TEST(a_read_position_moves_forward_only_and_not_beyond_the_last_message)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    Id id = make_direct(world, person(1), person(2));
    assert_int_equal(mark(world, ctx, id, 7).read_seq, 0); /* nothing to read yet */
    for (int i = 0; i < 5; i++) say(world, person(1), id, "x");

    static const struct {
        uint32_t mark, read, unread;
    } steps[] = { { 0, 0, 5 }, { 2, 2, 3 }, { 1, 2, 3 }, { 2, 2, 3 }, { 99, 5, 0 }, { 3, 5, 0 } };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        MarkReadResponse response = mark(world, ctx, id, steps[i].mark);
        assert_int_equal(response.read_seq, steps[i].read);
        assert_int_equal(response.unread, steps[i].unread);
    }

    /* Told only when it moved: twice. */
    say(world, person(1), id, "x");
    mark(world, ctx, id, 6);
    const Envelope *last = wait_event(world, ctx, BUS, "read.moved", 3);
    assert_int_equal(last->read_moved->read_seq, 6);
    const Envelope *second = wait_event(world, ctx, BUS, "read.moved", 2);
    assert_int_equal(second->data_case, ENVELOPE__DATA_READ_MOVED);
    assert_string_equal(second->user_id, id_text(ctx->arena, person(2)));
    assert_string_equal(second->conversation_id, id_text(ctx->arena, id));
    assert_string_equal(second->read_moved->conversation_id, id_text(ctx->arena, id));
    assert_int_equal(second->read_moved->read_seq, 5);
    assert_int_equal(second->read_moved->unread, 0);
}

static uint32_t deliver(ChatWorld *world, Ctx *ctx, Id id, uint32_t seq)
{
    MarkDeliveredRequest request = MARK_DELIVERED_REQUEST__INIT;
    MarkDeliveredResponse response = MARK_DELIVERED_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.seq = seq;
    CHECK_ERR(message_mark_delivered(world->message, ctx, &request, &response), OK, "deliver");
    return response.delivered_seq;
}

static ListReadsResponse list_reads(ChatWorld *world, Ctx *ctx, Id id)
{
    ListReadsRequest request = LIST_READS_REQUEST__INIT;
    ListReadsResponse response = LIST_READS_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    CHECK_ERR(message_list_reads(world->message, ctx, &request, &response), OK, "reads");
    return response;
}

/* How many deliveries were told live in the conversation, of the first n events there; *out_last: the last of them. */
static int count_deliveries(ChatWorld *world, Ctx *ctx, Id id, int n, const Envelope **out_last)
{
    int count = 0;
    *out_last = NULL;
    for (int i = 1; i <= n; i++) {
        const Envelope *event = wait_event(world, ctx, LIVE, topic_conversation(ctx->arena, id), i);
        if (event->data_case != ENVELOPE__DATA_DELIVERED_MOVED) continue;
        count++;
        *out_last = event;
    }
    return count;
}

TEST(what_a_device_has_moves_forward_only_and_lies_between_what_is_read_and_the_last_message)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    world->deaf = true;
    Id id = make_direct(world, person(2), person(1)); /* who begins it takes part by their own will */
    assert_int_equal(deliver(world, ctx, id, 7), 0);  /* nothing is there yet */
    for (int i = 0; i < 5; i++) say(world, person(1), id, "x");

    static const struct {
        uint32_t deliver, mark, delivered, read;
    } steps[] = {
        { 0, 0, 0, 0 }, { 2, 0, 2, 0 },  { 1, 0, 2, 0 }, { 2, 0, 2, 0 }, /* told once */
        { 2, 3, 3, 3 },                                                  /* read is delivered, too */
        { 3, 3, 3, 3 }, { 99, 0, 5, 3 },                                 /* told again */
    };
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        if (steps[i].mark) mark(world, ctx, id, steps[i].mark);
        assert_int_equal(deliver(world, ctx, id, steps[i].deliver), steps[i].delivered);
        ListReadsResponse reads = list_reads(world, ctx, id);
        assert_int_equal(reads.n_reads, steps[i].delivered ? 2 : 1);
        if (!steps[i].delivered) continue;
        assert_int_equal(reads.reads[1]->seq, steps[i].read);
        assert_int_equal(reads.reads[1]->delivered_seq, steps[i].delivered);
    }
    ListReadsResponse reads = list_reads(world, ctx, id);
    assert_int_equal(reads.reads[0]->seq, 5); /* the sender's own */
    assert_int_equal(reads.reads[0]->delivered_seq, 5);

    /* A message that comes last, so that all before it was published. */
    say(world, person(1), id, "x");
    const Envelope *event;
    assert_int_equal(count_deliveries(world, ctx, id, 5 + 1 + 2 + 1, &event), 2);
    assert_string_equal(event->user_id, id_text(ctx->arena, person(2)));
    assert_string_equal(event->delivered_moved->user_id, id_text(ctx->arena, person(2)));
    assert_int_equal(event->delivered_moved->seq, 5);
}

TEST(in_a_group_delivery_is_allowed_and_kept_nowhere)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    world->deaf = true;
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    say(world, person(1), id, "x");
    assert_int_equal(deliver(world, ctx, id, 1), 0);
    ListReadsResponse reads = list_reads(world, ctx, id);
    assert_int_equal(reads.n_reads, 1);
    say(world, person(1), id, "x");
    const Envelope *event;
    assert_int_equal(count_deliveries(world, ctx, id, 2, &event), 0);
}

TEST(a_failing_database_delivers_nothing_and_tells_nobody)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    world->deaf = true;
    Id id = make_direct(world, person(2), person(1));
    say(world, person(1), id, "x");
    MarkDeliveredRequest request = MARK_DELIVERED_REQUEST__INIT;
    MarkDeliveredResponse response = MARK_DELIVERED_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.seq = 1;
    int faults = 0;
    for (int nth = 0; faulty_db_next(world->message_db, &nth);) {
        Err err = message_mark_delivered(world->message, ctx, &request, &response);
        if (!err) break;
        faults++;
        CHECK_ERR(err, ERR_UNAVAILABLE, "fault");
        assert_int_equal(list_reads(world, ctx, id).n_reads, 1);
    }
    faulty_db_arm(world->message_db, 0);
    assert_int_equal(faults, 4); /* look, move, an outbox row, commit */
    say(world, person(1), id, "x");
    const Envelope *event;
    assert_int_equal(count_deliveries(world, ctx, id, 3, &event), 1);
}

TEST(a_moved_read_position_is_seen_live_in_the_conversation)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    world->deaf = true;
    Id id = make_direct(world, person(2), person(1));
    say(world, person(1), id, "x");
    mark(world, ctx, id, 1);
    const Envelope *event = wait_event(world, ctx, LIVE, topic_conversation(ctx->arena, id), 2);
    assert_int_equal(event->data_case, ENVELOPE__DATA_READ_MOVED);
    assert_string_equal(event->user_id, id_text(ctx->arena, person(2)));
}

TEST(in_a_direct_conversation_nothing_is_told_of_who_has_not_answered)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *asked = ctx_of(person(2));
    _cleanup_(ctx_freep) Ctx *stranger = ctx_of(person(1));
    world->deaf = true;
    Id id = make_direct(world, person(1), person(2));
    for (int i = 0; i < 3; i++) say(world, person(1), id, "x");
    assert_int_equal(deliver(world, asked, id, 2), 2); /* their own devices know */
    assert_int_equal(mark(world, asked, id, 1).read_seq, 1);
    wait_event(world, asked, BUS, "read.moved", 1);
    ListReadsResponse reads = list_reads(world, stranger, id);
    assert_int_equal(reads.n_reads, 1);
    assert_string_equal(reads.reads[0]->user_id, id_text(stranger->arena, person(1)));

    /* What was said of them before their answer would have been told before it. */
    say(world, person(2), id, "yes");
    const char *topic = topic_conversation(stranger->arena, id);
    for (int i = 1; i <= 4; i++)
        assert_int_equal(wait_event(world, stranger, LIVE, topic, i)->data_case, ENVELOPE__DATA_CHANGE);
    reads = list_reads(world, stranger, id);
    assert_int_equal(reads.n_reads, 2);
    assert_int_equal(reads.reads[1]->seq, 4);

    say(world, person(1), id, "x");
    mark(world, asked, id, 5);
    assert_int_equal(wait_event(world, stranger, LIVE, topic, 6)->data_case, ENVELOPE__DATA_READ_MOVED);
    assert_int_equal(list_reads(world, stranger, id).reads[1]->seq, 5);
}

TEST(in_a_group_who_reads_takes_part_and_is_seen)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    world->deaf = true;
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
    say(world, person(1), id, "x");
    mark(world, ctx, id, 1);
    const char *topic = topic_conversation(ctx->arena, id);
    assert_int_equal(wait_event(world, ctx, LIVE, topic, 2)->data_case, ENVELOPE__DATA_READ_MOVED);
    assert_int_equal(list_reads(world, ctx, id).n_reads, 2);
}

TEST(strangers_neither_mark_nor_deliver_nor_list)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *stranger = ctx_of(person(3));
    Id id = make_direct(world, person(1), person(2));
    MarkReadRequest mark_request = MARK_READ_REQUEST__INIT;
    MarkReadResponse mark_response = MARK_READ_RESPONSE__INIT;
    ListReadsRequest list_request = LIST_READS_REQUEST__INIT;
    ListReadsResponse list_response = LIST_READS_RESPONSE__INIT;
    SyncRequest sync_request = SYNC_REQUEST__INIT;
    SyncResponse sync_response = SYNC_RESPONSE__INIT;
    MarkDeliveredRequest deliver_request = MARK_DELIVERED_REQUEST__INIT;
    MarkDeliveredResponse deliver_response = MARK_DELIVERED_RESPONSE__INIT;
    mark_request.conversation_id = list_request.conversation_id = id_text(stranger->arena, id);
    deliver_request.conversation_id = mark_request.conversation_id;
    sync_request.conversation_id = mark_request.conversation_id;
    CHECK_ERR(message_mark_read(world->message, stranger, &mark_request, &mark_response), ERR_NOT_FOUND, "mark");
    CHECK_ERR(message_mark_delivered(world->message, stranger, &deliver_request, &deliver_response), ERR_NOT_FOUND,
              "deliver");
    CHECK_ERR(message_list_reads(world->message, stranger, &list_request, &list_response), ERR_NOT_FOUND, "list");
    CHECK_ERR(message_sync(world->message, stranger, &sync_request, &sync_response), ERR_NOT_FOUND, "sync");
}

/* Fails the test when the conversation is not among the heads. */
static Head head(const ListHeadsResponse *response, Ctx *ctx, Id id)
{
    for (size_t i = 0; i < response->n_heads; i++)
        if (str_eq(str_of(response->heads[i]->key), str_of(id_text(ctx->arena, id)))) return *response->heads[i]->value;
    fail_msg("no head");
    return (Head)HEAD__INIT;
}

static ListHeadsResponse list_heads(ChatWorld *world, Ctx *ctx, bool last_message)
{
    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    ListHeadsResponse response = LIST_HEADS_RESPONSE__INIT;
    request.last_message = last_message;
    CHECK_ERR(message_list_heads(world->message, ctx, &request, &response), OK, "heads");
    return response;
}

TEST(ones_own_messages_count_as_read_without_an_event)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *one = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *two = ctx_of(person(2));
    Id id = make_direct(world, person(1), person(2));
    say(world, person(1), id, "a");
    say(world, person(1), id, "b");
    say(world, person(2), id, "c"); /* which also reads a and b */
    say(world, person(1), id, "d");

    ListHeadsResponse heads = list_heads(world, one, false);
    assert_int_equal(head(&heads, one, id).read_seq, 4);
    assert_int_equal(head(&heads, one, id).unread, 0);
    heads = list_heads(world, two, false);
    assert_int_equal(head(&heads, two, id).read_seq, 3);
    assert_int_equal(head(&heads, two, id).unread, 1);
    assert_int_equal(head(&heads, two, id).seq, 4);
    assert_int_equal(head(&heads, two, id).delivered_seq, 3);
    deliver(world, two, id, 4);
    heads = list_heads(world, two, true);
    assert_int_equal(head(&heads, two, id).read_seq, 3);
    assert_int_equal(head(&heads, two, id).delivered_seq, 4);
    assert_string_equal(head(&heads, two, id).last_message->text, "d");
    /* Of all that moved only the reading is told. */
    mark(world, two, id, 4);
    const Envelope *event = wait_event(world, one, BUS, "read.moved", 1);
    assert_string_equal(event->user_id, id_text(one->arena, person(2)));
    assert_int_equal(event->read_moved->read_seq, 4);
}

TEST(heads_are_those_of_the_callers_conversations_with_the_newest_message_when_asked)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    _cleanup_(ctx_freep) Ctx *nobody = test_ctx_new();
    world->deaf = true;
    enum { N = 50 }; /* more than one query asks for */
    Id ids[N];
    for (int i = 0; i < N; i++) {
        ids[i] = make_group(world, person(1), "T", (const Id[]){ person(2) }, 1);
        for (int k = 0; k < i % 3; k++) say(world, person(2), ids[i], k == 1 ? "second" : "first");
    }
    Id theirs = make_group(world, person(2), "T", NULL, 0);
    say(world, person(2), theirs, "hidden");

    ListHeadsResponse plain = list_heads(world, ctx, false), full = list_heads(world, ctx, true);
    assert_int_equal(plain.n_heads, N);
    assert_int_equal(full.n_heads, N);
    for (uint32_t i = 0; i < N; i++) {
        Head want = head(&plain, ctx, ids[i]), got = head(&full, ctx, ids[i]);
        assert_int_equal(want.rev, i % 3);
        assert_int_equal(want.unread, i % 3);
        assert_null(want.last_message);
        assert_int_equal(got.seq, i % 3);
        assert_true((got.last_message != NULL) == (i % 3 > 0));
        if (got.last_message) assert_string_equal(got.last_message->text, i % 3 == 2 ? "second" : "first");
    }
    assert_int_equal(strlen(plain.epoch), ID_TEXT_LEN);
    assert_string_equal(plain.epoch, full.epoch);

    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    ListHeadsResponse response = LIST_HEADS_RESPONSE__INIT;
    CHECK_ERR(message_list_heads(world->message, nobody, &request, &response), ERR_UNAUTHENTICATED, "nobody");
}

TEST(where_a_conversation_stands_is_told_to_services_whoever_belongs_to_it)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    GetConversationHeadRequest request = GET_CONVERSATION_HEAD_REQUEST__INIT;
    GetConversationHeadResponse response = GET_CONVERSATION_HEAD_RESPONSE__INIT;
    world->deaf = true;
    Id id = make_direct(world, person(1), person(2));
    request.conversation_id = id_text(ctx->arena, id);
    CHECK_ERR(message_get_conversation_head(world->message, ctx, &request, &response), OK, "empty");
    assert_int_equal(response.rev, 0);
    say(world, person(1), id, "a");
    say(world, person(2), id, "b");
    CHECK_ERR(message_get_conversation_head(world->message, ctx, &request, &response), OK, "two messages");
    assert_int_equal(response.rev, 2);
    assert_int_equal(response.seq, 2);
    request.conversation_id = (char *)"nothing";
    CHECK_ERR(message_get_conversation_head(world->message, ctx, &request, &response), ERR_INVALID, "no id");
}

static ListHeadsResponse list_page(ChatWorld *world, Ctx *ctx, char *after_id, uint32_t limit)
{
    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    ListHeadsResponse response = LIST_HEADS_RESPONSE__INIT;
    request.last_message = true;
    request.after_id = after_id;
    request.limit = limit;
    CHECK_ERR(message_list_heads(world->message, ctx, &request, &response), OK, "page");
    return response;
}

/* Pages to the end; each conversation once. Returns how many pages there were. */
static int count_pages(ChatWorld *world, Ctx *ctx, uint32_t limit, size_t n_conversations)
{
    size_t seen = 0;
    int pages = 0;
    char *after_id = (char *)"";
    do {
        ListHeadsResponse page = list_page(world, ctx, after_id, limit);
        for (size_t i = 0; i < page.n_heads; i++) {
            assert_true(strcmp(page.heads[i]->key, after_id) > 0);
            after_id = page.heads[i]->key;
        }
        if (*page.next_after_id) assert_string_equal(page.next_after_id, after_id);
        after_id = page.next_after_id;
        seen += page.n_heads;
        pages++;
    } while (*after_id);
    assert_int_equal(seen, n_conversations);
    return pages;
}

TEST(heads_come_in_pages_with_each_conversation_once)
{
    static const struct {
        const char *label;
        uint32_t limit;
        int want;
    } cases[] = { { "one by one", 1, 7 }, { "the last is short", 3, 3 }, { "even", 7, 1 }, { "default", 0, 1 } };
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    world->deaf = true;
    for (int i = 0; i < 7; i++) make_group(world, person(1), "T", NULL, 0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        CHECK(count_pages(world, ctx, cases[i].limit, 7) == cases[i].want, cases[i].label);

    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    ListHeadsResponse response = LIST_HEADS_RESPONSE__INIT;
    request.after_id = (char *)"behind the moon";
    CHECK_ERR(message_list_heads(world->message, ctx, &request, &response), ERR_INVALID, "no UUID");
}

/* The heaviest there is: each character of the text but the one that shows stands in JSON as six. */
TEST(a_page_of_heads_ends_where_it_would_grow_too_large)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    enum { N = 340 };
    char text[MESSAGE_TEXT_MAX + 1] = { 0 };
    memset(text, 1, MESSAGE_TEXT_MAX); /* six bytes each in JSON, but for one that shows */
    text[0] = 'x';
    text[0] = 'a';
    world->deaf = true;
    for (int i = 0; i < N; i++) say(world, person(1), make_group(world, person(1), "T", NULL, 0), text);

    StrBuf json;
    strbuf_init(&json, ctx->arena);
    ListHeadsResponse page = list_page(world, ctx, (char *)"", 500);
    transcode_to_json(&json, &page.base);
    assert_in_range(json.len, 400 << 10, 512 << 10);
    assert_int_equal(count_pages(world, ctx, 500, N), 2);
}

static const struct {
    const char *label, *unit; /* the text is so many of these */
    int count, want;
} previews[] = {
    { "short", "a", 3, 3 },
    { "as long as a preview", "a", 200, 200 },
    { "one character more", "a", 201, 200 },
    { "letters of two bytes", "\u0436", 201, 200 },
    { "letters with an accent behind", "e\u0301", 200, 100 },
    { "letters of four bytes", "\U0001f600", 4096, 200 },
};

TEST(a_head_has_the_beginning_of_the_newest_message)
{
    for (size_t i = 0; i < ARRAY_LEN(previews); i++) {
        _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
        _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
        StrBuf text;
        strbuf_init(&text, ctx->arena);
        for (int k = 0; k < previews[i].count; k++) strbuf_add(&text, str_of(previews[i].unit));
        say(world, person(1), make_group(world, person(1), "T", NULL, 0), str_cstr(ctx->arena, strbuf_str(&text)));

        const Message *last = list_page(world, ctx, (char *)"", 0).heads[0]->value->last_message;
        size_t len = strlen(previews[i].unit) * (size_t)previews[i].want;
        CHECK_STR(str_of(last->text), ((Str){ text.ptr, len }), previews[i].label);
        bool is_truncated = last->_truncated_case == MESSAGE___TRUNCATED_TRUNCATED && last->truncated;
        CHECK(is_truncated == (previews[i].count > previews[i].want), previews[i].label);
    }
}

TEST(the_epoch_is_made_once_and_stays)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(1));
    RpcClient *group = rpc_client_local(&group_rpc, world->group);
    MessageService *again = message_open(ctx, world->message_db, NULL, world->cache, group);
    assert_non_null(again);
    ListHeadsRequest request = LIST_HEADS_REQUEST__INIT;
    ListHeadsResponse response = LIST_HEADS_RESPONSE__INIT;
    CHECK_ERR(message_list_heads(again, ctx, &request, &response), OK, "heads");
    assert_string_equal(response.epoch, list_heads(world, ctx, false).epoch);
    message_close(again);
    rpc_client_free(group);
}

TEST(read_positions_of_all_members_are_listed)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(3));
    Id id = make_group(world, person(1), "T", (const Id[]){ person(2), person(3) }, 2);
    say(world, person(2), id, "a");
    say(world, person(1), id, "b");
    ListReadsResponse response = list_reads(world, ctx, id);
    assert_int_equal(response.n_reads, 2); /* the third has read nothing */
    assert_string_equal(response.reads[0]->user_id, id_text(ctx->arena, person(1)));
    assert_int_equal(response.reads[0]->seq, 2);
    assert_int_equal(response.reads[1]->seq, 1);
}

TEST(a_failing_database_moves_no_read_position_and_tells_nobody)
{
    _cleanup_(chat_world_freep) ChatWorld *world = chat_world_new(NULL);
    _cleanup_(ctx_freep) Ctx *ctx = ctx_of(person(2));
    Id id = make_direct(world, person(2), person(1));
    wait_rev(world, id, person(1), 1);
    say(world, person(1), id, "x");
    MarkReadRequest request = MARK_READ_REQUEST__INIT;
    MarkReadResponse response = MARK_READ_RESPONSE__INIT;
    request.conversation_id = id_text(ctx->arena, id);
    request.seq = 1;
    int faults = 0;
    for (int nth = 0; faulty_db_next(world->message_db, &nth);) {
        Err err = message_mark_read(world->message, ctx, &request, &response);
        if (!err) break;
        faults++;
        CHECK_ERR(err, ERR_UNAVAILABLE, "fault");
        ListHeadsResponse heads = list_heads(world, ctx, false);
        assert_int_equal(head(&heads, ctx, id).read_seq, 0);
    }
    faulty_db_arm(world->message_db, 0);
    assert_int_equal(faults, 5); /* look, move, two outbox rows, commit */
    say(world, person(1), id, "x");
    mark(world, ctx, id, 2);
    wait_event(world, ctx, BUS, "read.moved", 2);
    assert_int_equal(count_events(world, BUS, "read.moved"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_position_moves_forward_only_and_not_beyond_the_last_message),
        cmocka_unit_test(what_a_device_has_moves_forward_only_and_lies_between_what_is_read_and_the_last_message),
        cmocka_unit_test(in_a_group_delivery_is_allowed_and_kept_nowhere),
        cmocka_unit_test(a_failing_database_delivers_nothing_and_tells_nobody),
        cmocka_unit_test(a_moved_read_position_is_seen_live_in_the_conversation),
        cmocka_unit_test(in_a_direct_conversation_nothing_is_told_of_who_has_not_answered),
        cmocka_unit_test(in_a_group_who_reads_takes_part_and_is_seen),
        cmocka_unit_test(strangers_neither_mark_nor_deliver_nor_list),
        cmocka_unit_test(ones_own_messages_count_as_read_without_an_event),
        cmocka_unit_test(heads_are_those_of_the_callers_conversations_with_the_newest_message_when_asked),
        cmocka_unit_test(where_a_conversation_stands_is_told_to_services_whoever_belongs_to_it),
        cmocka_unit_test(heads_come_in_pages_with_each_conversation_once),
        cmocka_unit_test(a_page_of_heads_ends_where_it_would_grow_too_large),
        cmocka_unit_test(a_head_has_the_beginning_of_the_newest_message),
        cmocka_unit_test(the_epoch_is_made_once_and_stays),
        cmocka_unit_test(read_positions_of_all_members_are_listed),
        cmocka_unit_test(a_failing_database_moves_no_read_position_and_tells_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
