/* What the tests of group and message run in: both services on SQLite files in a temporary folder, with memory cache,
 * pubsub and bus, real outboxes, and local clients between them. Only auth is a double: everybody exists and is open who was not
 * declared a stranger, or closed. Test thread only, unless said otherwise. */
#pragma once
#include "api_types.h"
#include "group_client.h"
#include "group_service.h"
#include "message_client.h"
#include "message_service.h"
#include "ports/cache.h"
#include "services/group/group.h"
#include "services/message/message.h"
#include "support/test.h"

typedef struct ChatWorld ChatWorld;

struct ChatWorld {
    GroupService *group;
    MessageService *message;
    Db *group_db, *message_db; /* what the services were opened with: faults are armed here */
    Outbox *message_outbox;
    Cache *cache;
    Bus *bus;
    int auth_calls;
    Err auth_err; /* what auth answers, when not OK */
    Id stranger;  /* nobody by this id exists */
    Id closed[4]; /* these accounts are closed; see set_closed() */
    bool deaf;    /* the message service does not hear of what happens in group; set before the first change */
};

/* config may be NULL. */
ChatWorld *chat_world_new(const GroupConfig *config);
void chat_world_freep(ChatWorld **world);

/* A person: ids ascend with n, 1 to 255. */
Id person(int n);
/* A context in which `user` asks; the time ascends by a second with each. Any thread. Release with ctx_freep. */
Ctx *ctx_of(Id user);
/* A client_id of version 7. */
char *client_id(Ctx *ctx);

/* What was published, recorded in order. */
typedef enum Channel { LIVE, BUS } Channel;
/* Waits until at least n events stood on the topic ("user.<id>", or with the bus "member.added") and returns the nth,
 * counted from 1, in ctx->arena. Fails the test after 20 s. */
const Envelope *wait_event(ChatWorld *world, Ctx *ctx, Channel channel, const char *topic, int n);
/* How many stood there so far. */
int count_events(ChatWorld *world, Channel channel, const char *topic);

/* Shorthands; they fail the test when the call fails. */
Id make_group(ChatWorld *world, Id owner, const char *title, const Id *others, size_t n_others);
Id make_direct(ChatWorld *world, Id user, Id other);
void add_member(ChatWorld *world, Id actor, Id conversation, Id user);
Err remove_member(ChatWorld *world, Id actor, Id conversation, Id user);
Err set_role(ChatWorld *world, Id actor, Id conversation, Id user, MemberRole role);
/* Auth closes or opens an account, and group has heard of it. */
void set_closed(ChatWorld *world, Id user, bool closed);
/* As CheckMember says. */
MemberRole role_of(ChatWorld *world, Id conversation, Id user);
/* The seq of the new message. */
uint32_t say(ChatWorld *world, Id user, Id conversation, const char *text);
/* Waits until the conversation's log has reached this rev. */
void wait_rev(ChatWorld *world, Id conversation, Id user, uint32_t rev);

/* A temporary folder; removed with what is in it. */
char *test_dir_new(void);
void test_dir_free(char *dir);
/* A service's database in that folder, on the engine of this run. Fails the test when it cannot be opened. */
Db *test_dir_db(Ctx *ctx, const char *dir, const DbSchema *schema);
