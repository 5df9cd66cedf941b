/* A build without the web client (meson option web). */
#include "app/web_files.h"

const WebFiles web_files = { 0 };
