/* The web client, served from the program itself: its files, and its first page for every other path that a browser opens.
 * On loop threads; nothing here blocks, everything lies in memory. */
#pragma once
#include "app/web_files.h"
#include "rpc/rest.h"

/* Serves web_files at every path that nobody else has. */
void web_assets_add_routes(Rest *rest);

/* What these files answer to a GET or HEAD; what the reply refers to lives in `arena` or forever. False: there is nothing
 * at this path. */
MUST_CHECK bool web_assets_reply(const WebFiles *web, const HttpRequest *request, Arena *arena, HttpReply *out_reply);
