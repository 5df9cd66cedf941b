/* Clients that send messages over kept HTTP connections, one request at a time each. One thread. Anything but a 200
 * ends the program. */
#pragma once
#include <stdint.h>

typedef struct HttpClients HttpClients;

/* A request was answered; `client` may be sent again. */
typedef void (*AnswerFn)(void *owner, int client);

/* Reads `count` lines "TOKEN CONVERSATION" and connects that many clients. */
HttpClients *http_clients_open(const char *path, int count, uint16_t port, AnswerFn on_answer, void *owner);
/* Posts a message; its answer comes by http_clients_poll(). */
void http_client_send(HttpClients *all, int client, const char *text);
/* Waits for answers, at most timeout_us. */
void http_clients_poll(HttpClients *all, int64_t timeout_us);
