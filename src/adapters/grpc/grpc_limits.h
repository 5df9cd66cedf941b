/* Limits on what peers can grow over gRPC, and timeouts. There is none on connections: the library neither bounds them
 * nor reports when one ends (docs/distributed.md). */
#pragma once

#define GRPC_MESSAGE_MAX          (4 << 20)   /* bytes of a message between services; users have RPC_BODY_MAX */
#define GRPC_METADATA_MAX         16384       /* bytes of the metadata of a call */
#define GRPC_CALLS_MAX            4096        /* running at once in a server; more are asked to retry */
#define GRPC_CALLS_PER_PEER_MAX   1024        /* streams of one connection; more wait at the caller */
#define GRPC_STREAMS_MAX          1024        /* open health watches and reflections */
#define GRPC_STREAMS_PER_ADDRESS  256         /* per address, so that other processes can watch too */
#define GRPC_MEMORY_MAX           (256 << 20) /* bytes that connections may buffer; beyond, reading slows down */
#define GRPC_ACCEPTED_AHEAD       64          /* calls that a queue accepts at once */
#define GRPC_HANDSHAKE_MS         10000
#define GRPC_IDLE_MS              300000 /* a connection without a call ends */
#define GRPC_KEEPALIVE_MS         5000
#define GRPC_KEEPALIVE_TIMEOUT_MS 3000
#define GRPC_PATIENCE_MS          5000 /* how long calls wait for a peer to return after the last one left */
#define GRPC_QUICK_MS             1000 /* how long any call may wait for its response; longer only in a place */
#define GRPC_PLACES_SHARE         4    /* one in this many workers may wait longer for one service */
#define GRPC_NOTICE_MS            1000 /* how long a draining server waits for clients to find another */
