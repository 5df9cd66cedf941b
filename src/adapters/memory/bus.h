/* Driver "memory" of ports/bus.h: one process; it stores nothing. An event is safe because its outbox row stays until
 * every consumer in this process has handled it. An outbox publishes to each consumer on a thread of its own (ADR 28).
 * A publish to all runs the consumers of the topic on the publisher's thread, also those behind one that fails, and
 * returns the first failure worth another try. The next try runs all of them again: consumers are idempotent. */
#pragma once
#include "ports/bus.h"

Bus *memory_bus_new(void);
