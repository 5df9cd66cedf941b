/* Driver "memory" of ports/bus.h: one process; it stores nothing. An event is safe because its outbox row stays until
 * every consumer here has handled it.
 * A publish runs all consumers of the topic on the publisher's thread, also those behind one that fails, and answers with
 * the first failure that is worth another try. The next try runs all of them again: consumers are idempotent. */
#pragma once
#include "ports/bus.h"

Bus *memory_bus_new(void);
