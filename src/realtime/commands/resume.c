/* Resuming a kept session: on the same loop its queues are moved; from another loop its frames are copied. During the
 * transfer both loops queue the same events, so a few may arrive twice: the client drops duplicates by rev. */
#include <stdlib.h>

#include "realtime/commands/handshake.h"
#include "realtime/hub/audience.h"
#include "realtime/hub/lookup.h"

Str resume_name(Arena *arena, const ClientSession *session)
{
    char id[ID_TEXT_LEN + 1];
    id_format(session->id, id);
    return str_fmt(arena, "%d.%s", hub_of(session)->loop->index, id);
}

ResumeRequest resume_read(const Hello *hello, int n_hubs)
{
    ResumeRequest request = { .hub = -1 };
    uint64_t hub;
    if (!hello->resume) return request;
    Str rest = str_of(hello->resume->session);
    Str number = str_cut(&rest, '.');
    if (!str_to_u64(number, INT32_MAX, &hub) || hub >= (uint64_t)n_hubs || !id_parse(rest, &request.session))
        return request;
    request.hub = (int)hub;
    request.n = hello->resume->n;
    return request;
}

ClientSession *resume_find(const Hub *hub, Id user_id, const ResumeRequest *request)
{
    HubUser *user = hub_user(hub, user_id);
    if (request->hub < 0 || !user || user->needs_resync) return NULL;
    /* A loss of subscriptions has been reported but has not reached this loop yet. */
    if (hub->losses != atomic_load(&hub->realtime->losses)) return NULL;
    for (ClientSession *session = user->sessions; session; session = session->next_of_user) {
        bool is_kept = session->state == SESSION_DETACHED || session->state == SESSION_LIVE;
        if (is_kept && id_eq(session->id, request->session))
            return outgoing_can_resume(&session->out, request->n) ? session : NULL;
    }
    return NULL;
}

void resume_take_over(ClientSession *session, ClientSession *old, uint32_t n)
{
    if (old->extras) audience_focus(hub_of(session), session, old->extras->focus, old->extras->n_focus);
    session_take_over(session, old, n);
}

/* Travels from one hub to the other and back. */
typedef struct Fetch {
    Handshake *handshake;
    void (*done)(Handshake *handshake, bool found);
    bool found;
    Frame **frames; /* copies, in order; owned */
    size_t n_frames;
    OutGap *gaps;
    size_t n_gaps;
    Id focus[WS_FOCUS_MAX];
    uint32_t n_focus;
    uint32_t solid_n;
} Fetch;

/* On the new hub: inserts the frames before those queued here. */
static void unpack(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Fetch *fetch = arg;
    Handshake *handshake = fetch->handshake;
    ClientSession *session = handshake->session;
    Outgoing kept = { .last_n = handshake->resume.n, .solid_n = fetch->solid_n };
    hub_enter(handshake->hub);
    for (size_t i = 0; i < fetch->n_frames; i++) {
        outgoing_push(&kept, &handshake->hub->sessions.out_limits, fetch->frames[i]);
        frame_unref(fetch->frames[i]);
    }
    for (size_t i = 0; i < fetch->n_gaps; i++)
        outgoing_note_gap(&kept, fetch->gaps[i].conversation, fetch->gaps[i].head);
    if (fetch->found && session->state == SESSION_HANDSHAKE) {
        outgoing_take_over(&session->out, &kept);
        if (fetch->n_focus) audience_focus(handshake->hub, session, fetch->focus, fetch->n_focus);
    }
    outgoing_done(&kept);
    fetch->done(handshake, fetch->found);
    free(fetch->frames);
    free(fetch->gaps);
    free(fetch);
}

static void pack_session(Fetch *fetch, Hub *hub, ClientSession *old)
{
    Outgoing *out = &old->out;
    outgoing_detach(out);
    outgoing_rewind(out, fetch->handshake->resume.n);
    fetch->found = true;
    fetch->solid_n = out->solid_n;
    fetch->frames = calloc(out->queue.count + 1, sizeof(Frame *));
    if (!fetch->frames) abort();
    for (uint32_t at = 0; at < out->queue.count; at++)
        fetch->frames[fetch->n_frames++] = frame_copy(*frame_queue_at(&out->queue, at));
    fetch->gaps = TAKE_PTR(out->gaps);
    fetch->n_gaps = out->n_gaps;
    out->n_gaps = out->cap_gaps = 0;
    if (!old->extras) return;
    fetch->n_focus = old->extras->n_focus;
    memcpy(fetch->focus, old->extras->focus, sizeof fetch->focus);
}

/* On the old hub: copies the session's frames and drops it. */
static void pack(Loop *loop, void *arg)
{
    thread_role_assert(THREAD_LOOP);
    Fetch *fetch = arg;
    Handshake *handshake = fetch->handshake;
    Hub *hub = handshake->realtime->hubs[handshake->resume.hub];
    hub_enter(hub);
    ClientSession *old = resume_find(hub, handshake->actor.user, &handshake->resume);
    if (old) {
        pack_session(fetch, hub, old);
        session_drop(old);
    }
    loop_post(handshake->hub->loop, unpack, fetch);
}

void resume_fetch(Handshake *handshake, void (*done)(Handshake *handshake, bool found))
{
    Fetch *fetch = calloc(1, sizeof *fetch);
    if (!fetch) abort();
    fetch->handshake = handshake;
    fetch->done = done;
    loop_post(handshake->realtime->hubs[handshake->resume.hub]->loop, pack, fetch);
}
