#include "services/auth/names.h"

#include "base/limits.h"
#include "support/test.h"

static const struct {
    const char *label, *name;
    Err want;
} names[] = {
    { "latin", "alice", OK },
    { "russian", "алиса", OK },
    { "ё", "Ёжик", OK },
    { "capitals", "AliceB", OK },
    { "digits and marks", "a1.b-c_d", OK },
    { "three letters", "bob", OK },
    { "two letters", "bo", ERR_INVALID },
    { "two russian letters", "ян", ERR_INVALID },
    { "32 letters", "abcdefghijklmnopqrstuvwxyzabcdef", OK },
    { "32 russian letters", "абвгдежзийклмнопрстуфхцчшщъыьэюя", OK },
    { "33 letters", "abcdefghijklmnopqrstuvwxyzabcdefg", ERR_INVALID },
    { "begins with a digit", "1alice", ERR_INVALID },
    { "begins with a mark", "_alice", ERR_INVALID },
    { "digits only", "12345", ERR_INVALID },
    { "a space", "ali ce", ERR_INVALID },
    { "a slash", "ali/ce", ERR_INVALID },
    { "two alphabets", "аlice", ERR_INVALID },
    { "two alphabets at the end", "aliсе", ERR_INVALID },
    { "ukrainian letter", "київ", ERR_INVALID },
    { "accent", "josé", ERR_INVALID },
    { "greek", "αλίκη", ERR_INVALID },
    { "full width", "ａｌｉｃｅ", ERR_INVALID },
    { "zero width joiner", "ali\u200dce", ERR_INVALID },
    { "emoji", "alice😀", ERR_INVALID },
    { "a NUL's stand-in", "ali\u2400ce", ERR_INVALID },
    { "empty", "", ERR_INVALID },
};

TEST_EACH(a_user_name_is_of_one_alphabet_and_begins_with_a_letter, names, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str kept;
    CHECK_ERR(username_check(ctx, str_of(c->name), &kept), c->want, c->label);
}

static const struct {
    const char *one, *other;
    bool alike;
} pairs[] = {
    { "alice", "ALICE", true },
    { "Алиса", "аЛИСА", true },
    { "ёлка", "елка", true },
    { "alice", "a1ice", true },
    { "bob", "b0b", true },
    { "paul", "раul", true },
    { "poma", "рома", true },
    { "coc", "сос", true },
    { "hop", "нор", true },
    { "modern", "modem", true },
    { "vvendy", "wendy", true },
    { "bill", "biii", true },
    { "alice", "a.l.i.c.e", true },
    { "alice", "alice_", true },
    { "alice", "alicia", false },
    { "user1", "user2", false },
    { "room-1-11", "room-11-1", false },
    { "room1-1", "room-1_1", true },
    { "u1.2", "u12", false },
    { "BOB", "вов", true },
    { "alice", "bob", false },
    { "ivan", "иван", false },
};

TEST_EACH(names_that_look_alike_have_one_skeleton, pairs, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str one = username_skeleton(ctx->arena, str_of(c->one)), other = username_skeleton(ctx->arena, str_of(c->other));
    CHECK(str_eq(one, other) == c->alike, str_fmt(ctx->arena, "%s %s", c->one, c->other).ptr);
}

static const struct {
    const char *name;
    bool want;
} reserved[] = {
    { "admin", true }, { "Admin", true },       { "adm1n", true },  { "a.d.m.i.n", true },
    { "molva", true }, { "молва", true },       { "root", true },   { "r00t", true },
    { "админ", true }, { "administer", false }, { "alice", false }, { "rooted", false },
};

TEST_EACH(names_that_speak_for_the_server_are_reserved_in_every_disguise, reserved, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK(username_is_reserved(ctx->arena, username_skeleton(ctx->arena, str_of(c->name))) == c->want, c->name);
}

TEST(a_name_is_one_however_its_letters_were_typed)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Str kept;
    CHECK_ERR(username_check(ctx, STR("Андре\u0438\u0306.\u0415\u0308"), &kept), OK, "а breve behind, and two dots");
    CHECK_STR(kept, STR("Андрей.Ё"), "composed");
    CHECK_STR(username_key(ctx->arena, STR("АНДРЕ\u0418\u0306.\u0435\u0308")), username_key(ctx->arena, kept),
              "sign-in");
}

static const struct {
    const char *text, *want;
} keys[] = {
    { "AZaz09._-", "azaz09._-" },
    { "АЯаяЁё", "аяаяёё" },
    { "中😀", "中😀" },
};

TEST_EACH(the_key_of_a_name_is_without_case, keys, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    CHECK_STR(username_key(ctx->arena, str_of(c->text)), str_of(c->want), c->text);
}

TEST(a_display_name_is_a_shown_text)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char longest[DISPLAY_NAME_MAX + 2] = { 0 };
    Str shown;
    CHECK_ERR(display_name_check(ctx, STR(" Alice  Liddell "), &shown), OK, "spaces");
    CHECK_STR(shown, STR("Alice Liddell"), "spaces");
    CHECK_ERR(display_name_check(ctx, STR("Ali\nce"), &shown), ERR_INVALID, "two lines");
    CHECK_ERR(display_name_check(ctx, STR(""), &shown), ERR_INVALID, "empty");
    memset(longest, 'a', DISPLAY_NAME_MAX);
    CHECK_ERR(display_name_check(ctx, str_of(longest), &shown), OK, "longest");
    memset(longest, 'a', DISPLAY_NAME_MAX + 1);
    CHECK_ERR(display_name_check(ctx, str_of(longest), &shown), ERR_INVALID, "too long");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_name_is_of_one_alphabet_and_begins_with_a_letter),
        cmocka_unit_test(names_that_look_alike_have_one_skeleton),
        cmocka_unit_test(names_that_speak_for_the_server_are_reserved_in_every_disguise),
        cmocka_unit_test(a_name_is_one_however_its_letters_were_typed),
        cmocka_unit_test(the_key_of_a_name_is_without_case),
        cmocka_unit_test(a_display_name_is_a_shown_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
