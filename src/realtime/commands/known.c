/* Most conversations are in sync: their newest change has the client's number and tag. For one that is behind, the
 * message service is asked whether its log contains the client's change; see
 * docs/adr/0022-which-log-a-client-has-read.md. */
#include "realtime/commands/known.h"

#include "message_client.h"

typedef struct Comparison {
    Handshake *handshake;
    Map known; /* LogPosition by conversation id; not compared yet */
    ListDivergedRequest question;
} Comparison;

static void comparison_done(Comparison *comparison)
{
    map_done(&comparison->known);
}

static void note_diverged(Handshake *handshake, char *conversation)
{
    handshake->diverged[handshake->n_diverged++] = conversation;
}

/* A client that has no tag sends only the number. */
static void read_hello(Comparison *comparison)
{
    const Hello *hello = comparison->handshake->hello;
    for (size_t i = 0; i < hello->n_revs; i++) {
        LogPosition *position = arena_new_of(comparison->handshake->ctx->arena, LogPosition);
        log_position__init(position);
        position->rev = hello->revs[i]->value;
        map_put(&comparison->known, str_of(hello->revs[i]->key), position);
    }
    for (size_t i = 0; i < hello->n_have; i++)
        if (hello->have[i]->value) map_put(&comparison->known, str_of(hello->have[i]->key), hello->have[i]->value);
}

static void ask_about(Comparison *comparison, char *conversation, LogPosition *known)
{
    ConversationPosition *position = arena_new_of(comparison->handshake->ctx->arena, ConversationPosition);
    conversation_position__init(position);
    position->conversation_id = conversation;
    position->position = known;
    comparison->question.positions[comparison->question.n_positions++] = position;
}

static void compare(Comparison *comparison, const ListHeadsResponse__HeadsEntry *entry)
{
    Handshake *handshake = comparison->handshake;
    const Head *head = entry->value;
    LogPosition *known = map_remove(&comparison->known, str_of(entry->key));
    bool has_tags = known && known->rev > 0 && *known->tag && (*head->tag || head->rev == 0);
    bool is_same = known && known->rev == head->rev && (!has_tags || strcmp(known->tag, head->tag) == 0);
    if (is_same) return;
    handshake->moved[handshake->n_moved++] = entry;
    if (has_tags && known->rev >= head->rev)
        note_diverged(handshake, entry->key);
    else if (has_tags)
        ask_about(comparison, entry->key, known);
}

/* The remaining conversations are not the user's any more, or were created after the backup. */
static void note_gone(Comparison *comparison)
{
    const Hello *hello = comparison->handshake->hello;
    for (size_t i = 0; i < hello->n_have; i++)
        if (map_remove(&comparison->known, str_of(hello->have[i]->key)))
            note_diverged(comparison->handshake, hello->have[i]->key);
}

Err known_compare(Handshake *handshake)
{
    _cleanup_(comparison_done) Comparison comparison = { .handshake = handshake };
    const ListHeadsResponse *heads = &handshake->heads.conversations;
    Ctx *ctx = handshake->ctx;
    list_diverged_request__init(&comparison.question);
    comparison.question.positions = arena_new_array(ctx->arena, ConversationPosition *, heads->n_heads + 1);
    handshake->moved = arena_new_array(ctx->arena, const ListHeadsResponse__HeadsEntry *, heads->n_heads + 1);
    handshake->diverged = arena_new_array(ctx->arena, char *, heads->n_heads + handshake->hello->n_have + 1);
    read_hello(&comparison);
    for (size_t i = 0; i < heads->n_heads; i++) compare(&comparison, heads->heads[i]);
    note_gone(&comparison);
    if (!comparison.question.n_positions) return OK;

    ListDivergedResponse answer = LIST_DIVERGED_RESPONSE__INIT;
    Err err = message_client_list_diverged(handshake->realtime->message, ctx, &comparison.question, &answer);
    for (size_t i = 0; !err && i < answer.n_conversation_ids; i++) note_diverged(handshake, answer.conversation_ids[i]);
    return err;
}
