/* How long a message takes to every member, at a given rate.
 *   bench_latency --port=P --clients=FILE --sockets=100 --rate=1000 --seconds=10
 * Messages leave by the clock, whether or not earlier ones have arrived, from one member after the other; time counts
 * from the moment a message was due, so a server that falls behind cannot hide it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients.h"
#include "measure.h"
#include "options.h"

typedef struct Bench {
    int sockets;
    uint64_t delivered, answered;
    uint64_t warm_ns;        /* messages due before are not counted */
    Samples commit, deliver; /* from due to answered, from due to arrived */
} Bench;

static const char mark[] = "due=";

/* The time that the text carries. */
static uint64_t due_of(const char *text, size_t len)
{
    const char *at = memmem(text, len, mark, sizeof mark - 1);
    if (!at) fail("a message without its time: %.*s", (int)len, text);
    return strtoull(at + sizeof mark - 1, NULL, 10);
}

static void on_frame(void *owner, Client *client, const char *text, size_t len)
{
    Bench *b = owner;
    if (frame_is_message(text, len)) {
        b->delivered++;
        uint64_t due = due_of(text, len);
        if (due >= b->warm_ns) samples_add(&b->deliver, now_ns() - due);
    } else if (frame_is(text, len, "result")) {
        b->answered++;
        uint64_t due = due_of(text, len); /* the result repeats the message */
        if (due >= b->warm_ns) samples_add(&b->commit, now_ns() - due);
    } else if (frame_is(text, len, "error") || frame_is(text, len, "gap") || frame_is(text, len, "bye")) {
        fail("client %d: %.*s", client->index, (int)len, text);
    }
}

static void send_due(Client *client, uint64_t due)
{
    char text[201];
    int len = snprintf(text, sizeof text, "%s%llu ", mark, (unsigned long long)due);
    memset(text + len, 'x', sizeof text - 1 - (size_t)len);
    text[200] = '\0';
    client_send(client, text);
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
    static Bench b;
    b.sockets = (int)option_number("sockets", 100);
    uint64_t rate = option_number("rate", 1000), seconds = option_number("seconds", 10);
    open_files_raise((uint64_t)b.sockets + 50);
    Clients *clients = clients_load(option_text("clients"), b.sockets, on_frame, &b);
    clients_connect(clients, (uint16_t)option_number("port", 8080), 0, b.sockets);

    uint64_t start = now_ns(), total = rate * (seconds + 1);
    b.warm_ns = start + 1000000000; /* the first second warms up */
    for (uint64_t i = 0; i < total;) {
        uint64_t due = start + i * 1000000000u / rate;
        uint64_t now = now_ns();
        if (now < due) {
            clients_poll(clients, (int64_t)((due - now) / 1000));
            continue;
        }
        send_due(clients_at(clients, (int)(i % (uint64_t)b.sockets)), due);
        i++;
    }
    uint64_t give_up = now_ns() + 30000000000u;
    while (b.answered < total || b.delivered < total * (uint64_t)b.sockets) {
        clients_poll(clients, 1000000);
        if (now_ns() > give_up)
            fail("after 30 s %llu of %llu deliveries are missing",
                 (unsigned long long)(total * (uint64_t)b.sockets - b.delivered),
                 (unsigned long long)total * (unsigned long long)b.sockets);
    }

    printf(
        "commit_p50_us=%.0f commit_p99_us=%.0f deliver_p50_us=%.0f deliver_p99_us=%.0f messages=%llu deliveries=%zu\n",
        samples_percentile_us(&b.commit, 50), samples_percentile_us(&b.commit, 99),
        samples_percentile_us(&b.deliver, 50), samples_percentile_us(&b.deliver, 99), (unsigned long long)total,
        b.deliver.count);
    samples_done(&b.commit);
    samples_done(&b.deliver);
    return 0;
}
