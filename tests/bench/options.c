/* Arguments by name, and the way out when something is wrong. */
#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count;
static char **arguments;

void options_read(int argc, char **argv)
{
    count = argc;
    arguments = argv;
}

static const char *find(const char *name)
{
    size_t len = strlen(name);
    for (int i = 1; i < count; i++) {
        const char *argument = arguments[i];
        if (strncmp(argument, "--", 2) == 0 && strncmp(argument + 2, name, len) == 0 && argument[2 + len] == '=')
            return argument + len + 3;
    }
    return NULL;
}

const char *option_text(const char *name)
{
    const char *value = find(name);
    if (!value) fail("--%s=... is missing", name);
    return value;
}

const char *option_text_or(const char *name, const char *otherwise)
{
    const char *value = find(name);
    return value ? value : otherwise;
}

uint64_t option_number(const char *name, uint64_t otherwise)
{
    const char *value = find(name);
    if (!value) return otherwise;

    char *end;
    uint64_t number = strtoull(value, &end, 10);
    if (*value == '\0' || *end != '\0') fail("--%s takes a number", name);
    return number;
}

void fail(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fprintf(stderr, "%s: ", arguments ? arguments[0] : "bench");
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}
