/* molva COMMAND [FLAGS]: finds the command, reads the settings, runs it. */
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/command.h"

typedef int (*CommandFn)(const Settings *settings, int argc, char **argv);

static const struct {
    const char *name;
    CommandFn fn;
} commands[] = {
    { "serve", command_serve },
    { "config", command_config },
    { "user", command_user },
    { "healthcheck", command_healthcheck },
};

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

static int run(CommandFn fn, int argc, char **argv)
{
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Settings settings;
    char **rest;
    int n_rest;
    if (!settings_read(arena, argc, argv, stderr, &settings, &rest, &n_rest)) return 2;
    return fn(&settings, n_rest, rest);
}

/* A closed peer (PIPE) and a file size limit (XFSZ) are errors of that write. USR1 and USR2 mean "reopen the log" to
 * other servers, and scripts send them to all. docs/operations.md lists the other signals. */
static void ignore_signals(void)
{
    static const int ignored[] = { SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2 };
    for (size_t i = 0; i < ARRAY_LEN(ignored); i++) signal(ignored[i], SIG_IGN);
}

int main(int argc, char **argv)
{
    ignore_signals();
    umask(0077); /* everything we write is private to our user */
    if (sodium_init() < 0) {
        fputs("molva: the system gives no random numbers\n", stderr);
        return 1;
    }
    if (argc < 2) {
        command_help(0, NULL);
        return 2;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "version") == 0) return command_version();
    if (strcmp(argv[1], "help") == 0) return command_help(argc - 2, argv + 2);
    if (wants_help(argc - 1, argv + 1)) return command_help(argc - 1, argv + 1);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0) return run(commands[i].fn, argc - 2, argv + 2);
    fprintf(stderr, "molva: there is no command \"%s\"; `molva help` lists them\n", argv[1]);
    return 2;
}
