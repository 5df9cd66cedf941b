/* The module's one entry. */
#include "adapters/grpc/grpc.h"

const GrpcModule molva_grpc_module = {
    .engine_open = grpc_engine_open,
    .engine_close = grpc_engine_close,
    .client_new = grpc_client_new,
    .client_check = grpc_client_check,
    .server_open = grpc_server_open,
    .server_port = grpc_server_port,
    .server_ready = grpc_server_ready,
    .server_drain = grpc_server_drain,
    .server_close = grpc_server_close,
};
