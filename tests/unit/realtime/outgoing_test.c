/* Lines, replay buffer and gaps of one client, without socket or time. */
#include "realtime/session/outgoing.h"

#include "support/test.h"

typedef struct Line {
    Outgoing out;
    OutLimits limits;
    StrBuf buf;
} Line;

static Line *line_new(void)
{
    static Line line;
    line = (Line){ .limits = { .soft_bytes = 200, .replay_events = 4, .replay_bytes = 100000 } };
    return &line;
}

static void line_done(Line *line)
{
    outgoing_done(&line->out);
    strbuf_done(&line->buf);
}

static Id conversation(int n)
{
    return (Id){ { 1, (uint8_t)n } };
}

static void push(Line *line, FrameKind kind, int of, uint32_t number)
{
    Frame *frame =
        frame_new(kind, of ? conversation(of) : ID_NONE, number,
                  kind == FRAME_EVENT ? STR(",\"filler\":\"0123456789\"}") : STR("{\"filler\":\"0123456789\"}"));
    outgoing_push(&line->out, &line->limits, frame);
    frame_unref(frame);
}

static void push_events(Line *line, int of, uint32_t first, uint32_t last)
{
    for (uint32_t rev = first; rev <= last; rev++) push(line, FRAME_EVENT, of, rev);
}

/* All that is left, as text. */
static Str fill(Line *line)
{
    line->buf.len = 0;
    outgoing_fill(&line->out, &line->limits, &line->buf, SIZE_MAX);
    return strbuf_str(&line->buf);
}

static bool has(Str text, const char *part)
{
    return memmem(text.ptr, text.len, part, strlen(part)) != NULL;
}

TEST(events_are_numbered_when_written)
{
    Line *line = line_new();
    push_events(line, 1, 1, 3);
    assert_int_equal(line->out.last_n, 0);
    fill(line);
    assert_int_equal(line->out.last_n, 3);
    push(line, FRAME_LIVE, 1, 0);
    push(line, FRAME_OWN, 0, 0);
    fill(line);
    assert_int_equal(line->out.last_n, 3);
    line_done(line);
}

TEST(a_pong_names_the_last_event_before_it)
{
    Line *line = line_new();
    Frame *pong = frame_new(FRAME_PONG, ID_NONE, 0, STR("}"));
    push_events(line, 1, 1, 3);
    outgoing_push(&line->out, &line->limits, pong);
    push_events(line, 1, 4, 5);
    frame_unref(pong);
    assert_true(has(fill(line), "{\"type\":\"pong\",\"n\":3}"));
    assert_int_equal(line->out.n_replay, 4);
    line_done(line);
}

TEST(a_write_stops_at_the_chunk)
{
    Line *line = line_new();
    push_events(line, 1, 1, 3);
    assert_int_equal(outgoing_fill(&line->out, &line->limits, &line->buf, 1), 1);
    assert_int_equal(outgoing_pending(&line->out), 2);
    line_done(line);
}

TEST(within_the_soft_limit_nothing_is_dropped)
{
    Line *line = line_new();
    push_events(line, 1, 1, 5);
    assert_int_equal(outgoing_relieve(&line->out, &line->limits), 0);
    assert_int_equal(outgoing_pending(&line->out), 5);
    line_done(line);
}

TEST(what_is_shown_and_forgotten_goes_first)
{
    Line *line = line_new();
    push_events(line, 1, 1, 5);
    for (int i = 0; i < 10; i++) push(line, FRAME_LIVE, 1, 0);
    assert_int_equal(outgoing_relieve(&line->out, &line->limits), 0);
    assert_int_equal(outgoing_pending(&line->out), 5);
    assert_true(has(fill(line), "\"n\":5,"));
    line_done(line);
}

TEST(events_collapse_to_one_gap_per_conversation_with_its_head)
{
    Line *line = line_new();
    push_events(line, 1, 1, 8);
    push_events(line, 2, 40, 48);
    push(line, FRAME_OWN, 0, 0);
    assert_int_equal(outgoing_relieve(&line->out, &line->limits), 2);
    Str text = fill(line);
    assert_true(
        has(text, "{\"type\":\"gap\",\"conversation_id\":\"01010000-0000-0000-0000-000000000000\",\"head_rev\":8}"));
    assert_true(
        has(text, "{\"type\":\"gap\",\"conversation_id\":\"01020000-0000-0000-0000-000000000000\",\"head_rev\":48}"));
    assert_false(has(text, "event"));
    assert_true(has(text, "{\"filler\"")); /* answers stay */
    line_done(line);
}

