/* Shared by the files of the notification service. */
#pragma once
#include "notification_service.h"
#include "services/notification/notification.h"

struct NotificationService {
    /* fixed after open */
    Db *db;
    Outbox *outbox;
    RpcClient *group;
    NotificationConfig config;
    NotificationOnlineFn is_online; /* NULL: everybody is offline */
    void *online_arg;
};

/* The service's bus consumer: turns events into feed changes. Idempotent. */
ON_WORKER MUST_CHECK Err notification_on_event(void *svc, Ctx *ctx, Str payload);
