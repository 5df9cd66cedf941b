#include "access/authorize.h"

/* Roles as a set, so that a future role is in none of them until it is added here. */
#define IS(role) (1u << (role))
enum {
    MEMBERS = IS(MEMBER_ROLE__MEMBER) | IS(MEMBER_ROLE__ADMIN_MEMBER) | IS(MEMBER_ROLE__OWNER),
    ADMINS = IS(MEMBER_ROLE__ADMIN_MEMBER) | IS(MEMBER_ROLE__OWNER),
    OWNER = IS(MEMBER_ROLE__OWNER),
    EITHER =
        IS(MEMBER_ROLE__MEMBER), /* the only role in a direct conversation, which belongs to its two people for good */
    SERVER_ADMINS = IS(ACCOUNT_ROLE__ADMIN_ACCOUNT) | IS(ACCOUNT_ROLE__OWNER_ACCOUNT),
    SERVER_OWNER = IS(ACCOUNT_ROLE__OWNER_ACCOUNT),
};

typedef struct Rule {
    const char *what;       /* "you may not ..." */
    unsigned direct, group; /* by conversation: the roles that may, whoever wrote the message */
    unsigned server;        /* on the server: the accounts that may */
    bool own;               /* any member may, on a message they wrote themselves */
    bool takes_higher;      /* requires a higher role than the other person's */
    bool takes_a_reader;    /* addresses the peer of a direct conversation, who must still be there */
} Rule;

static const Rule rules[ACTIONS_] = {
    [ACTION_READ] = { "see this conversation", .direct = EITHER, .group = MEMBERS },
    [ACTION_MARK] = { "read this conversation", .direct = EITHER, .group = MEMBERS },
    [ACTION_POST] = { "write here", .direct = EITHER, .group = MEMBERS, .takes_a_reader = true },
    [ACTION_REACT] = { "react here", .direct = EITHER, .group = MEMBERS, .takes_a_reader = true },
    [ACTION_EDIT_MESSAGE] = { "change this message", .own = true },
    [ACTION_DELETE_MESSAGE] = { "delete this message", .direct = EITHER, .group = ADMINS, .own = true },
    [ACTION_PIN] = { "pin messages here", .direct = EITHER, .group = ADMINS },
    [ACTION_MENTION_ALL] = { "mention everybody here", .group = ADMINS },
    [ACTION_EDIT_INFO] = { "change this conversation", .group = ADMINS },
    [ACTION_ADD_MEMBER] = { "add members here", .group = ADMINS },
    [ACTION_REMOVE_MEMBER] = { "remove them: it takes a higher standing", .group = ADMINS, .takes_higher = true },
    [ACTION_LEAVE] = { "leave this conversation", .group = MEMBERS },
    [ACTION_SET_ROLE] = { "change roles here", .group = OWNER },
    [ACTION_DELETE_CONVERSATION] = { "delete this conversation", .group = OWNER },
    [ACTION_READ_ACCOUNTS] = { "see the accounts of this server", .server = SERVER_ADMINS },
    [ACTION_INVITE] = { "invite people", .server = SERVER_ADMINS },
    [ACTION_CLOSE_ACCOUNT] = { "close or open this account: it takes a higher standing", .server = SERVER_ADMINS,
                               .takes_higher = true },
    [ACTION_SET_ACCOUNT_ROLE] = { "change the role of this account", .server = SERVER_OWNER, .takes_higher = true },
};

static bool has(unsigned roles, unsigned role)
{
    return role < 32 && roles & IS(role);
}

static unsigned roles_of_kind(const Rule *rule, ConversationKind kind)
{
    switch (kind) {
    case CONVERSATION_KIND__DIRECT: return rule->direct;
    case CONVERSATION_KIND__GROUP: return rule->group;
    default: return 0;
    }
}

static bool is_own(const Subject *subject, const Object *object)
{
    return !id_is_none(object->author) && id_eq(object->author, subject->user);
}

static bool may_on_server(const Rule *rule, const Subject *subject, const Object *object)
{
    return has(rule->server, subject->account) && (!rule->takes_higher || subject->account > object->account);
}

/* The roles that a conversation of this kind has at all are those that may read it. */
static bool may_in_conversation(const Rule *rule, const Subject *subject, const Object *object)
{
    bool is_known = has(roles_of_kind(&rules[ACTION_READ], object->kind), subject->role);
    bool has_right = has(roles_of_kind(rule, object->kind), subject->role) || (rule->own && is_own(subject, object));
    bool is_above = object->member != MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED && subject->role > object->member;
    return is_known && has_right && (!rule->takes_higher || is_above);
}

Err authorize(Ctx *ctx, const Subject *subject, Action action, const Object *object)
{
    const Rule *rule = (unsigned)action < ACTIONS_ ? &rules[action] : NULL;
    if (!rule || !rule->what) return ctx_fail(ctx, ERR_FORBIDDEN, "you may not do this");

    bool is_in_conversation = !rule->server;
    if (is_in_conversation && subject->role == MEMBER_ROLE__MEMBER_ROLE_UNSPECIFIED)
        return ctx_fail(ctx, ERR_NOT_FOUND, "no such conversation");
    if (subject->is_closed) return ctx_fail(ctx, ERR_FORBIDDEN, "your account is closed");

    bool may = is_in_conversation ? may_in_conversation(rule, subject, object) : may_on_server(rule, subject, object);
    if (!may) return ctx_fail(ctx, ERR_FORBIDDEN, "you may not %s", rule->what);
    if (rule->takes_a_reader && object->kind == CONVERSATION_KIND__DIRECT && object->peer_closed)
        return ctx_fail(ctx, ERR_PRECONDITION, "this account is closed: nobody would read it");
    return OK;
}
