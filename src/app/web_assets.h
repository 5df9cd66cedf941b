/* Serves the web client from the program itself: its files, and its page for every other path that a browser opens. On
 * loop threads; nothing here blocks, everything is in memory. */
#pragma once
#include "app/web_files.h"
#include "rpc/rest.h"

/* Serves web_files at every path without another handler. */
void web_assets_add_routes(Rest *rest);

/* The reply of these files to a GET or HEAD; its data live in `arena` or forever. False: nothing exists at this
 * path. */
MUST_CHECK bool web_assets_reply(const WebFiles *web, const HttpRequest *request, Arena *arena, HttpReply *out_reply);
