/* What must not be seen: files that hold a secret, and what stands for a password in a URL. On the main thread, at start. */
#pragma once
#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

#define SECRET_FILE_MAX 4096 /* bytes of any secret in a file */

/* Reads the whole file into the arena. False, with *out_why for the operator, when it cannot be read, is empty, holds over
 * SECRET_FILE_MAX bytes, or when others than its owner and its group may read it or others than its owner may write it.
 * What a container is given is excepted: it lies on a mount of its own that cannot be written, often with mode 0444, and the
 * container's walls keep others away. */
bool secret_read(Arena *arena, const char *path, Str *out_secret, const char **out_why);

/* The URL as it may be shown: "***" stands for the password between user and host ("redis://u:***@h") and in parameters
 * ("?password=***"). What is no good URL is rather masked too much than too little. In the arena. */
const char *secret_masked_url(Arena *arena, const char *url);