TEST(events_of_the_feed_collapse_to_a_gap_without_conversation)
{
    Line *line = line_new();
    for (uint32_t urev = 1; urev <= 20; urev++) push(line, FRAME_EVENT, 0, urev);
    assert_int_equal(outgoing_relieve(&line->out, &line->limits), 1);
    assert_true(has(fill(line), "{\"type\":\"gap\",\"conversation_id\":\"\",\"head_rev\":20}"));
    line_done(line);
}

TEST(until_a_gap_is_written_it_takes_in_what_comes)
{
    Line *line = line_new();
    push_events(line, 1, 1, 20);
    outgoing_relieve(&line->out, &line->limits);
    push_events(line, 1, 21, 22);
    push(line, FRAME_EVENT, 2, 7);
    push(line, FRAME_LIVE, 1, 0);
    assert_int_equal(outgoing_pending(&line->out), 1);
    Str text = fill(line);
    assert_true(has(text, "\"head_rev\":22}"));
    assert_true(has(text, "\"n\":1,"));
    push(line, FRAME_EVENT, 1, 23);
    assert_true(has(fill(line), "\"n\":2,"));
    line_done(line);
}

TEST(numbers_stay_dense_over_a_gap)
{
    Line *line = line_new();
    push_events(line, 1, 1, 2);
    fill(line);
    push_events(line, 1, 3, 30);
    outgoing_relieve(&line->out, &line->limits);
    fill(line);
    push(line, FRAME_EVENT, 1, 31);
    assert_true(has(fill(line), "\"n\":3,"));
    line_done(line);
}

TEST(heads_that_are_dropped_leave_a_gap)
{
    Line *line = line_new();
    for (uint32_t rev = 1; rev <= 20; rev++) push(line, FRAME_LIVE, 3, rev);
    assert_int_equal(outgoing_relieve(&line->out, &line->limits), 1);
    assert_true(has(fill(line), "\"head_rev\":20}"));
    line_done(line);
}

TEST(confirming_empties_the_replay_buffer)
{
    Line *line = line_new();
    push_events(line, 1, 1, 4);
    fill(line);
    assert_int_equal(line->out.n_replay, 4);
    assert_true(outgoing_confirm(&line->out, 3));
    assert_int_equal(line->out.n_replay, 1);
    assert_true(outgoing_confirm(&line->out, 1)); /* an old one */
    assert_int_equal(line->out.n_replay, 1);
    assert_false(outgoing_confirm(&line->out, 5)); /* never sent */
    assert_int_equal(line->out.n_replay, 1);
    line_done(line);
}

static const struct {
    const char *label;
    uint32_t n;
    bool want;
} resumes[] = {
    { "has everything", 10, true },
    { "misses one", 9, true },
    { "misses what the buffer holds", 6, true },
    { "misses more", 5, false },
    { "claims what was not sent", 11, false },
    { "has nothing", 0, false },
};
TEST_EACH(resume_reaches_as_far_back_as_the_replay_buffer, resumes, c)
{
    Line *line = line_new();
    push_events(line, 1, 1, 10);
    fill(line);
    CHECK(outgoing_can_resume(&line->out, c->n) == c->want, c->label);
    line_done(line);
}

TEST(after_a_resume_the_missing_events_come_with_their_numbers_and_then_the_new_ones)
{
    Line *line = line_new();
    push_events(line, 1, 1, 4);
    fill(line);
    outgoing_detach(&line->out);
    push(line, FRAME_EVENT, 1, 5);
    outgoing_rewind(&line->out, 2);
    Str text = fill(line);
    assert_false(has(text, "\"n\":2,"));
    assert_true(has(text, "\"n\":3,"));
    assert_true(has(text, "\"n\":5,"));
    assert_int_equal(line->out.last_n, 5);
    line_done(line);
}

TEST(who_may_have_missed_a_gap_cannot_resume)
{
    Line *line = line_new();
    push_events(line, 1, 1, 2);
    fill(line);
    push_events(line, 1, 3, 30);
    outgoing_relieve(&line->out, &line->limits);
    fill(line);
    assert_false(outgoing_can_resume(&line->out, 2)); /* the gap came behind 2 and may be lost */
    push(line, FRAME_EVENT, 2, 1);
    fill(line);
    assert_false(outgoing_can_resume(&line->out, 2));
    assert_true(outgoing_can_resume(&line->out, 3));
    line_done(line);
}

TEST(who_may_have_missed_heads_cannot_resume)
{
    Line *line = line_new();
    push_events(line, 1, 1, 2);
    push(line, FRAME_LIVE, 2, 9);
    fill(line);
    assert_false(outgoing_can_resume(&line->out, 2));
    push_events(line, 1, 3, 3);
    fill(line);
    assert_true(outgoing_can_resume(&line->out, 3));
    line_done(line);
}

