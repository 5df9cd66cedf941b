/* The "memory" driver of ports/pubsub.h: one process, every topic reaches every receiver. */
#pragma once
#include "ports/pubsub.h"

Pubsub *memory_pubsub_new(void);
