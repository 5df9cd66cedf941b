/* What an idle, signed-in socket costs the server in memory of its own (RssAnon: heap and stacks, not the kernel's
 * part). bench_idle --port=P --pid=SERVER --clients=FILE --first=5000 --second=15000 The slope between two numbers of
 * sockets leaves out what the server needs anyway. */
#include <stdio.h>

#include "clients.h"
#include "measure.h"
#include "options.h"

static void on_frame(void *owner, Client *client, const char *text, size_t len)
{
    (void)owner;
    if (frame_is(text, len, "error") || frame_is(text, len, "bye"))
        fail("client %d: %.*s", client->index, (int)len, text);
}

/* The server looks every 5 s whether it can give memory back. */
#define STILL_SECONDS 7

/* Answers what arrives until the server's memory stands still. */
static uint64_t settled_kib(Clients *clients, pid_t pid)
{
    uint64_t before = 0;
    for (int second = 0, still = 0; second < 40 && still < STILL_SECONDS; second++, still++) {
        uint64_t end = now_ns() + 1000000000;
        while (now_ns() < end) clients_poll(clients, 50000);
        uint64_t now = process_memory_kib(pid, "RssAnon");
        if (now != before) still = 0;
        before = now;
    }
    return before;
}

int main(int argc, char **argv)
{
    options_read(argc, argv);
    int first = (int)option_number("first", 5000), second = (int)option_number("second", 15000);
    uint16_t port = (uint16_t)option_number("port", 8080);
    pid_t pid = (pid_t)option_number("pid", 0);
    if (second <= first) fail("--second must be more than --first");
    open_files_raise((uint64_t)second + 50);

    Clients *clients = clients_load(option_text("clients"), second, on_frame, NULL);
    uint64_t at_start = process_memory_kib(pid, "RssAnon");
    clients_connect(clients, port, 0, first);
    uint64_t at_first = settled_kib(clients, pid);
    uint64_t start = now_ns();
    clients_connect(clients, port, first, second);
    double connect_s = (double)(now_ns() - start) / 1e9;
    uint64_t at_second = settled_kib(clients, pid);

    printf("start_kib=%llu first_kib=%llu second_kib=%llu bytes_per_socket=%.0f connects_s=%.0f\n",
           (unsigned long long)at_start, (unsigned long long)at_first, (unsigned long long)at_second,
           ((double)at_second - (double)at_first) * 1024 / (second - first), (second - first) / connect_s);
    return 0;
}
