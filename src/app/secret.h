/* Secrets: files that hold one, and passwords in URLs. On the main thread, at startup. */
#pragma once
#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

#define SECRET_FILE_MAX 4096 /* bytes of any secret in a file */

/* Reads the whole file into the arena. False, with *out_why for the operator, if it is unreadable, empty, larger than
 * SECRET_FILE_MAX, readable by others than its owner and group, or writable by others than its owner. Container secrets
 * are exempt: they are on a dedicated read-only mount, often with mode 0444, and the container isolates them. */
bool secret_read(Arena *arena, const char *path, Str *out_secret, const char **out_why);

/* The URL in displayable form: "***" replaces the password between user and host ("redis://u:***@h") and in parameters
 * ("?password=***"). A malformed URL is masked too much rather than too little. In the arena. */
const char *secret_masked_url(Arena *arena, const char *url);