TEST(a_lost_socket_keeps_events_only)
{
    Line *line = line_new();
    push(line, FRAME_OWN, 0, 0);
    push(line, FRAME_EVENT, 1, 1);
    push(line, FRAME_LIVE, 1, 0);
    push(line, FRAME_LIVE, 2, 9);
    outgoing_detach(&line->out);
    assert_int_equal(outgoing_pending(&line->out), 1);
    assert_int_equal(line->out.n_gaps, 1); /* of the heads */
    line_done(line);
}

TEST(taking_over_puts_the_older_in_front)
{
    Line *line = line_new();
    Outgoing old = { 0 };
    Frame *first = frame_new(FRAME_EVENT, conversation(1), 1, STR(",\"rev\":1}"));
    outgoing_push(&old, &line->limits, first);
    frame_unref(first);
    old.last_n = 41;
    Frame *second = frame_new(FRAME_EVENT, conversation(1), 2, STR(",\"rev\":2}"));
    outgoing_push(&line->out, &line->limits, second);
    frame_unref(second);
    outgoing_take_over(&line->out, &old);
    Str text = fill(line);
    assert_true(has(text, "\"n\":42,\"rev\":1"));
    assert_true(has(text, "\"n\":43,\"rev\":2"));
    line_done(line);
}

TEST(what_comes_while_the_client_is_away_pushes_the_oldest_out)
{
    Line *line = line_new();
    push_events(line, 1, 1, 4); /* the replay buffer is full */
    fill(line);
    outgoing_detach(&line->out);
    push_events(line, 1, 5, 6);
    assert_int_equal(line->out.queue.count, 4);
    assert_true(outgoing_can_resume(&line->out, 2));
    assert_false(outgoing_can_resume(&line->out, 1));
    push_events(line, 1, 7, 8);
    assert_true(outgoing_can_resume(&line->out, 4));
    assert_false(outgoing_overflows(&line->out, &line->limits));
    push(line, FRAME_EVENT, 1, 9);
    assert_true(outgoing_overflows(&line->out, &line->limits));
    line_done(line);
}

TEST(a_confirmed_line_holds_no_memory)
{
    Line *line = line_new();
    push_events(line, 1, 1, 3);
    fill(line);
    outgoing_confirm(&line->out, 3);
    assert_null(line->out.queue.slots);
    line_done(line);
}

TEST(answers_between_events_leave_no_hole_in_the_replay_buffer)
{
    Line *line = line_new();
    line->limits.replay_events = 100;
    for (uint32_t rev = 1; rev <= 20; rev++) {
        push(line, FRAME_EVENT, 1, rev);
        push(line, FRAME_OWN, 0, 0);
        push(line, FRAME_LIVE, 1, 0);
    }
    while (!outgoing_is_empty(&line->out)) { /* in small chunks */
        line->buf.len = 0;
        outgoing_fill(&line->out, &line->limits, &line->buf, 100);
    }
    assert_int_equal(line->out.n_replay, 20);
    assert_int_equal(line->out.own_bytes + line->out.shared_bytes, 0);
    outgoing_rewind(&line->out, 0);
    Str text = fill(line);
    assert_true(has(text, "\"n\":20,"));
    assert_false(has(text, "{\"filler\""));
    line_done(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_numbered_when_written),
        cmocka_unit_test(a_pong_names_the_last_event_before_it),
        cmocka_unit_test(a_write_stops_at_the_chunk),
        cmocka_unit_test(within_the_soft_limit_nothing_is_dropped),
        cmocka_unit_test(what_is_shown_and_forgotten_goes_first),
        cmocka_unit_test(events_collapse_to_one_gap_per_conversation_with_its_head),
        cmocka_unit_test(events_of_the_feed_collapse_to_a_gap_without_conversation),
        cmocka_unit_test(until_a_gap_is_written_it_takes_in_what_comes),
        cmocka_unit_test(numbers_stay_dense_over_a_gap),
        cmocka_unit_test(heads_that_are_dropped_leave_a_gap),
        cmocka_unit_test(confirming_empties_the_replay_buffer),
        cmocka_unit_test(resume_reaches_as_far_back_as_the_replay_buffer),
        cmocka_unit_test(after_a_resume_the_missing_events_come_with_their_numbers_and_then_the_new_ones),
        cmocka_unit_test(who_may_have_missed_a_gap_cannot_resume),
        cmocka_unit_test(who_may_have_missed_heads_cannot_resume),
        cmocka_unit_test(a_lost_socket_keeps_events_only),
        cmocka_unit_test(taking_over_puts_the_older_in_front),
        cmocka_unit_test(what_comes_while_the_client_is_away_pushes_the_oldest_out),
        cmocka_unit_test(a_confirmed_line_holds_no_memory),
        cmocka_unit_test(answers_between_events_leave_no_hole_in_the_replay_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
