/* What one delivery costs: processor time of the whole server per message and socket, beside a bare send() loop in the
 * same run, over the same number of sockets and with the same bytes.
 *   bench_fanout --port=P,... --pid=SERVER,... --clients=FILE --sockets=1000 --senders=1 --seconds=4 --rounds=5 --bytes=200
 * Several ports share the sockets evenly; the processor time is that of all the processes together.
 * With one sender the next message leaves when every socket has the last one. With more, each sends its next when its
 * last is answered. The clients have a core of their own; the server is expected on the others, where the reference runs too.
 * Rounds alternate between the server and the reference, so that both see the same machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bare.h"
#include "clients.h"
#include "measure.h"
#include "options.h"

#define ROUNDS_MAX 64
#define PATIENCE_S 20
#define PORTS_MAX  16

typedef struct Bench {
    int sockets, senders;
    uint64_t end_ns;
    char text[1025];

    uint64_t sent, answered, delivered; /* since the program started; delivered counts sockets */
    uint64_t bare_sent, bare_delivered;
    bool sending;

    char frame[4096]; /* one event as the server wrote it */
    size_t frame_len;
} Bench;

typedef struct Cost {
    double us;           /* processor time per delivery */
    double deliveries_s; /* per second of the clock */
} Cost;

/* Keeps the first event, with its frame header, as what the reference shall send. */
static void keep_frame(Bench *b, const char *payload, size_t len)
{
    if (len > sizeof b->frame - 4) fail("an event of %zu bytes", len);
    size_t at = 0;
    b->frame[at++] = (char)0x81;
    if (len < 126) {
        b->frame[at++] = (char)len;
    } else {
        b->frame[at++] = 126;
        b->frame[at++] = (char)(len >> 8);
        b->frame[at++] = (char)(len & 0xff);
    }
    memcpy(b->frame + at, payload, len);
    b->frame_len = at + len;
}

static void send_next(Bench *b, Client *client)
{
    client_send(client, b->text);
    b->sent++;
}

static void on_frame(void *owner, Client *client, const char *text, size_t len)
{
    Bench *b = owner;
    if (frame_is_message(text, len)) {
        b->delivered++;
        if (b->frame_len == 0) keep_frame(b, text, len);
    } else if (frame_is(text, len, "result")) {
        b->answered++;
        if (b->sending && b->senders > 1) send_next(b, client);
    } else if (frame_is(text, len, "error") || frame_is(text, len, "gap") || frame_is(text, len, "bye")) {
        fail("client %d: %.*s", client->index, (int)len, text);
    }
}

static void on_bare_frame(void *owner, Client *client, const char *text, size_t len)
{
    (void)client, (void)text, (void)len;
    ((Bench *)owner)->bare_delivered++;
}

static bool server_is_done(const Bench *b)
{
    return b->answered == b->sent && b->delivered == b->sent * (uint64_t)b->sockets;
}

static void wait_for_server(Bench *b, Clients *clients)
{
    uint64_t seen = 0, since = now_ns();
    while (!server_is_done(b)) {
        clients_poll(clients, 1000000);
        if (b->delivered + b->answered != seen) {
            seen = b->delivered + b->answered;
            since = now_ns();
        } else if (now_ns() - since > PATIENCE_S * 1000000000ull) {
            fail("nothing arrives any more: %llu sent, %llu answered, %llu of %llu delivered",
                 (unsigned long long)b->sent, (unsigned long long)b->answered, (unsigned long long)b->delivered,
                 (unsigned long long)b->sent * (unsigned long long)b->sockets);
        }
    }
}

/* Sends for so long, then waits until everything has arrived. */
static void drive_server(Bench *b, Clients *clients, uint64_t ns)
{
    uint64_t end = now_ns() + ns;
    if (b->senders == 1) {
        do {
            send_next(b, clients_at(clients, 0));
            wait_for_server(b, clients);
        } while (now_ns() < end);
        return;
    }

    b->sending = true;
    for (int i = 0; i < b->senders; i++) send_next(b, clients_at(clients, i));
    while (now_ns() < end) clients_poll(clients, 10000);
    b->sending = false;
    wait_for_server(b, clients);
}

