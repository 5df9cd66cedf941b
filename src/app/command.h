/* The program's commands. Each returns the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
#pragma once
#include "app/settings.h"

int command_serve(const Settings *settings, int argc, char **argv);
int command_config(const Settings *settings, int argc, char **argv);
int command_user(const Settings *settings, int argc, char **argv);
int command_healthcheck(const Settings *settings, int argc, char **argv);
int command_help(int argc, char **argv);
int command_version(void);
