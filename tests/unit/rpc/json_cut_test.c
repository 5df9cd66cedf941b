/* Taking one member out of an object. */
#include "rpc/json_cut.h"

#include "rpc/transcode.h"
#include "support/test.h"

static const struct {
    const char *label, *text, *value, *rest;
} cases[] = {
    { "first", "{\"params\":{\"a\":1},\"id\":2}", "{\"a\":1}", "{\"params\":null,\"id\":2}" },
    { "last, with white space", " { \"id\" : 2 , \"params\" : [ ] } ", "[ ]", " { \"id\" : 2 , \"params\" : null } " },
    { "alone", "{\"params\":\"x\"}", "\"x\"", "{\"params\":null}" },
    { "behind what looks like it", "{\"a\":\"params\",\"b\":{\"params\":1},\"params\":3}", "3",
      "{\"a\":\"params\",\"b\":{\"params\":1},\"params\":null}" },
    { "brackets and quotes in strings", "{\"x\":\"}\\\"{\",\"params\":{\"y\":\"]}\\\\\"}}", "{\"y\":\"]}\\\\\"}",
      "{\"x\":\"}\\\"{\",\"params\":null}" },
    { "the first of two", "{\"params\":1,\"params\":2}", "1", "{\"params\":null,\"params\":2}" },
    { "brackets that do not match", "{\"params\":{]}", "{]", "{\"params\":null}" },
    { "a list instead of an object", "[\"params\",1]", NULL, NULL },
    { "none", "{\"id\":1}", NULL, NULL },
    { "a name with escapes", "{\"par\\u0061ms\":1}", NULL, NULL },
    { "no value", "{\"params\":}", NULL, NULL },
    { "cut off", "{\"params\":{\"a\":1", NULL, NULL },
    { "cut off in a string", "{\"params\":\"a\\", NULL, NULL },
    { "nothing", "", NULL, NULL },
};
TEST_EACH(a_member_is_cut_out_as_it_stands, cases, c)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Str text = str_of(c->text), rest;
    Str value = json_cut_member(arena, text, STR("params"), &rest);
    CHECK_STR(value, str_of(c->value), c->label);
    CHECK_STR(rest, c->rest ? str_of(c->rest) : text, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_cut_out_as_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
