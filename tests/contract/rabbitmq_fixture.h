/* A RabbitMQ driver on the test's server, each with exchanges and queues of its own unless the test names a prefix. */
#pragma once
#include <unistd.h>

#include "adapters/rabbitmq/rabbitmq.h"
#include "support/server.h"

static inline Bus *rabbitmq_fixture_open(const RabbitmqConfig *more)
{
    static int opened;
    char prefix[32];
    Bus *bus = NULL;
    Ctx *ctx = test_ctx_new();
    RabbitmqConfig config = more ? *more : (RabbitmqConfig){ .prefetch = 8 };
    snprintf(prefix, sizeof prefix, "t%d-%d", (int)getpid(), opened++);
    config.url = str_of(server_url("MOLVA_TEST_RABBITMQ"));
    if (!config.password.len) config.password = STR("guest");
    if (!config.prefix.len) config.prefix = str_of(prefix);
    if (rabbitmq_open(ctx, &config, &bus)) fail_msg("%s", ctx->err_text);
    ctx_free(ctx);
    return bus;
}
