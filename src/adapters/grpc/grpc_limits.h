/* What peers can grow over gRPC, and how far; how long they are waited for. */
#pragma once

#define GRPC_MESSAGE_MAX          (4 << 20) /* bytes of a message between services; users have RPC_BODY_MAX */
#define GRPC_METADATA_MAX         16384     /* bytes of the metadata of a call */
#define GRPC_CALLS_MAX            4096      /* running at once in a server; more are told to come back */
#define GRPC_CALLS_PER_PEER_MAX   1024      /* streams of one connection; more wait at the caller */
#define GRPC_STREAMS_MAX          1024      /* open health watches and reflections */
#define GRPC_STREAMS_PER_ADDRESS  256       /* of them one address may have, whose other processes watch, too */
#define GRPC_MEMORY_MAX           (256 << 20) /* bytes that the server's connections may buffer; then they are read slower */
#define GRPC_ACCEPTED_AHEAD       64          /* calls that a queue takes up in one go */
#define GRPC_HANDSHAKE_MS         10000
#define GRPC_IDLE_MS              300000 /* a connection without a call ends */
#define GRPC_KEEPALIVE_MS         5000
#define GRPC_KEEPALIVE_TIMEOUT_MS 3000
#define GRPC_PATIENCE_MS          5000 /* how long after a peer was last there calls wait for one to come back */
#define GRPC_QUICK_MS             1000 /* how long any call may wait for its answer; longer only at one of the places */
#define GRPC_PLACES_SHARE         4    /* one worker in so many may wait for one service for longer: that many places */
#define GRPC_NOTICE_MS            1000 /* how long a draining server lets clients find another */