static void drive_bare(Bench *b, Bare *bare, Clients *clients, uint64_t ns)
{
    uint64_t end = now_ns() + ns;
    while (now_ns() < end) {
        while (b->bare_sent - b->bare_delivered / (uint64_t)b->sockets < (uint64_t)b->senders) {
            bare_send(bare);
            b->bare_sent++;
        }
        clients_poll(clients, POLL_FOREVER);
    }
    while (b->bare_delivered < b->bare_sent * (uint64_t)b->sockets) clients_poll(clients, POLL_FOREVER);
}

static Cost measure_server(Bench *b, const char *pids, Clients *clients, uint64_t ns)
{
    uint64_t start = now_ns(), cpu = processes_cpu_ns(pids), delivered = b->delivered;
    drive_server(b, clients, ns);
    uint64_t wall = now_ns() - start;
    /* What the server still tidies up belongs to the messages too. */
    uint64_t tidy_end = now_ns() + 100000000;
    while (now_ns() < tidy_end) clients_poll(clients, 10000);

    double count = (double)(b->delivered - delivered);
    return (Cost){
        .us = (double)(processes_cpu_ns(pids) - cpu) / 1000 / count,
        .deliveries_s = count / ((double)wall / 1e9),
    };
}

static Cost measure_bare(Bench *b, Bare *bare, Clients *clients, uint64_t ns)
{
    uint64_t start = now_ns(), cpu = process_cpu_ns(bare->pid), delivered = b->bare_delivered;
    drive_bare(b, bare, clients, ns);
    double count = (double)(b->bare_delivered - delivered);
    return (Cost){
        .us = (double)(process_cpu_ns(bare->pid) - cpu) / 1000 / count,
        .deliveries_s = count / ((double)(now_ns() - start) / 1e9),
    };
}

static void connect_evenly(Clients *clients, const char *list, int sockets)
{
    uint16_t ports[PORTS_MAX];
    int count = 0;
    for (const char *at = list; *at && count < PORTS_MAX; count++) {
        char *end;
        ports[count] = (uint16_t)strtoul(at, &end, 10);
        at = *end == ',' ? end + 1 : end;
        if (ports[count] == 0 || (*end && *end != ',')) fail("--port takes numbers with commas between");
    }
    for (int i = 0; i < count; i++) clients_connect(clients, ports[i], sockets * i / count, sockets * (i + 1) / count);
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
    static Bench b;
    b.sockets = (int)option_number("sockets", 1000);
    b.senders = (int)option_number("senders", 1);
    uint64_t ns = option_number("seconds", 4) * 1000000000u;
    size_t rounds = option_number("rounds", 5), bytes = option_number("bytes", 200);
    const char *pids = option_text("pid");
    if (rounds > ROUNDS_MAX || bytes >= sizeof b.text || b.senders > b.sockets)
        fail("too many rounds, bytes or senders");
    memset(b.text, 'x', bytes);
    open_files_raise((uint64_t)b.sockets * 2 + 50);

    bool pinned = option_number("pinned", 1);
    if (pinned) cores_take_clients();
    Bare bare = bare_start(b.sockets, pinned);
    Clients *bare_clients = clients_bare(b.sockets, on_bare_frame, &b);
    clients_connect(bare_clients, bare.port, 0, b.sockets);
    Clients *clients = clients_load(option_text("clients"), b.sockets, on_frame, &b);
    connect_evenly(clients, option_text("port"), b.sockets);

    drive_server(&b, clients, 500000000); /* warm-up; it also tells what an event looks like */
    bare_load(&bare, b.frame, b.frame_len);
    drive_bare(&b, &bare, bare_clients, 500000000);

    double server_us[ROUNDS_MAX], bare_us[ROUNDS_MAX], ratio[ROUNDS_MAX], rate[ROUNDS_MAX];
    for (size_t i = 0; i < rounds; i++) {
        Cost server = measure_server(&b, pids, clients, ns);
        Cost reference = measure_bare(&b, &bare, bare_clients, ns);
        server_us[i] = server.us, bare_us[i] = reference.us;
        ratio[i] = server.us / reference.us;
        rate[i] = server.deliveries_s;
        fprintf(stderr, "  round %zu: server %.2f us, bare %.2f us per delivery, ratio %.2f\n", i + 1, server.us,
                reference.us, ratio[i]);
    }
    bare_stop(&bare);
    printf("server_us=%.3f bare_us=%.3f ratio=%.3f deliveries_s=%.0f frame_bytes=%zu messages=%llu\n",
           median(server_us, rounds), median(bare_us, rounds), median(ratio, rounds), median(rate, rounds), b.frame_len,
           (unsigned long long)b.sent);
    return 0;
}
