/* One hub with its time in the test's hand, clients on doubles of sockets, and no way out to workers. */
#pragma once
#include "fake_ws.h"
#include "realtime/hub/lookup.h"
#include "realtime/session/session.h"
#include "realtime/upstream/edge.h"
#include "support/test.h"

typedef struct HubWorld {
    Realtime realtime;
    Hub hub;
    Loop loop;
    Pubsub pubsub;
    int subscriptions; /* topics that the hub holds now */
    Arena *arena;      /* for what the test reads */
    WsConn *conns[2048];
    int n_conns;
} HubWorld;

/* Large conversations begin above `large` members, 0: at the default. */
HubWorld *hub_world_new(uint32_t large);
void hub_world_freep(HubWorld **world);

/* Ids that differ in n. */
Id user_id(int n);
Id conversation_id(int n);

/* A client of the user, welcomed; the welcome has been looked at. */
ClientSession *live_session(HubWorld *world, Id user);
/* As after hello, before welcome. */
ClientSession *greeting_session(HubWorld *world, Id user);
/* Publishes an event with this rev, or ephemeral, to the conversation, and flushes. */
void tell_event(HubWorld *world, Id conversation, uint32_t rev);
void tell_ephemeral(HubWorld *world, Id conversation);
/* An event whose data is about this many bytes long; does not flush. */
void put_event(HubWorld *world, Id conversation, uint32_t rev, size_t bytes);
/* Moves the time on, second by second. */
void pass_ms(HubWorld *world, uint32_t ms);
/* The next frame that the client got. */
Str next_frame(HubWorld *world, ClientSession *session);
/* Frames of the client not looked at yet. */
int count_frames(ClientSession *session);
/* Whether the frame's text has this in it. */
bool has(Str frame, const char *part);
