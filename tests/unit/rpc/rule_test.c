/* Requests that keep and that break the rules of their fields, at the edges. */
#include "rpc/rule.h"

#include "api_types.h"
#include "base/limits.h"
#include "rpc/transcode.h"
#include "support/test.h"

/* What operators and services check elsewhere too is what the contract says. */
_Static_assert(USERNAME_MIN == REGISTER_REQUEST__USERNAME__MIN_CHARS, "");
_Static_assert(USERNAME_MAX == REGISTER_REQUEST__USERNAME__MAX_CHARS, "");
_Static_assert(PASSWORD_MIN == REGISTER_REQUEST__PASSWORD__MIN_BYTES, "");
_Static_assert(PASSWORD_TYPED_MAX == REGISTER_REQUEST__PASSWORD__MAX_BYTES, "");
_Static_assert(PASSWORD_MIN == CHANGE_PASSWORD_REQUEST__NEW_PASSWORD__MIN_BYTES, "");
_Static_assert(PASSWORD_TYPED_MAX == CHANGE_PASSWORD_REQUEST__NEW_PASSWORD__MAX_BYTES, "");
_Static_assert(DISPLAY_NAME_MAX == REGISTER_REQUEST__DISPLAY_NAME__MAX_CHARS, "");
_Static_assert(DISPLAY_NAME_MAX == UPDATE_ME_REQUEST__DISPLAY_NAME__MAX_CHARS, "");
_Static_assert(ABOUT_MAX == UPDATE_ME_REQUEST__ABOUT__MAX_CHARS, "");
_Static_assert(TITLE_MAX == CREATE_CONVERSATION_REQUEST__TITLE__MAX_CHARS, "");
_Static_assert(TITLE_MAX == UPDATE_CONVERSATION_REQUEST__TITLE__MAX_CHARS, "");
_Static_assert(DESCRIPTION_MAX == CREATE_CONVERSATION_REQUEST__DESCRIPTION__MAX_CHARS, "");
_Static_assert(DESCRIPTION_MAX == UPDATE_CONVERSATION_REQUEST__DESCRIPTION__MAX_CHARS, "");
_Static_assert(MESSAGE_TEXT_MAX == SEND_REQUEST__TEXT__MAX_BYTES, "");
_Static_assert(MEMBERS_PER_CALL_MAX == CREATE_CONVERSATION_REQUEST__MEMBER_IDS__MAX_ITEMS, "");
_Static_assert(MEMBERS_PER_CALL_MAX == ADD_MEMBERS_REQUEST__USER_IDS__MAX_ITEMS, "");

/* One rule on one field of a request of the contract. */
typedef struct Ruled {
    const ProtobufCMessageDescriptor *input;
    RpcRule rule;
} Ruled;

static const char *const themes[] = { "light", "dark", "", NULL };
static const char *const kinds[] = { "DIRECT", "GROUP", NULL };
static const char *const roles[] = { "MEMBER_ACCOUNT", NULL };

static const Ruled text_needed = { &send_request__descriptor, { .field = 3, .required = true, .max_bytes = 4 } };
static const Ruled text_in_range = { &send_request__descriptor, { .field = 3, .min_bytes = 2, .max_bytes = 4 } };
static const Ruled range_needed = { &send_request__descriptor,
                                    { .field = 3, .required = true, .min_chars = 2, .max_chars = 4 } };
static const Ruled some_chars = { &send_request__descriptor, { .field = 3, .max_chars = 2 } };
static const Ruled enough_chars = { &send_request__descriptor, { .field = 3, .min_chars = 2 } };
static const Ruled id_needed = { &send_request__descriptor, { .field = 1, .required = true, .form = RPC_FORM_UUID } };
static const Ruled id_if_any = { &list_accounts_request__descriptor, { .field = 1, .form = RPC_FORM_UUID } };
static const Ruled client_id = { &send_request__descriptor,
                                 { .field = 2, .required = true, .form = RPC_FORM_CLIENT_UUID } };
static const Ruled optional_name = { &update_me_request__descriptor, { .field = 1, .min_chars = 1, .max_chars = 2 } };
static const Ruled theme = { &update_me_request__descriptor, { .field = 4, .choices = themes } };
static const Ruled kind = { &create_conversation_request__descriptor,
                            { .field = 1, .required = true, .choices = kinds } };
