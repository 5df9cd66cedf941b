/* The answer to hello. */
#include "realtime/opening.h"
#include "rpc/transcode.h"

typedef Molva__Realtime__V1__Hello__RevsEntry RevsEntry;
typedef Molva__Realtime__V1__Welcome__HeadsEntry WelcomeHeadsEntry;

/* Only what moved: the client has the others up to date. */
static void add_heads(const Opening *opening, Welcome *welcome)
{
    const Hello *hello = opening->hello;
    const ListHeadsResponse *heads = opening->heads;
    Map revs = { 0 };
    for (size_t i = 0; i < hello->n_revs; i++) map_put(&revs, str_of(hello->revs[i]->key), hello->revs[i]);

    welcome->heads = arena_new_array(opening->ctx->arena, WelcomeHeadsEntry *, heads->n_heads);
    for (size_t i = 0; i < heads->n_heads; i++) {
        const RevsEntry *known = map_get(&revs, str_of(heads->heads[i]->key));
        if (known && known->value == heads->heads[i]->value->rev) continue;
        WelcomeHeadsEntry *entry = arena_new_of(opening->ctx->arena, WelcomeHeadsEntry);
        molva__realtime__v1__welcome__heads_entry__init(entry);
        entry->key = heads->heads[i]->key;
        entry->value = heads->heads[i]->value;
        welcome->heads[welcome->n_heads++] = entry;
    }
    map_done(&revs);
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
    } else {
        edge_epoch_set(opening->realtime, opening->heads->epoch);
        welcome.epoch = opening->heads->epoch;
        welcome.urev = opening->urev;
        add_heads(opening, &welcome);
    }
    StrBuf json;
    strbuf_init(&json, arena);
    transcode_to_json(&json, &welcome.base);
    return str_fmt(arena, "{\"type\":\"welcome\",%.*s", (int)json.len - 1, json.ptr + 1);
}
