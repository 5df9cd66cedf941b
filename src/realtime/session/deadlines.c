/* What happens when nothing happens: silence, tokens that end, readers that stand still. One timer per loop, a wheel of
 * seconds for its clients. */
#include <stdio.h>

#include "realtime/session/client.h"

#define RECHECK_MS 5000 /* while hello is being worked on: its calls have deadlines of their own */

/* True when the busy socket has taken nothing for too long. */
static bool stands_still(Client *client)
{
    uint32_t unsent = (uint32_t)ws_unsent(client->conn);
    if (unsent != client->unsent) {
        client->unsent = unsent;
        client->progress_at = (uint32_t)client->all->now_ms;
    }
    return client_age(client, client->progress_at) >= client->all->config->stall_ms;
}

/* True when the peer did not answer in time. While it still takes bytes, the answer may only be on its way. */
static bool is_lost(const Client *client)
{
    uint32_t waited = client_age(client, client->asked_at);
    uint32_t progress = client_age(client, client->progress_at);
    return client->is_asked && (progress < waited ? progress : waited) >= client->all->config->pong_timeout_ms;
}

/* Asks whether the peer is there and tells it how far it should have come; the answer confirms that. */
static void ask(Client *client)
{
    char n[16];
    int len = snprintf(n, sizeof n, "%u", client->out.last_n);
    if (ws_busy(client->conn)) return;
    ws_ping(client->conn, (Str){ n, (size_t)len });
    client->is_asked = true;
    client->asked_at = (uint32_t)client->all->now_ms;
}

static uint32_t until(uint32_t age, uint32_t limit)
{
    return age < limit ? limit - age : 1;
}

static void arm_live(Client *client, int64_t token_left_ms)
{
    const RealtimeConfig *config = client->all->config;
    uint32_t next = client->is_asked ? until(client_age(client, client->asked_at), config->pong_timeout_ms)
                                     : until(client_age(client, client->heard_at), config->heartbeat_ms);
    if (client->is_busy) next = 1000;
    if (token_left_ms < next) next = (uint32_t)token_left_ms;
    client_arm(client, next);
}

static void check_live(Client *client, int64_t wall_ms)
{
    const RealtimeConfig *config = client->all->config;
    int64_t token_left_ms = client->expires_ms + config->token_grace_ms - wall_ms;

    if (token_left_ms <= 0) {
        client_bye(client, WS_CLOSE_TOKEN_EXPIRED, 0);
    } else if (client->is_busy && stands_still(client)) {
        client->all->tally.slow_closed++;
        client_bye(client, WS_CLOSE_SLOW, 0);
    } else if (is_lost(client)) {
        ws_abort(client->conn, WS_CLOSE_ABNORMAL); /* it is kept for a resume like any that lost its socket */
    } else {
        if (!client->is_asked && client_age(client, client->heard_at) >= config->heartbeat_ms) ask(client);
        arm_live(client, token_left_ms);
    }
}

/* The wheel may turn to it before its time. */
static bool has_waited(Client *client, uint32_t limit_ms)
{
    uint32_t age = client_age(client, client->heard_at);
    if (age >= limit_ms) return true;
    client_arm(client, limit_ms - age);
    return false;
}

void client_check_deadlines(Client *client, int64_t wall_ms)
{
    const RealtimeConfig *config = client->all->config;
    switch ((ClientState)client->state) {
    case CLIENT_HELLO:
        if (has_waited(client, config->hello_timeout_ms)) client_bye(client, WS_CLOSE_BAD_FRAME, 0);
        break;
    case CLIENT_DETACHED:
        if (has_waited(client, config->ring_kept_ms)) client_drop(client);
        break;
    case CLIENT_OPENING: client_arm(client, RECHECK_MS); break;
    case CLIENT_LIVE: check_live(client, wall_ms); break;
    case CLIENT_ENDING: break;
    }
}

void clients_tick(Clients *all, int64_t now_ms, int64_t wall_ms)
{
    all->now_ms = now_ms;
    for (WheelEntry *due; (due = wheel_take_due(&all->wheel, (uint32_t)(now_ms / 1000)));)
        client_check_deadlines(CONTAINER_OF(due, Client, deadline), wall_ms);
}
