/* How many messages the server stores durably when every client sends its next one as soon as the last is answered.
 *   bench_sends --mode=ws|http --port=P --pid=SERVER,... --clients=FILE --sockets=64 --seconds=8 --bytes=200 --backends=PID,...
 * Processor time is that of the servers, and apart from it that of the backends (a database server, Redis).
 * ws: calls over WebSockets, which also receive what their conversation says; http: requests over kept connections. */
#include <stdio.h>
#include <string.h>

#include "clients.h"
#include "http_clients.h"
#include "measure.h"
#include "options.h"

#define SENDERS_MAX 1024

typedef struct Bench {
    char text[1025];
    uint64_t sent_ns[SENDERS_MAX];
    uint64_t waiting; /* calls that are not answered yet */
    bool sending, measuring;
    Samples samples;

    Clients *ws; /* one of them */
    HttpClients *http;
} Bench;

static void send_next(Bench *b, int at)
{
    b->sent_ns[at] = now_ns();
    b->waiting++;
    if (b->ws)
        client_send(clients_at(b->ws, at), b->text);
    else
        http_client_send(b->http, at, b->text);
}

static void on_answer(void *owner, int at)
{
    Bench *b = owner;
    b->waiting--;
    if (b->measuring) samples_add(&b->samples, now_ns() - b->sent_ns[at]);
    if (b->sending) send_next(b, at);
}

static void on_frame(void *owner, Client *client, const char *text, size_t len)
{
    if (frame_is(text, len, "result"))
        on_answer(owner, client->index);
    else if (frame_is(text, len, "error") || frame_is(text, len, "bye"))
        fail("client %d: %.*s", client->index, (int)len, text);
}

static void poll_until(Bench *b, uint64_t end_ns)
{
    while (now_ns() < end_ns) {
        if (b->ws)
            clients_poll(b->ws, 10000);
        else
            http_clients_poll(b->http, 10000);
    }
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
    static Bench b;
    int senders = (int)option_number("sockets", 64);
    uint64_t seconds = option_number("seconds", 8), bytes = option_number("bytes", 200);
    uint16_t port = (uint16_t)option_number("port", 8080);
    const char *pids = option_text("pid"), *backends = option_text_or("backends", "");
    if (senders > SENDERS_MAX || bytes >= sizeof b.text) fail("too many senders or bytes");
    memset(b.text, 'x', bytes);
    open_files_raise((uint64_t)senders + 50);

    if (strcmp(option_text("mode"), "ws") == 0) {
        b.ws = clients_load(option_text("clients"), senders, on_frame, &b);
        clients_connect(b.ws, port, 0, senders);
    } else {
        b.http = http_clients_open(option_text("clients"), senders, port, on_answer, &b);
    }

    b.sending = true;
    for (int i = 0; i < senders; i++) send_next(&b, i);
    poll_until(&b, now_ns() + 1000000000); /* warm-up */

    uint64_t start = now_ns(), cpu = processes_cpu_ns(pids), backend = processes_cpu_ns(backends);
    b.measuring = true;
    poll_until(&b, start + seconds * 1000000000u);
    b.measuring = b.sending = false;
    double wall_s = (double)(now_ns() - start) / 1e9;
    double cpu_us = (double)(processes_cpu_ns(pids) - cpu) / 1000 / (double)b.samples.count;
    double backend_us = (double)(processes_cpu_ns(backends) - backend) / 1000 / (double)b.samples.count;
    while (b.waiting > 0) poll_until(&b, now_ns() + 1000000);

    printf("sends_s=%.0f p50_us=%.0f p90_us=%.0f p99_us=%.0f cpu_us=%.2f backend_us=%.2f sends=%zu\n",
           (double)b.samples.count / wall_s, samples_percentile_us(&b.samples, 50),
           samples_percentile_us(&b.samples, 90), samples_percentile_us(&b.samples, 99), cpu_us, backend_us,
           b.samples.count);
    samples_done(&b.samples);
    return 0;
}
