/* How far a client can grow what it uses, checked before allocation. Elsewhere stand: what the fields of a request may hold (molva.rule
 * in api/, which rule_test.c compares with what is repeated here), what operators may change (app/settings.def), and what one
 * technology bounds for itself (adapters/grpc/grpc_limits.h). */
#pragma once

/* HTTP (RFC 9110, RFC 9112) */
#define HTTP_TARGET_MAX         8192  /* bytes of the request target; more is 414 */
#define HTTP_HEADERS_MAX        64    /* header lines of a request; more is 431 */
#define HTTP_HEADER_BYTES_MAX   16384 /* names and values together; more is 431 */
#define HTTP_HEADER_TIMEOUT_MS  10000 /* from the first byte, or from accept, to the end of the headers */
#define HTTP_BODY_TIMEOUT_MS    30000 /* from the end of the headers to the end of the body */
#define HTTP_IDLE_TIMEOUT_MS    60000 /* between requests of a kept connection */
#define HTTP_WRITE_TIMEOUT_MS   20000 /* without progress while a reply waits */
#define HTTP_PIPELINE_BYTES_MAX 65536 /* read ahead of the request that is being answered */
#define HTTP_REST_MS            250 /* after an answer 429 nothing is read for so long, unless a proxy that we trust is there */
#define HTTP_CLOSING_BYTES_MAX \
    (32                        \
     << 20) /* thrown away behind the last reply, so that who still sends a body gets to read it; then nothing is read */
#define METRICS_CONNECTIONS_MAX 64 /* at once, at the address of metrics_listen */

/* Bytes in flight: of requests that are being read or wait, and of answers that their caller has not taken */
#define BYTES_PER_CALLER_MAX \
    (4 << 20)                  /* of one user, or one address where nobody is known; then no further call is begun */
#define BYTES_IN_FLIGHT_MIB 64 /* of all together, unless the settings say otherwise */

/* Calls */
#define RPC_BODY_MAX         65536 /* bytes of JSON of an ordinary method */
#define RPC_BODY_UNKNOWN_MAX 4096  /* the same of those who bring no token */
#define RPC_BYTES_PER_TOKEN  4096  /* so many bytes of a request take one more token of its rate */
#define RPC_JSON_DEPTH_MAX   16
#define RPC_JSON_VALUES_MAX  2048   /* in one object; each takes many times its two bytes once it is parsed */
#define ANSWER_BYTES_MAX     524288 /* of JSON in a page of a list, about: it is whole in memory, and waits at a socket */
#define RPC_DEADLINE_MS      10000
#define RPC_QUEUE_MAX        4096
#define RPC_RUNNING_PER_CALLER_MAX \
    4 /* calls of one user, or one address, that hold a worker; half of the readers of a database */
#define RPC_WAITING_PER_CALLER_MAX 64 /* behind them */

/* WebSocket and realtime (protocol.md) */
#define WS_HELLO_TOKENS 10    /* of the user's rate of reads; it makes the work of as many */
#define WS_FRAME_MAX    65536 /* inbound message, whole */
#define WS_ENVELOPE_MAX 8192  /* of it, what is not the params of a call: hello, and what the loop itself parses */
#define WS_CLOSING_PARSED_MAX \
    131072 /* bytes looked through behind our close frame for the peer's: a read and a frame */
#define WS_CLOSING_BYTES_MAX     (2 << 20) /* and thrown away; then nothing is read */
#define WS_EMPTY_FRAMES_MAX      64        /* in pieces of one message that bring nothing */
#define WS_HELLO_TIMEOUT_MS      10000
#define WS_HEARTBEAT_MS          25000
#define WS_PONG_TIMEOUT_MS       10000
#define WS_SOFT_BYTES            131072  /* queued to one socket: from here on ephemerals drop and events collapse */
#define WS_HARD_BYTES            1048576 /* from here on bye 4408 */
#define WS_STALL_MS              10000   /* without progress: bye 4408 */
#define WS_CALLS_QUEUED_MAX      32      /* calls of one socket waiting for the one that runs */
#define WS_REPLAY_EVENTS_MAX     256     /* kept for a hot resume, per session */
#define WS_REPLAY_KEPT_MS        60000   /* after the socket was lost */
#define WS_DETACHED_MAX          10000   /* sessions without a socket kept for resume, per loop */
#define WS_FOCUS_MAX             16
#define WS_SESSIONS_PER_USER_MAX 32
#define WS_TYPING_INTERVAL_MS    3000
#define LARGE_CONVERSATION       1000 /* members online; above: full events only to those who focus it */

/* What people write */
#define USERNAME_MIN       3
#define USERNAME_MAX       32    /* characters */
#define PASSWORD_MIN       8     /* bytes */
#define PASSWORD_MAX       256   /* bytes, in the form that is kept */
#define PASSWORD_TYPED_MAX 1024  /* bytes as typed: letters with accents behind them are longer */
#define DISPLAY_NAME_MAX   64    /* characters */
#define ABOUT_MAX          280   /* characters */
#define TITLE_MAX          128   /* characters */
#define DESCRIPTION_MAX    1000  /* characters */
#define DEVICE_MAX         200   /* bytes */
#define MESSAGE_TEXT_MAX   16384 /* bytes */

/* What people gather */
#define SESSIONS_PER_USER_MAX      50   /* the longest unused one ends when another begins */
#define CONVERSATIONS_PER_USER_MAX 2000 /* that one has accepted */
#define MEMBERS_PER_GROUP_MAX      5000
#define MEMBERS_PER_CALL_MAX       1000
#define FEED_KEPT                  1000 /* changes of a user's feed; older ones make sync answer reset */
#define PRESENCE_MEMBERS_MAX       100  /* presence and read positions go to conversations of at most this many */

/* What others can cause in somebody's account before they accept it (ADR 25); the setting adds_per_hour is beside it */
#define PENDING_PER_USER_MAX     1000 /* memberships that one did not accept ... */
#define PENDING_OF_STRANGERS_MAX 500  /* ... from which number on strangers cannot put one into further groups */
#define UNANSWERED_ADDS_MAX      50   /* times that one person puts another into groups, who does not accept any */
#define MEMBERS_PER_EVENT        200 /* who came together are told of in events of so many, each handled in one commit */
