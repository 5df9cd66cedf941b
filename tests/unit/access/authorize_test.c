/* Who may do what: every action, asked by every kind of person about every kind of object. */
#include "access/authorize.h"

#include "support/test.h"

#define NOBODY MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED
#define MEMBER MEMBER_ROLE__MEMBER
#define ADMIN  MEMBER_ROLE__ADMIN_MEMBER
#define OWNER  MEMBER_ROLE__OWNER
#define GROUP  CONVERSATION_KIND__GROUP
#define DIRECT CONVERSATION_KIND__DIRECT

#define SELF  \
    {         \
        {     \
            1 \
        }     \
    }
#define OTHER \
    {         \
        {     \
            2 \
        }     \
    }

/* Somebody, and a conversation with a message in it; who would be removed is a plain member. */
static const struct {
    const char *label;
    Subject subject;
    Object object;
} columns[] = {
    { "nobody at all", { .role = NOBODY }, { .peer_closed = false } },
    { "a stranger to a group", { .user = SELF }, { .kind = GROUP, .author = OTHER, .member = MEMBER } },
    { "a removed member, of their message", { .user = SELF }, { .kind = GROUP, .author = SELF, .member = MEMBER } },
    { "a stranger to two others", { .user = SELF }, { .kind = DIRECT, .author = OTHER } },
    { "a member", { .user = SELF, .role = MEMBER }, { .kind = GROUP, .author = OTHER, .member = MEMBER } },
    { "a member, of their message", { .user = SELF, .role = MEMBER }, { .kind = GROUP, .author = SELF } },
    { "an admin", { .user = SELF, .role = ADMIN }, { .kind = GROUP, .author = OTHER, .member = MEMBER } },
    { "an admin, of their message", { .user = SELF, .role = ADMIN }, { .kind = GROUP, .author = SELF } },
    { "the owner", { .user = SELF, .role = OWNER }, { .kind = GROUP, .author = OTHER, .member = MEMBER } },
    { "one of two", { .user = SELF, .role = MEMBER }, { .kind = DIRECT, .author = OTHER, .member = MEMBER } },
    { "one of two, of their message", { .user = SELF, .role = MEMBER }, { .kind = DIRECT, .author = SELF } },
    { "one of two, whose other one is closed",
      { .user = SELF, .role = MEMBER },
      { .kind = DIRECT, .author = SELF, .peer_closed = true } },
    { "the owner, closed", { .user = SELF, .role = OWNER, .is_closed = true }, { .kind = GROUP, .author = SELF } },
    { "an admin, which two do not have", { .user = SELF, .role = ADMIN }, { .kind = DIRECT, .author = SELF } },
    { "a role to come", { .user = SELF, .role = (MemberRole)4 }, { .kind = GROUP, .author = SELF, .member = MEMBER } },
    { "a role out of all bounds", { .user = SELF, .role = (MemberRole)-1 }, { .kind = GROUP, .author = SELF } },
    { "a kind to come", { .user = SELF, .role = OWNER }, { .kind = (ConversationKind)3, .author = SELF } },
    { "no kind", { .user = SELF, .role = OWNER }, { .author = SELF } },
    { "an administrator who does not belong",
      { .user = SELF, .account = ACCOUNT_ROLE__OWNER_ACCOUNT },
      { .kind = GROUP, .author = OTHER, .member = MEMBER } },
};

/* The answer of each action, a letter per column: outsiders, a member, an admin, the owner, one of two, people to
 * whom nothing is allowed, an administrator. A new action needs its row here. An admin's second "remove" names nobody. */
