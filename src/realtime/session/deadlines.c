/* Timeouts of a session: silence, token expiry, stalled readers. One timer per loop, and a wheel of seconds for its
 * clients. */
#include <stdio.h>

#include "realtime/session/session.h"

#define RECHECK_MS 5000 /* during the handshake, whose calls have deadlines of their own */

/* Whether a busy socket has accepted nothing for too long. */
ON_LOOP static bool stands_still(ClientSession *session)
{
    uint32_t unsent = (uint32_t)ws_unsent(session->conn);
    if (unsent != session->unsent) {
        session->unsent = unsent;
        session->progress_at = (uint32_t)session->all->now_ms;
    }
    return session_age(session, session->progress_at) >= session->all->config->stall_ms;
}

/* Whether the peer has missed its pong. While it still takes bytes, the pong may only be delayed. */
static bool is_lost(const ClientSession *session)
{
    uint32_t waited = session_age(session, session->asked_at);
    uint32_t progress = session_age(session, session->progress_at);
    return session->is_asked && (progress < waited ? progress : waited) >= session->all->config->pong_timeout_ms;
}

/* Sends a ping that carries the newest event number; the pong confirms it. */
ON_LOOP static void ask(ClientSession *session)
{
    char n[16];
    int len = snprintf(n, sizeof n, "%u", session->out.last_n);
    if (ws_busy(session->conn)) return;
    ws_ping(session->conn, (Str){ n, (size_t)len });
    session->is_asked = true;
    session->asked_at = (uint32_t)session->all->now_ms;
}

static uint32_t until(uint32_t age, uint32_t limit)
{
    return age < limit ? limit - age : 1;
}

static void arm_live(ClientSession *session, int64_t token_left_ms)
{
    const RealtimeConfig *config = session->all->config;
    uint32_t next = session->is_asked ? until(session_age(session, session->asked_at), config->pong_timeout_ms)
                                      : until(session_age(session, session->heard_at), config->heartbeat_ms);
    if (session->is_busy) next = 1000;
    if (token_left_ms < next) next = (uint32_t)token_left_ms;
    session_arm(session, next);
}

ON_LOOP static void check_live(ClientSession *session, int64_t wall_ms)
{
    const RealtimeConfig *config = session->all->config;
    int64_t token_left_ms = session->expires_ms + config->token_grace_ms - wall_ms;

    if (token_left_ms <= 0) {
        session_bye(session, WS_CLOSE_TOKEN_EXPIRED, 0);
    } else if (session->is_busy && stands_still(session)) {
        session->all->tally.slow_closed++;
        session_bye(session, WS_CLOSE_SLOW, 0);
    } else if (is_lost(session)) {
        ws_abort(session->conn, WS_CLOSE_ABNORMAL); /* stays resumable, as after any lost socket */
    } else {
        if (!session->is_asked && session_age(session, session->heard_at) >= config->heartbeat_ms) ask(session);
        arm_live(session, token_left_ms);
    }
}

/* Guards against the wheel turning to it early. */
static bool has_waited(ClientSession *session, uint32_t limit_ms)
{
    uint32_t age = session_age(session, session->heard_at);
    if (age >= limit_ms) return true;
    session_arm(session, limit_ms - age);
    return false;
}

void session_check_deadlines(ClientSession *session, int64_t wall_ms)
{
    const RealtimeConfig *config = session->all->config;
    switch ((SessionState)session->state) {
    case SESSION_HELLO:
        if (has_waited(session, config->hello_timeout_ms)) session_bye(session, WS_CLOSE_BAD_FRAME, 0);
        break;
    case SESSION_DETACHED:
        if (has_waited(session, config->replay_kept_ms)) session_drop(session);
        break;
    case SESSION_HANDSHAKE: session_arm(session, RECHECK_MS); break;
    case SESSION_LIVE: check_live(session, wall_ms); break;
    case SESSION_ENDING: break;
    }
}

void sessions_tick(ClientSessions *all, int64_t now_ms, int64_t wall_ms)
{
    all->now_ms = now_ms;
    for (WheelEntry *due; (due = wheel_take_due(&all->wheel, (uint32_t)(now_ms / 1000)));)
        session_check_deadlines(CONTAINER_OF(due, ClientSession, deadline), wall_ms);
}
