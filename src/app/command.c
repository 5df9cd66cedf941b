/* serve, config, healthcheck. */
#include "app/command.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/address.h"
#include "app/server.h"
#include "base/log.h"
#include "runtime/heap.h"

/* Omits the value, which may be a secret. */
static int refuse_rest(const char *command, int argc, char **argv)
{
    if (argc == 0) return 0;
    Str value = str_of(argv[0]), name = str_cut(&value, '=');
    const char *nearest = settings_nearest(name);
    fprintf(stderr, "molva %s: there is no setting \"%.*s\"; `molva help %s` lists what there is", command,
            STR_ARG(name), command);
    if (nearest) fprintf(stderr, "; did you mean --%s?", nearest);
    fputc('\n', stderr);
    return 2;
}

/* Raises the descriptor limit to its maximum, since every socket needs one. */
static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void setup_log(const Settings *settings)
{
    LogLevel level = LOG_INFO;
    log_level_parse(str_of(settings->log_level), &level);
    log_setup(level, str_eq(str_of(settings->log_format), STR("json")));
}

int command_serve(const Settings *settings, int argc, char **argv)
{
    thread_role_assert(THREAD_WORKER);
    int refused = refuse_rest("serve", argc, argv);
    if (refused) return refused;
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Plan plan;
    if (!plan_read(arena, settings, stderr, &plan)) return 2;
    setup_log(settings);
    raise_file_limit();
    heap_setup();

    sigset_t signals;
    const struct timespec tidy_every = { .tv_sec = 5 };
    int signal_number;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);            /* from `molva user` */
    sigprocmask(SIG_BLOCK, &signals, NULL); /* before threads start, so that only sigwait() sees them */

    Server *server = server_start(&plan);
    if (!server) return 1;
    server_print_url(server);
    while ((signal_number = sigtimedwait(&signals, NULL, &tidy_every)) < 0 || signal_number == SIGHUP) {
        if (signal_number == SIGHUP)
            server_refresh(server);
        else
            heap_tidy();
    }
    log_info(NULL, "server.stopping", log_cstr("signal", signal_number == SIGINT ? "SIGINT" : "SIGTERM"));
    server_stop(server);
    log_info(NULL, "server.stopped");
    return 0;
}

int command_config(const Settings *settings, int argc, char **argv)
{
    if (argc == 1 && strcmp(argv[0], "--markdown") == 0) {
        settings_print_markdown(stdout);
        return 0;
    }
    int refused = refuse_rest("config", argc, argv);
    if (refused) return refused;
    settings_print(settings, stdout);
    return 0;
}

static int connect_to(const Address *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(address->port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(address->port) };
    bool is_v4 = inet_pton(AF_INET, address->host, &v4.sin_addr) == 1;
    if (!is_v4) inet_pton(AF_INET6, address->host, &v6.sin6_addr);
    if (is_v4 && v4.sin_addr.s_addr == htonl(INADDR_ANY)) v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    int fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    struct timeval patience = { .tv_sec = 3 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const struct sockaddr *to = is_v4 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6;
    if (connect(fd, to, is_v4 ? sizeof v4 : sizeof v6) == 0) return fd;
    close(fd);
    return -1;
}

int command_healthcheck(const Settings *settings, int argc, char **argv)
{
    static const char request[] = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    char reply[256];
    Address address;

    int refused = refuse_rest("healthcheck", argc, argv);
    if (refused) return refused;
    if (!address_parse(str_of(settings->listen), &address)) {
        fprintf(stderr, "molva: listen is no address: %s\n", settings->listen);
        return 2;
    }
    int fd = connect_to(&address);
    if (fd < 0) {
        fprintf(stderr, "molva: nothing answers at %s\n", settings->listen);
        return 1;
    }
    ssize_t sent = write(fd, request, sizeof request - 1);
    ssize_t got = sent > 0 ? read(fd, reply, sizeof reply - 1) : -1;
    close(fd);
    bool ready = got > 12 && str_starts_with((Str){ reply, (size_t)got }, STR("HTTP/1.1 200"));
    puts(ready ? "ready" : "not ready");
    return ready ? 0 : 1;
}
