/* The answer to hello. */
#include "realtime/commands/opening.h"
#include "rpc/transcode.h"

/* Only what moved: the client has the others up to date. */
static void add_heads(const Opening *opening, Welcome *welcome)
{
    welcome->heads = arena_new_array(opening->ctx->arena, Welcome__HeadsEntry *, opening->n_moved + 1);
    for (size_t i = 0; i < opening->n_moved; i++) {
        Welcome__HeadsEntry *entry = arena_new_of(opening->ctx->arena, Welcome__HeadsEntry);
        welcome__heads_entry__init(entry);
        entry->key = opening->moved[i]->key;
        entry->value = opening->moved[i]->value;
        welcome->heads[welcome->n_heads++] = entry;
    }
}

Str welcome_write(const Opening *opening, bool is_resumed)
{
    Arena *arena = opening->ctx->arena;
    char epoch[REALTIME_EPOCH_MAX];
    Welcome welcome = WELCOME__INIT;
    welcome.id = opening->hello->id;
    welcome.session = (char *)resume_name(arena, opening->client).ptr;
    welcome.resumed = is_resumed;
    welcome.heartbeat_ms = opening->hub->config->heartbeat_ms;
    welcome.token_expires_at = timestamp_new(arena, opening->expires_ms);
    welcome.user_id = id_text(arena, opening->actor.user);
    if (is_resumed) {
        /* Nothing was missed, so the client's own numbers stand. */
        edge_epoch_get(opening->realtime, epoch);
        welcome.epoch = epoch;
        welcome.urev = opening->hello->urev;
        welcome.feed_tag = opening->hello->feed_tag;
    } else {
        edge_epoch_set(opening->realtime, opening->heads->epoch);
        welcome.epoch = opening->heads->epoch;
        welcome.urev = opening->feed.urev;
        welcome.feed_tag = opening->feed.tag;
        welcome.feed_diverged = opening->feed.diverged;
        welcome.diverged = opening->diverged;
        welcome.n_diverged = opening->n_diverged;
        add_heads(opening, &welcome);
    }
    StrBuf json;
    strbuf_init(&json, arena);
    transcode_to_json(&json, &welcome.base);
    return str_fmt(arena, "{\"type\":\"welcome\",%.*s", (int)json.len - 1, json.ptr + 1);
}
