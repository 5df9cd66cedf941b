/* The server's data directory, held by one server at a time. */
#pragma once
#include <stdbool.h>

#include "base/ctx.h"

typedef struct DataDir DataDir;

/* Makes the directory (mode 0700) and those above it if they are missing, checks that it can be written, and locks it until
 * data_dir_close() or the end of the process, however that comes. One that is there already and holds nothing but our files
 * is closed to others, with the files in it; a group that may read stays. Of any other that is open to them the log warns.
 *   ERR_PRECONDITION  a server uses it already; the text says which process
 *   ERR_STORAGE_FULL, ERR_UNAVAILABLE  it cannot be made or written; the text says why */
ON_WORKER MUST_CHECK Err data_dir_open(Ctx *ctx, const char *path, DataDir **out_dir);
/* Without a slash at its end; lives as long as the directory is open. */
const char *data_dir_path(const DataDir *dir);
/* Accepts NULL. */
void data_dir_close(DataDir *dir);

/* Sends the signal to the server that holds the directory now. False when none does. */
bool data_dir_signal_holder(const char *path, int signal_number);
