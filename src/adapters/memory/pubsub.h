/* Driver "memory" of ports/pubsub.h: one process, every topic reaches everyone who attached. */
#pragma once
#include "ports/pubsub.h"

Pubsub *memory_pubsub_new(void);