static const Ruled kind_if_any = { &create_conversation_request__descriptor, { .field = 1, .choices = kinds } };
static const Ruled role = { &update_account_request__descriptor, { .field = 3, .choices = roles } };
static const Ruled uses = { &create_invite_request__descriptor, { .field = 1, .max = 1000 } };
static const Ruled ids = { &add_members_request__descriptor,
                           { .field = 2, .required = true, .form = RPC_FORM_UUID, .max_items = 2 } };
static const Ruled ids_if_any = { &add_members_request__descriptor, { .field = 2, .max_items = 2 } };

#define ID   "\"01980c5e-7a3c-7c41-9d52-3f1f6a0b9c2e\""
#define BAD  "\"01980c5e-7a3c-7c41-9d52-3f1f6a0b9c2\""
#define V4   "\"01980C5E-7A3C-4C41-9D52-3F1F6A0B9C2E\""
#define V1   "\"01980c5e-7a3c-1c41-9d52-3f1f6a0b9c2e\""
#define NCS  "\"01980c5e-7a3c-7c41-0d52-3f1f6a0b9c2e\""
#define NONE "\"00000000-0000-0000-0000-000000000000\""

static const struct {
    const char *label;
    const Ruled *ruled;
    const char *json;
    Err want;
    const char *text; /* of the refusal */
} requests[] = {
    { "text that is needed", &text_needed, "{\"text\":\"x\"}", OK, NULL },
    { "as many bytes as may be", &text_needed, "{\"text\":\"ёё\"}", OK, NULL },
    { "a byte too many", &text_needed, "{\"text\":\"ёёx\"}", ERR_TOO_LARGE, "text: must have at most 4 bytes" },
    { "empty text", &text_needed, "{\"text\":\"\"}", ERR_INVALID, "text: missing" },
    { "no text", &text_needed, "{}", ERR_INVALID, "text: missing" },
    { "null", &text_needed, "{\"text\":null}", ERR_INVALID, "text: missing" },
    { "too few bytes", &text_in_range, "{\"text\":\"x\"}", ERR_INVALID, "text: must have 2 to 4 bytes" },
    { "bytes in range", &text_in_range, "{\"text\":\"ё\"}", OK, NULL },
    { "beyond a range", &text_in_range, "{\"text\":\"xxxxx\"}", ERR_INVALID, "text: must have 2 to 4 bytes" },
    { "absent, with a range", &text_in_range, "{}", OK, NULL },
    { "absent, with a range, but needed", &range_needed, "{}", ERR_INVALID, "text: must have 2 to 4 characters" },
    { "characters are no bytes", &range_needed, "{\"text\":\"ёёёё\"}", OK, NULL },
    { "a character too many", &some_chars, "{\"text\":\"ёёё\"}", ERR_INVALID, "text: must have at most 2 characters" },
    { "outside the BMP one character", &some_chars, "{\"text\":\"😀😀\"}", OK, NULL },
    { "too few characters", &enough_chars, "{\"text\":\"ё\"}", ERR_INVALID, "text: must have at least 2 characters" },
    { "an id", &id_needed, "{\"conversation_id\":" ID "}", OK, NULL },
    { "an id that is none", &id_needed, "{\"conversation_id\":" BAD "}", ERR_INVALID, "conversation_id: not a UUID" },
    { "an id that is missing", &id_needed, "{}", ERR_INVALID, "conversation_id: not a UUID" },
    { "any UUID", &id_needed, "{\"conversation_id\":" NONE "}", OK, NULL },
    { "no id where none is needed", &id_if_any, "{}", OK, NULL },
    { "a bad one there", &id_if_any, "{\"after_id\":\"x\"}", ERR_INVALID, "after_id: not a UUID" },
    { "a client's of version 7", &client_id, "{\"client_id\":" ID "}", OK, NULL },
    { "... of version 4", &client_id, "{\"client_id\":" V4 "}", OK, NULL },
    { "... of version 1", &client_id, "{\"client_id\":" V1 "}", ERR_INVALID,
      "client_id: not a UUID of version 7 or 4" },
    { "... of another variant", &client_id, "{\"client_id\":" NCS "}", ERR_INVALID,
      "client_id: not a UUID of version 7 or 4" },
    { "an optional field left out", &optional_name, "{}", OK, NULL },
    { "an optional field that is there but empty", &optional_name, "{\"display_name\":\"\"}", ERR_INVALID,
      "display_name: must have 1 to 2 characters" },
    { "one of the texts", &theme, "{\"theme\":\"dark\"}", OK, NULL },
    { "the empty one of them", &theme, "{\"theme\":\"\"}", OK, NULL },
    { "another text", &theme, "{\"theme\":\"Dark\"}", ERR_INVALID, "theme: must be one of light, dark, \"\"" },
    { "one of the values", &kind, "{\"kind\":\"GROUP\"}", OK, NULL },
    { "none of the values", &kind, "{}", ERR_INVALID, "kind: must be one of DIRECT, GROUP" },
    { "unspecified where none is needed", &kind_if_any, "{}", OK, NULL },
    { "a value that 0 stands for", &role, "{\"role\":\"MEMBER_ACCOUNT\"}", OK, NULL },
    { "a value that is not taken", &role, "{\"role\":\"OWNER_ACCOUNT\"}", ERR_INVALID,
      "role: must be one of MEMBER_ACCOUNT" },
    { "no role", &role, "{}", OK, NULL },
    { "the largest number", &uses, "{\"max_uses\":1000}", OK, NULL },
    { "a larger one", &uses, "{\"max_uses\":1001}", ERR_INVALID, "max_uses: must be at most 1000" },
    { "a list", &ids, "{\"user_ids\":[" ID "," V4 "]}", OK, NULL },
    { "a list that is too long", &ids, "{\"user_ids\":[" ID "," ID "," ID "]}", ERR_TOO_LARGE,
      "user_ids: must have at most 2 elements" },
    { "an element that is none", &ids, "{\"user_ids\":[" ID "," BAD "]}", ERR_INVALID, "user_ids[1]: not a UUID" },
    { "an empty element", &ids, "{\"user_ids\":[\"\"]}", ERR_INVALID, "user_ids[0]: not a UUID" },
    { "an empty list that is needed", &ids, "{\"user_ids\":[]}", ERR_INVALID, "user_ids: missing" },
    { "an empty list", &ids_if_any, "{}", OK, NULL },
};
TEST_EACH(a_request_that_breaks_a_rule_is_told_which, requests, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    const RpcMethod method = { .input = c->ruled->input, .rules = &c->ruled->rule, .n_rules = 1 };
    ProtobufCMessage *request = message_new(ctx->arena, method.input);
    json_t *json;
    CHECK_ERR(json_parse_object(ctx, str_of(c->json), &json), OK, c->label);
    CHECK_ERR(transcode_from_json(ctx, json, NULL, request), OK, c->label);
    json_decref(json);
    CHECK_ERR(rule_check(ctx, &method, request), c->want, c->label);
    if (c->text) CHECK_STR(str_of(ctx->err_text), str_of(c->text), c->label);
}

TEST(a_number_that_has_no_name_is_no_choice)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    const RpcMethod method = { .input = kind.input, .rules = &kind.rule, .n_rules = 1 };
    CreateConversationRequest request = CREATE_CONVERSATION_REQUEST__INIT; /* as gRPC may bring it */
    request.kind = (ConversationKind)77;
    assert_int_equal(rule_check(ctx, &method, &request.base), ERR_INVALID);
}

static const struct {
    const char *label;
    uint32_t asked, page;
} pages[] = {
    { "not said", 0, 20 }, { "one", 1, 1 }, { "the most", 100, 100 }, { "more", 101, 100 }, { "any", UINT32_MAX, 100 },
};
TEST_EACH(a_page_is_as_long_as_asked_for_but_no_longer_than_may_be, pages, c)
{
    CHECK(RPC_PAGE(c->asked, SEARCH_USERS_REQUEST__LIMIT) == c->page, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_breaks_a_rule_is_told_which),
        cmocka_unit_test(a_number_that_has_no_name_is_no_choice),
        cmocka_unit_test(a_page_is_as_long_as_asked_for_but_no_longer_than_may_be),
    };
    return cmocka_run_group_tests_name("rpc/rule", tests, NULL, NULL);
}
