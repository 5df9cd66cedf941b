#include "base/id.h"

#include "support/test.h"

static const struct {
    const char *label;
    Str text;
    bool good;
} texts[] = {
    { "canonical", STR("01890a5d-ac96-774b-bcce-b302099a8057"), true },
    { "upper case", STR("01890A5D-AC96-774B-BCCE-B302099A8057"), true },
    { "empty", STR(""), false },
    { "one short", STR("01890a5d-ac96-774b-bcce-b302099a805"), false },
    { "one long", STR("01890a5d-ac96-774b-bcce-b302099a80577"), false },
    { "no dashes", STR("01890a5dac96774bbcceb302099a8057"), false },
    { "dash moved", STR("01890a5da-c96-774b-bcce-b302099a8057"), false },
    { "not hex", STR("01890a5d-ac96-774b-bcce-b302099a805g"), false },
    { "braces", STR("{1890a5d-ac96-774b-bcce-b302099a805}"), false },
};

TEST_EACH(only_the_canonical_form_is_read, texts, c)
{
    Id id;
    char again[ID_TEXT_LEN + 1];
    CHECK(id_parse(c->text, &id) == c->good, c->label);
    if (!c->good) return;
    id_format(id, again);
    CHECK(str_eq_nocase(str_of(again), c->text), c->label);
}

TEST(new_ids_are_version_7_and_carry_the_time)
{
    Id id = id_new(0x0123456789abLL);
    assert_int_equal(id.bytes[0], 0x01);
    assert_int_equal(id.bytes[5], 0xab);
    assert_int_equal(id.bytes[6] >> 4, 7);
    assert_int_equal(id.bytes[8] >> 6, 2);
}

TEST(ids_of_one_thread_ascend_even_within_a_millisecond)
{
    Id last = id_new(1750000000000);
    for (int i = 0; i < 20000; i++) {
        Id next = id_new(1750000000000);
        assert_true(id_cmp(next, last) > 0);
        last = next;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_canonical_form_is_read),
        cmocka_unit_test(new_ids_are_version_7_and_carry_the_time),
        cmocka_unit_test(ids_of_one_thread_ascend_even_within_a_millisecond),
    };
    return cmocka_run_group_tests_name("base/id", tests, NULL, NULL);
}
