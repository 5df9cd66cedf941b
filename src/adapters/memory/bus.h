/* The "memory" driver of ports/bus.h, for one process; it stores nothing. An event is safe because its outbox row stays
 * until every consumer here has handled it. A publish runs all consumers of the topic on the publisher's thread, even
 * after one has failed, and returns the first error worth a retry. A retry runs all of them again: consumers are
 * idempotent. */
#pragma once
#include "ports/bus.h"

Bus *memory_bus_new(void);
