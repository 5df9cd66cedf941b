/* Coming back to what is kept of an earlier connection: on the same loop it is taken over as it is; from another loop its
 * frames are copied over. While they are on their way both loops gather the same events, so a few may come twice: the
 * client drops what it has, it goes by rev. */
#include <stdlib.h>

#include "realtime/commands/opening.h"
#include "realtime/hub/crowd.h"
#include "realtime/hub/lookup.h"

Str resume_name(Arena *arena, const Client *client)
{
    char id[ID_TEXT_LEN + 1];
    id_format(client->id, id);
    return str_fmt(arena, "%d.%s", hub_of(client)->loop->index, id);
}

ResumeRequest resume_read(const Hello *hello, int n_hubs)
{
    ResumeRequest request = { .hub = -1 };
    uint64_t hub;
    if (!hello->resume) return request;
    Str rest = str_of(hello->resume->session);
    Str number = str_cut(&rest, '.');
    if (!str_to_u64(number, INT32_MAX, &hub) || hub >= (uint64_t)n_hubs || !id_parse(rest, &request.client))
        return request;
    request.hub = (int)hub;
    request.n = hello->resume->n;
    return request;
}

Client *resume_find(const Hub *hub, Id user_id, const ResumeRequest *request)
{
    HubUser *user = hub_user(hub, user_id);
    if (request->hub < 0 || !user || user->is_unsure) return NULL;
    /* On its way to this loop is the word that something may have been missed. */
    if (hub->deaf != atomic_load(&hub->realtime->deaf)) return NULL;
    for (Client *client = user->clients; client; client = client->next_of_user) {
        bool is_kept = client->state == CLIENT_DETACHED || client->state == CLIENT_LIVE;
        if (is_kept && id_eq(client->id, request->client))
            return outgoing_can_resume(&client->out, request->n) ? client : NULL;
    }
    return NULL;
}

void resume_take_over(Client *client, Client *old, uint32_t n)
{
    if (old->extras) crowd_focus(hub_of(client), client, old->extras->focus, old->extras->n_focus);
    client_take_over(client, old, n);
}

/* On its way from one hub to the other and back. */
typedef struct Fetch {
    Opening *opening;
    void (*done)(Opening *opening, bool found);
    bool found;
    Frame **frames; /* copies, in order; owned */
    size_t n_frames;
    OutGap *gaps;
    size_t n_gaps;
    Id focus[WS_FOCUS_MAX];
    uint32_t n_focus;
    uint32_t solid_n;
} Fetch;

/* On the new hub: puts it all in front of what has gathered here. */
static void unpack(Loop *loop, void *arg)
{
    Fetch *fetch = arg;
    Opening *opening = fetch->opening;
    Client *client = opening->client;
    Outgoing kept = { .last_n = opening->resume.n, .solid_n = fetch->solid_n };
    hub_enter(opening->hub);
    for (size_t i = 0; i < fetch->n_frames; i++) {
        outgoing_push(&kept, &opening->hub->clients.out_limits, fetch->frames[i]);
        frame_unref(fetch->frames[i]);
    }
    for (size_t i = 0; i < fetch->n_gaps; i++)
        outgoing_note_gap(&kept, fetch->gaps[i].conversation, fetch->gaps[i].head);
    if (fetch->found && client->state == CLIENT_OPENING) {
        outgoing_take_over(&client->out, &kept);
        if (fetch->n_focus) crowd_focus(opening->hub, client, fetch->focus, fetch->n_focus);
    }
    outgoing_done(&kept);
    fetch->done(opening, fetch->found);
    free(fetch->frames);
    free(fetch->gaps);
    free(fetch);
}

static void pack_client(Fetch *fetch, Hub *hub, Client *old)
{
    Outgoing *out = &old->out;
    outgoing_detach(out);
    outgoing_rewind(out, fetch->opening->resume.n);
    fetch->found = true;
    fetch->solid_n = out->solid_n;
    fetch->frames = calloc(out->lane.count + 1, sizeof(Frame *));
    if (!fetch->frames) abort();
    for (uint32_t at = 0; at < out->lane.count; at++)
        fetch->frames[fetch->n_frames++] = frame_copy(*lane_at(&out->lane, at));
    fetch->gaps = TAKE_PTR(out->gaps);
    fetch->n_gaps = out->n_gaps;
    out->n_gaps = out->cap_gaps = 0;
    if (!old->extras) return;
    fetch->n_focus = old->extras->n_focus;
    memcpy(fetch->focus, old->extras->focus, sizeof fetch->focus);
}

/* On the old hub: copies what the client holds and lets it go. */
static void pack(Loop *loop, void *arg)
{
    Fetch *fetch = arg;
    Opening *opening = fetch->opening;
    Hub *hub = opening->realtime->hubs[opening->resume.hub];
    hub_enter(hub);
    Client *old = resume_find(hub, opening->actor.user, &opening->resume);
    if (old) {
        pack_client(fetch, hub, old);
        client_drop(old);
    }
    loop_post(opening->hub->loop, unpack, fetch);
}

void resume_fetch(Opening *opening, void (*done)(Opening *opening, bool found))
{
    Fetch *fetch = calloc(1, sizeof *fetch);
    if (!fetch) abort();
    fetch->opening = opening;
    fetch->done = done;
    loop_post(opening->realtime->hubs[opening->resume.hub]->loop, pack, fetch);
}
