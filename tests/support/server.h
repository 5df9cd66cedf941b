/* The server that tests/support/with_server.py started for this program. */
#pragma once
#include <stdlib.h>
#include <unistd.h>

#include "support/test.h"

/* NULL: no such server. name: MOLVA_TEST_REDIS, MOLVA_TEST_RABBITMQ. */
static inline const char *server_url(const char *name)
{
    return getenv(name);
}

static inline int server_fd_(const char *name)
{
    const char *text = getenv(name);
    if (!text) fail_msg("%s is not set: run this through tests/support/with_server.py", name);
    return text ? (int)strtol(text, NULL, 10) : -1;
}

/* Executes an order ("kill", "start", "stop", "pause", "resume", "flush", "drop", "settle", "queues", "length QUEUE")
 * and copies the line of its answer. */
static inline void server_ask(const char *order, char *answer, size_t size)
{
    size_t len = 0;
    if (dprintf(server_fd_("MOLVA_TEST_ORDERS"), "%s\n", order) < 0) fail_msg("cannot order: %s", order);
    while (len + 1 < size && read(server_fd_("MOLVA_TEST_ANSWERS"), answer + len, 1) == 1 && answer[len] != '\n') len++;
    answer[len] = '\0';
}

static inline void server_do(const char *order)
{
    char answer[2048];
    server_ask(order, answer, sizeof answer);
    if (strcmp(answer, "ok") != 0) fail_msg("%s: %s", order, answer);
}
