/* Per service of services.def: contract, schema, topics, and its open and close functions. */
#pragma once
#include "app/plan.h"
#include "rpc/service.h"

const ServiceSpec *service_spec(ServiceId service);