static const struct {
    const char *label;
    Action action;
    const char *want; /* y: yes, f: forbidden, n: there is no such conversation, p: precondition */
} rows[] = {
    { "read", ACTION_READ, "nnnn yy yy y yyy ffffff n" },
    { "mark", ACTION_MARK, "nnnn yy yy y yyy ffffff n" },
    { "post", ACTION_POST, "nnnn yy yy y yyp ffffff n" },
    { "react", ACTION_REACT, "nnnn yy yy y yyp ffffff n" },
    { "edit", ACTION_EDIT_MESSAGE, "nnnn fy fy f fyy ffffff n" },
    { "delete", ACTION_DELETE_MESSAGE, "nnnn fy yy y yyy ffffff n" },
    { "pin", ACTION_PIN, "nnnn ff yy y yyy ffffff n" },
    { "@all", ACTION_MENTION_ALL, "nnnn ff yy y fff ffffff n" },
    { "rename", ACTION_EDIT_INFO, "nnnn ff yy y fff ffffff n" },
    { "add", ACTION_ADD_MEMBER, "nnnn ff yy y fff ffffff n" },
    { "remove", ACTION_REMOVE_MEMBER, "nnnn ff yf y fff ffffff n" },
    { "leave", ACTION_LEAVE, "nnnn yy yy y fff ffffff n" },
    { "change roles", ACTION_SET_ROLE, "nnnn ff ff y fff ffffff n" },
    { "dissolve", ACTION_DELETE_CONVERSATION, "nnnn ff ff y fff ffffff n" },
    { "list accounts", ACTION_READ_ACCOUNTS, "ffff ff ff f fff ffffff y" },
    { "invite", ACTION_INVITE, "ffff ff ff f fff ffffff y" },
    { "close an account", ACTION_CLOSE_ACCOUNT, "ffff ff ff f fff ffffff y" },
    { "change account roles", ACTION_SET_ACCOUNT_ROLE, "ffff ff ff f fff ffffff y" },
    { "no action", ACTIONS_, "ffff ff ff f fff ffffff f" },
    { "less than an action", (Action)-1, "ffff ff ff f fff ffffff f" },
};

static Err err_of(char letter)
{
    switch (letter) {
    case 'y': return OK;
    case 'f': return ERR_FORBIDDEN;
    case 'p': return ERR_PRECONDITION;
    case 'n': return ERR_NOT_FOUND;
    default: return ERR_INTERNAL;
    }
}

TEST_EACH(each_person_may_do_what_the_table_says_and_nothing_else, rows, row)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    const char *want = row->want;
    for (size_t i = 0; i < ARRAY_LEN(columns); i++, want++) {
        if (*want == ' ') want++;
        Str label = str_fmt(ctx->arena, "%s: %s", columns[i].label, row->label);
        Err err = authorize(ctx, &columns[i].subject, row->action, &columns[i].object);
        CHECK_ERR(err, err_of(*want), str_cstr(ctx->arena, label));
    }
    CHECK(*want == '\0', row->label);
}

TEST(every_action_is_asked_about)
{
    for (Action action = 0; action < ACTIONS_; action++) {
        bool is_there = false;
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) is_there = is_there || rows[i].action == action;
        CHECK(is_there, rows[ARRAY_LEN(rows) - 1].label);
    }
}

static const struct {
    MemberRole actor, target;
    Err want;
    const char *label;
} ranks[] = {
    { OWNER, ADMIN, OK, "the owner removes an admin" },
    { OWNER, OWNER, ERR_FORBIDDEN, "the owner removes an owner" },
    { ADMIN, MEMBER, OK, "an admin removes a member" },
    { ADMIN, ADMIN, ERR_FORBIDDEN, "an admin removes an admin" },
    { ADMIN, OWNER, ERR_FORBIDDEN, "an admin removes the owner" },
    { ADMIN, (MemberRole)4, ERR_FORBIDDEN, "an admin removes a role to come" },
    { OWNER, NOBODY, ERR_FORBIDDEN, "the owner removes who does not belong" },
    { MEMBER, MEMBER, ERR_FORBIDDEN, "a member removes a member" },
};
TEST_EACH(only_lower_standing_can_be_removed, ranks, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Subject subject = { .user = SELF, .role = c->actor };
    Object object = { .kind = GROUP, .member = c->target };
    CHECK_ERR(authorize(ctx, &subject, ACTION_REMOVE_MEMBER, &object), c->want, c->label);
}

