/* Help texts: short by default, complete for a command on request. */
#include <stdio.h>

#include "app/command.h"

static const char overview[] =
    "Molva, a messaging server you host yourself.\n"
    "\n"
    "  molva serve                    run the server here: http://127.0.0.1:8080\n"
    "  molva user add NAME            make an account, for example the first one\n"
    "  molva user reset-password NAME set a new password and end the user's sessions\n"
    "  molva user list                who has an account\n"
    "  molva config                   every setting, its value, and where that came from\n"
    "  molva healthcheck              exit code 0 when the server answers; for containers\n"
    "  molva version\n"
    "\n"
    "`molva help serve` lists the settings. Everything is kept in one folder: ./data, or --data DIR.\n";

static const char serve_intro[] =
    "molva serve [--config FILE] [--SETTING VALUE]...\n"
    "\n"
    "Runs the server until SIGTERM or Ctrl-C, then says good-bye to everybody and stops.\n"
    "Every flag may also stand in the file (rate_limits = off) or in the environment (MOLVA_RATE_LIMITS=off).\n"
    "\n";

static const char user_help[] =
    "molva user add NAME [--display-name TEXT] [--admin] [--password-stdin]\n"
    "molva user reset-password NAME [--password-stdin]\n"
    "molva user list\n"
    "\n"
    "Works on the data folder (--data DIR) or on PostgreSQL (--database URL), whether the server runs or not. Without\n"
    "--password-stdin a password is made up and printed once. With --admin the new account may invite and administer\n"
    "users.\n";

static const char config_help[] =
    "molva config [--config FILE] [--SETTING VALUE]... [--markdown]\n"
    "\n"
    "Prints every setting as a configuration file would hold it, and behind it where its value came from.\n";

static const char healthcheck_help[] = "molva healthcheck [--listen ADDR:PORT]\n"
                                       "\n"
                                       "Asks the server's /readyz. Exit code 0: ready; 1: not.\n";

int command_help(int argc, char **argv)
{
    const char *topic = argc > 0 ? argv[0] : "";
    if (strcmp(topic, "serve") == 0) {
        fputs(serve_intro, stdout);
        settings_print_help(stdout);
    } else if (strcmp(topic, "user") == 0)
        fputs(user_help, stdout);
    else if (strcmp(topic, "config") == 0)
        fputs(config_help, stdout);
    else if (strcmp(topic, "healthcheck") == 0)
        fputs(healthcheck_help, stdout);
    else
        fputs(overview, stdout);
    return 0;
}

int command_version(void)
{
    puts("molva " MOLVA_VERSION);
    return 0;
}
