/* What each service of services.def brings: its contract, schema, topics, and how it is opened and closed. */
#pragma once
#include "app/plan.h"
#include "rpc/service.h"

const ServiceSpec *service_spec(ServiceId service);