TEST(what_no_user_wrote_is_nobodys_own)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Subject nobody = { .role = MEMBER };
    Object object = { .kind = GROUP };
    CHECK_ERR(authorize(ctx, &nobody, ACTION_EDIT_MESSAGE, &object), ERR_FORBIDDEN, "an entry without an author");
}

#define USER         ACCOUNT_ROLE__MEMBER_ACCOUNT
#define SERVER_ADMIN ACCOUNT_ROLE__ADMIN_ACCOUNT
#define SERVER_OWNER ACCOUNT_ROLE__OWNER_ACCOUNT

static const struct {
    const char *label;
    AccountRole actor;
    Action action;
    AccountRole target;
    Err want;
} acts[] = {
    { "a member lists accounts", USER, ACTION_READ_ACCOUNTS, USER, ERR_FORBIDDEN },
    { "a member invites", USER, ACTION_INVITE, USER, ERR_FORBIDDEN },
    { "a member closes a member", USER, ACTION_CLOSE_ACCOUNT, USER, ERR_FORBIDDEN },
    { "a member makes admins", USER, ACTION_SET_ACCOUNT_ROLE, USER, ERR_FORBIDDEN },
    { "an admin lists accounts", SERVER_ADMIN, ACTION_READ_ACCOUNTS, USER, OK },
    { "an admin invites", SERVER_ADMIN, ACTION_INVITE, USER, OK },
    { "an admin closes a member", SERVER_ADMIN, ACTION_CLOSE_ACCOUNT, USER, OK },
    { "an admin closes an admin", SERVER_ADMIN, ACTION_CLOSE_ACCOUNT, SERVER_ADMIN, ERR_FORBIDDEN },
    { "an admin closes the owner", SERVER_ADMIN, ACTION_CLOSE_ACCOUNT, SERVER_OWNER, ERR_FORBIDDEN },
    { "an admin makes admins", SERVER_ADMIN, ACTION_SET_ACCOUNT_ROLE, USER, ERR_FORBIDDEN },
    { "the owner closes a member", SERVER_OWNER, ACTION_CLOSE_ACCOUNT, USER, OK },
    { "the owner closes an admin", SERVER_OWNER, ACTION_CLOSE_ACCOUNT, SERVER_ADMIN, OK },
    { "the owner closes themself", SERVER_OWNER, ACTION_CLOSE_ACCOUNT, SERVER_OWNER, ERR_FORBIDDEN },
    { "the owner makes an admin", SERVER_OWNER, ACTION_SET_ACCOUNT_ROLE, USER, OK },
    { "the owner demotes an admin", SERVER_OWNER, ACTION_SET_ACCOUNT_ROLE, SERVER_ADMIN, OK },
    { "the owner demotes themself", SERVER_OWNER, ACTION_SET_ACCOUNT_ROLE, SERVER_OWNER, ERR_FORBIDDEN },
    { "nobody of a role to come", (AccountRole)9, ACTION_READ_ACCOUNTS, USER, ERR_FORBIDDEN },
};
TEST_EACH(accounts_are_administered_from_above, acts, c)
{
    _cleanup_(ctx_freep) Ctx *ctx = test_ctx_new();
    Subject subject = { .user = SELF, .account = c->actor };
    Object object = { .account = c->target };
    CHECK_ERR(authorize(ctx, &subject, c->action, &object), c->want, c->label);

    subject.is_closed = true;
    CHECK_ERR(authorize(ctx, &subject, c->action, &object), ERR_FORBIDDEN, c->label);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_person_may_do_what_the_table_says_and_nothing_else),
        cmocka_unit_test(every_action_is_asked_about),
        cmocka_unit_test(only_lower_standing_can_be_removed),
        cmocka_unit_test(what_no_user_wrote_is_nobodys_own),
        cmocka_unit_test(accounts_are_administered_from_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
