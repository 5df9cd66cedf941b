/* Shared by the files of the message service. */
#pragma once
#include "message_service.h"
#include "rpc/request.h"
#include "services/message/message.h"
#include "services/message/rules.h"

struct MessageService {
    /* fixed after open */
    Db *db;
    Outbox *outbox;
    Cache *cache;
    RpcClient *group;
    char epoch[ID_TEXT_LEN + 1];
};

/* The caller, the conversation, and the caller's standing there. */
typedef struct Participant {
    Id conversation;
    Id user;
    Standing standing;
} Participant;

/* Parses the conversation's id and authorizes the caller's action there, asking group through the cache. ERR_INVALID,
 * ERR_UNAUTHENTICATED, ERR_NOT_FOUND for non-members, ERR_PRECONDITION if nobody would read it. */
ON_WORKER MUST_CHECK Err message_enter(MessageService *svc, Ctx *ctx, const char *conversation_id, Action action,
                                       Participant *out_participant);
/* Reports to group, before the action itself, that it makes the member take part deliberately. Rare: once per member.
 * ERR_PRECONDITION if they write and have accepted the maximum number of conversations; reading continues. */
ON_WORKER MUST_CHECK Err message_accept(MessageService *svc, Ctx *ctx, Participant *participant, Action action);
/* Drops a member's cached standing. */
ON_WORKER void message_forget_member(MessageService *svc, Ctx *ctx, Participant member);
/* Registers the metrics of sending, so that they appear before the first message. */
void message_send_metrics_register(void);
