/* The response to hello. */
#include "realtime/commands/handshake.h"
#include "rpc/transcode.h"

/* Only the changed heads: the client has the others. */
static void add_heads(const Handshake *handshake, Welcome *welcome)
{
    welcome->heads = arena_new_array(handshake->ctx->arena, Welcome__HeadsEntry *, handshake->n_moved + 1);
    for (size_t i = 0; i < handshake->n_moved; i++) {
        Welcome__HeadsEntry *entry = arena_new_of(handshake->ctx->arena, Welcome__HeadsEntry);
        welcome__heads_entry__init(entry);
        entry->key = handshake->moved[i]->key;
        entry->value = handshake->moved[i]->value;
        welcome->heads[welcome->n_heads++] = entry;
    }
}

Str welcome_write(const Handshake *handshake, bool is_resumed)
{
    Arena *arena = handshake->ctx->arena;
    char epoch[REALTIME_EPOCH_MAX];
    Welcome welcome = WELCOME__INIT;
    welcome.id = handshake->hello->id;
    welcome.session = (char *)resume_name(arena, handshake->session).ptr;
    welcome.resumed = is_resumed;
    welcome.heartbeat_ms = handshake->hub->config->heartbeat_ms;
    welcome.token_expires_at = timestamp_new(arena, handshake->expires_ms);
    welcome.user_id = id_text(arena, handshake->actor.user);
    if (is_resumed) {
        /* Nothing was missed, so the client's own numbers are current. */
        edge_epoch_get(handshake->realtime, epoch);
        welcome.epoch = epoch;
        welcome.urev = handshake->hello->urev;
        welcome.feed_tag = handshake->hello->feed_tag;
    } else {
        edge_epoch_set(handshake->realtime, handshake->heads.conversations.epoch);
        welcome.epoch = handshake->heads.conversations.epoch;
        welcome.urev = handshake->heads.feed.urev;
        welcome.feed_tag = handshake->heads.feed.tag;
        welcome.feed_diverged = handshake->heads.feed.diverged;
        welcome.diverged = handshake->diverged;
        welcome.n_diverged = handshake->n_diverged;
        add_heads(handshake, &welcome);
    }
    StrBuf json;
    strbuf_init(&json, arena);
    transcode_to_json(&json, &welcome.base);
    return str_fmt(arena, "{\"type\":\"welcome\",%.*s", (int)json.len - 1, json.ptr + 1);
}
