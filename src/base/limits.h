/* Limits on the resources that a client can grow, checked before allocation. Limits elsewhere: field rules of requests
 * (molva.rule in api/; rule_test.c compares them with the constants repeated here), operator settings
 * (app/settings.def), and limits of one technology (adapters/grpc/grpc_limits.h). */
#pragma once

/* HTTP (RFC 9110, RFC 9112) */
#define HTTP_TARGET_MAX         8192       /* bytes of the request target; more is 414 */
#define HTTP_HEADERS_MAX        64         /* header lines of a request; more is 431 */
#define HTTP_HEADER_BYTES_MAX   16384      /* names and values together; more is 431 */
#define HTTP_HEADER_TIMEOUT_MS  10000      /* from the first byte, or from accept, to the end of the headers */
#define HTTP_BODY_TIMEOUT_MS    30000      /* from the end of the headers to the end of the body */
#define HTTP_IDLE_TIMEOUT_MS    60000      /* between requests of a kept connection */
#define HTTP_WRITE_TIMEOUT_MS   20000      /* without progress while a reply waits */
#define HTTP_PIPELINE_BYTES_MAX 65536      /* read ahead of the request in progress */
#define HTTP_REST_MS            250        /* pause in reading after a 429, unless the peer is a trusted proxy */
#define HTTP_CLOSING_BYTES_MAX  (32 << 20) /* discarded after the last response, so that a client gets to read it */
#define METRICS_CONNECTIONS_MAX 64         /* at once, at the address in metrics_listen */

/* Bytes in flight: requests being read or waiting, and responses that their caller has not read */
#define BYTES_PER_CALLER_MAX (4 << 20) /* per user, or per address before sign-in; beyond, no further call starts */
#define BYTES_IN_FLIGHT_MIB  64        /* in total; default of the setting bytes_in_flight_mib */

/* Calls */
#define RPC_BODY_MAX               65536 /* bytes of JSON of an ordinary method */
#define RPC_BODY_UNKNOWN_MAX       4096  /* the same without a token */
#define RPC_BYTES_PER_TOKEN        4096  /* each full 4 KiB of a request costs one more token of its rate */
#define RPC_JSON_DEPTH_MAX         16
#define RPC_JSON_VALUES_MAX        2048   /* per object; each takes many times its two bytes once parsed */
#define ANSWER_BYTES_MAX           524288 /* about, of JSON in one page of a list: all of it waits in memory */
#define RPC_DEADLINE_MS            10000
#define RPC_QUEUE_MAX              4096
#define RPC_RUNNING_PER_CALLER_MAX 4  /* calls that hold a worker; half of a database's readers */
#define RPC_WAITING_PER_CALLER_MAX 64 /* queued after them */

/* WebSocket and realtime (api/molva/realtime/v1/realtime.proto) */
#define WS_HELLO_TOKENS          10    /* of the user's READ rate; a hello does the work of as many reads */
#define WS_FRAME_MAX             65536 /* bytes of one inbound message */
#define WS_ENVELOPE_MAX          8192  /* bytes of it outside a call's params: hello, and what the loop itself parses */
#define WS_CLOSING_PARSED_MAX    131072 /* bytes searched for the peer's close frame after ours: a read and a frame */
#define WS_CLOSING_BYTES_MAX     (2 << 20) /* then discarded; after that reading stops */
#define WS_EMPTY_FRAMES_MAX      64        /* empty fragments in one message */
#define WS_HELLO_TIMEOUT_MS      10000
#define WS_HEARTBEAT_MS          25000
#define WS_PONG_TIMEOUT_MS       10000
#define WS_SOFT_BYTES            131072  /* queued to one socket: beyond, ephemerals are dropped and events collapse */
#define WS_HARD_BYTES            1048576 /* beyond: bye 4408 */
#define WS_STALL_MS              10000   /* without progress: bye 4408 */
#define WS_CALLS_QUEUED_MAX      32      /* calls of one socket waiting for the running one */
#define WS_REPLAY_EVENTS_MAX     256     /* per session, for a hot resume */
#define WS_REPLAY_KEPT_MS        60000   /* after the socket was lost */
#define WS_DETACHED_MAX          10000   /* sessions without a socket kept for resume, per loop */
#define WS_FOCUS_MAX             16
#define WS_SESSIONS_PER_USER_MAX 32
#define WS_TYPING_INTERVAL_MS    3000
#define LARGE_CONVERSATION       1000 /* members online; above: full events only to those who have it in focus */

/* Texts */
#define USERNAME_MIN       3
#define USERNAME_MAX       32    /* characters */
#define PASSWORD_MIN       8     /* bytes */
#define PASSWORD_MAX       256   /* bytes, in normalized form */
#define PASSWORD_TYPED_MAX 1024  /* bytes as typed: decomposed letters are longer */
#define DISPLAY_NAME_MAX   64    /* characters */
#define ABOUT_MAX          280   /* characters */
#define TITLE_MAX          128   /* characters */
#define DESCRIPTION_MAX    1000  /* characters */
#define DEVICE_MAX         200   /* bytes */
#define MESSAGE_TEXT_MAX   16384 /* bytes */

/* Growth of an account */
#define SESSIONS_PER_USER_MAX      50   /* a new one ends the one unused for longest */
#define CONVERSATIONS_PER_USER_MAX 2000 /* accepted ones */
#define MEMBERS_PER_GROUP_MAX      5000
#define MEMBERS_PER_CALL_MAX       1000
#define FEED_KEPT                  1000 /* changes in a user's feed; syncing from before them returns reset */
#define PRESENCE_MEMBERS_MAX       100  /* presence and read positions go to conversations of at most this many */

/* What others can cause in an account before it accepts (ADR 25); see also the setting adds_per_hour */
#define PENDING_PER_USER_MAX     1000 /* memberships not accepted ... */
#define PENDING_OF_STRANGERS_MAX 500  /* ... from this number on, strangers cannot add the user to further groups */
#define UNANSWERED_ADDS_MAX      50   /* additions of one person by another without any of them being accepted */
#define MEMBERS_PER_EVENT        200  /* of a crowd added at once: consumers handle each event in one commit */
