/* The rules of message, pure. */
#include "services/message/rules.h"

#include "base/limits.h"
#include "support/test.h"

static const struct {
    const char *label, *name;
    EntryKind kind;
    bool of_member;
} kinds[] = {
    { "message", "message.created", ENTRY_MESSAGE, false },
    { "added", "member.added", ENTRY_MEMBER_ADDED, true },
    { "removed", "member.removed", ENTRY_MEMBER_REMOVED, true },
    { "updated", "member.updated", ENTRY_MEMBER_UPDATED, true },
    { "made", "conversation.created", ENTRY_CONVERSATION_CREATED, false },
    { "renamed", "conversation.updated", ENTRY_CONVERSATION_UPDATED, false },
};
TEST_EACH(every_kind_of_entry_has_its_name_of_the_contract, kinds, c)
{
    EntryKind kind = 0;
    CHECK_STR(str_of(entry_kind_name(c->kind)), str_of(c->name), c->label);
    CHECK(entry_kind_of_member_change(c->name, &kind) == c->of_member, c->label);
    if (c->of_member) CHECK(kind == c->kind, c->label);
}

TEST(a_number_that_is_no_kind_has_no_name)
{
    assert_null(entry_kind_name((EntryKind)0));
    assert_null(entry_kind_name((EntryKind)7));
}

TEST(text_is_taken_byte_for_byte_up_to_the_limit)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str text;
    char *longest = arena_alloc(ctx->arena, MESSAGE_TEXT_MAX + 2);
    memset(longest, 'x', MESSAGE_TEXT_MAX);
    CHECK_ERR(message_text_check(ctx, "", &text), ERR_INVALID, "empty");
    CHECK_ERR(message_text_check(ctx, longest, &text), OK, "longest");
    assert_int_equal(text.len, MESSAGE_TEXT_MAX);
    longest[MESSAGE_TEXT_MAX] = 'x';
    CHECK_ERR(message_text_check(ctx, longest, &text), ERR_TOO_LARGE, "one more");
    CHECK_ERR(message_text_check(ctx, " a\n ", &text), OK, "white space around");
    CHECK_STR(text, STR(" a\n "), "white space stays");
}

static const struct {
    const char *label, *text;
    Err want;
} blank_texts[] = {
    { "spaces and line breaks", " \t\r\n ", ERR_INVALID },
    { "spaces of print", "\u00a0\u2003\u3000", ERR_INVALID },
    { "zero width", "\u200b\u200d\ufeff\u00ad", ERR_INVALID },
    { "direction alone", "\u202e\u2066\u2069", ERR_INVALID },
    { "fillers", "\u3164\u115f\u2800", ERR_INVALID },
    { "a variation of nothing", "\ufe0f", ERR_INVALID },
    { "tags", "\U000e0041\U000e007f", ERR_INVALID },
    { "a control", "\x07", ERR_INVALID },
    { "a dot among them", "\u200b.\u200b", OK },
    { "a mark without a letter", "\u0301", OK },
    { "emoji", "\U0001f44d", OK },
};
TEST_EACH(text_that_shows_nothing_is_refused, blank_texts, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str text;
    CHECK_ERR(message_text_check(ctx, c->text, &text), c->want, c->label);
}

TEST(unread_never_falls_below_nothing)
{
    assert_int_equal(message_unread(10, 4), 6);
    assert_int_equal(message_unread(10, 10), 0);
    assert_int_equal(message_unread(4, 10), 0);
    assert_int_equal(message_unread(UINT32_MAX, 0), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_entry_has_its_name_of_the_contract),
        cmocka_unit_test(a_number_that_is_no_kind_has_no_name),
        cmocka_unit_test(text_is_taken_byte_for_byte_up_to_the_limit),
        cmocka_unit_test(text_that_shows_nothing_is_refused),
        cmocka_unit_test(unread_never_falls_below_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
