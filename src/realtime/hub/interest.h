/* Which loops may have somebody to tell about a conversation or a user: a counting filter per loop (Fan et al., "Summary
 * Cache", 2000) with one hash. No memory per topic and no lock; a wrong yes costs a post in vain, a wrong no never comes.
 * Each loop counts its own topics; any thread asks. */
#pragma once
#include <stdatomic.h>
#include <stdbool.h>

#include "base/attr.h"
#include "base/id.h"

#define INTEREST_SLOTS 65536

typedef struct Interest {
    _Atomic uint16_t counts[INTEREST_SLOTS];
} Interest;

ON_LOOP void interest_add(Interest *interest, Id topic);
/* Once for each interest_add(). */
ON_LOOP void interest_remove(Interest *interest, Id topic);
/* False: the loop has surely nobody. */
ANY_THREAD bool interest_may_have(const Interest *interest, Id topic);
