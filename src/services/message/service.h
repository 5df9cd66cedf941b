/* What the files of the message service share. */
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

/* Who asks, for which conversation, and as what. */
typedef struct Place {
    Id conversation;
    Id user;
    Standing standing;
} Place;

/* Reads the conversation's id and allows the caller one action there, asking group through the cache.
 * ERR_INVALID, ERR_UNAUTHENTICATED, ERR_NOT_FOUND to those who do not belong, ERR_PRECONDITION where nobody would read. */
ON_WORKER MUST_CHECK Err message_enter(MessageService *svc, Ctx *ctx, const char *conversation_id, Action action,
                                       Place *out_place);
/* Tells group that a member acts, when this makes them take part by their own will; before the act itself. Rare: once per member.
 * ERR_PRECONDITION when they write and have accepted as many conversations as one can; who only reads is let on. */
ON_WORKER MUST_CHECK Err message_accept(MessageService *svc, Ctx *ctx, Place *place, Action action);
/* Forgets what is cached of a member. */
ON_WORKER void message_forget_member(MessageService *svc, Ctx *ctx, Place member);
/* Makes the metrics of sending show up before the first message. */
void message_send_metrics_register(void);
