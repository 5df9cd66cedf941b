/* See services.h. */
#include "app/services.h"

/* As outbox_open() takes it, for its threads. */
#define SERVICE(name, NAME, calls, copies) _Static_assert(sizeof #name <= 17, "at most 16 characters: " #name);
#include "app/services.def"
#undef SERVICE

#define SERVICE(name, NAME, calls, copies) extern const ServiceSpec name##_spec;
#include "app/services.def"
#undef SERVICE

static const ServiceSpec *const specs[SERVICES] = {
#define SERVICE(name, NAME, calls, copies) &name##_spec,
#include "app/services.def"
#undef SERVICE
};

const ServiceSpec *service_spec(ServiceId service)
{
    return specs[service];
}
