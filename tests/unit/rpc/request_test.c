/* Reading the ids of a request, and whom it is for. */
#include "rpc/request.h"

#include "support/test.h"

static const struct {
    const char *label, *text;
    Err want;
} client_ids[] = {
    { "version 7", "01890a5d-ac96-774b-bcce-b302099a8057", OK },
    { "version 4", "9b2f1c1e-3f64-4b5a-8d6e-0a1b2c3d4e5f", OK },
    { "upper case", "9B2F1C1E-3F64-4B5A-8D6E-0A1B2C3D4E5F", OK },
    { "none", "", ERR_INVALID },
    { "nil", "00000000-0000-0000-0000-000000000000", ERR_INVALID },
    { "max", "ffffffff-ffff-ffff-ffff-ffffffffffff", ERR_INVALID },
    { "version 1", "c232ab00-9414-11ec-b3c8-9f6bdeced846", ERR_INVALID },
    { "another variant", "9b2f1c1e-3f64-4b5a-cd6e-0a1b2c3d4e5f", ERR_INVALID },
    { "no UUID", "hello", ERR_INVALID },
};
TEST_EACH(client_id_is_a_uuid_of_version_7_or_4, client_ids, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Id id;
    CHECK_ERR(request_client_id(ctx, c->text, &id), c->want, c->label);
}

static const struct {
    const char *label;
    ActorKind kind;
    bool has_user;
    Err want;
} actors[] = {
    { "a user", ACTOR_USER, true, OK },
    { "a service for a user", ACTOR_SERVICE, true, OK },
    { "a service for nobody", ACTOR_SERVICE, false, ERR_UNAUTHENTICATED },
    { "nobody", ACTOR_NONE, false, ERR_UNAUTHENTICATED },
};
TEST_EACH(a_call_is_on_behalf_of_the_user_whom_its_actor_names, actors, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Id named = { { 7 } }, user = ID_NONE;
    ctx->actor = (Actor){ .kind = c->kind, .user = c->has_user ? named : ID_NONE };
    CHECK_ERR(request_user(ctx, &user), c->want, c->label);
    CHECK(id_eq(user, c->want ? ID_NONE : named), c->label);
}

#define A "00000000-0000-7000-8000-00000000000a"
#define B "00000000-0000-7000-8000-00000000000b"
#define C "00000000-0000-7000-8000-00000000000c"

TEST(only_an_optional_id_may_be_empty)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Id id = { { 7 } };
    CHECK_ERR(request_id(ctx, "after_id", "", &id), ERR_INVALID, "needed");
    assert_string_equal(ctx->err_text, "after_id: not a UUID");
    CHECK_ERR(request_id_optional(ctx, "after_id", "x", &id), ERR_INVALID, "broken");
    CHECK_ERR(request_id_optional(ctx, "after_id", "", &id), OK, "optional");
    assert_true(id_is_none(id));
    CHECK_ERR(request_id_optional(ctx, "after_id", A, &id), OK, "there");
    assert_string_equal(id_text(ctx->arena, id), A);
}

TEST(ids_come_out_once_each_in_the_order_of_the_request)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    char *const texts[] = { C, A, B, A, C };
    static const char *const want[] = { C, A, B };
    Id *ids = NULL;
    size_t n = 0;
    CHECK_ERR(request_ids(ctx, "ids", texts, 5, 5, &ids, &n), OK, "ids");
    assert_int_equal(n, 3);
    for (size_t i = 0; i < ARRAY_LEN(want); i++) assert_string_equal(id_text(ctx->arena, ids[i]), want[i]);

    CHECK_ERR(request_ids(ctx, "ids", NULL, 0, 5, &ids, &n), OK, "none");
    assert_int_equal(n, 0);
    CHECK_ERR(request_ids(ctx, "ids", texts, 5, 4, &ids, &n), ERR_TOO_LARGE, "too many");
    char *const broken[] = { A, "x" };
    CHECK_ERR(request_ids(ctx, "ids", broken, 2, 5, &ids, &n), ERR_INVALID, "broken");
    assert_string_equal(ctx->err_text, "ids[1]: not a UUID");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_id_is_a_uuid_of_version_7_or_4),
        cmocka_unit_test(a_call_is_on_behalf_of_the_user_whom_its_actor_names),
        cmocka_unit_test(only_an_optional_id_may_be_empty),
        cmocka_unit_test(ids_come_out_once_each_in_the_order_of_the_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
