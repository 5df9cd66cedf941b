/* grpc.reflection.v1: the services and their message types, from descriptors that the build generates from the
 * contract. A stream answers one request before it reads the next. */
#include <stdlib.h>

#include "adapters/grpc/answers.h"
#include "adapters/grpc/server.h"
#include "descriptor_files.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "rpc/transcode.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest Request;
typedef Grpc__Reflection__V1__ServerReflectionResponse Response;
#define ASKED(name)  GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##name
#define ANSWER(name) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##name

#define SERVICES_MAX 32

typedef struct Stream {
    bool is_sending, is_ended, is_finished; /* the server's lock */
} Stream;

static void answer_error(Arena *arena, Response *response, grpc_status_code code, const char *text)
{
    Grpc__Reflection__V1__ErrorResponse *error = arena_new_of(arena, Grpc__Reflection__V1__ErrorResponse);
    grpc__reflection__v1__error_response__init(error);
    error->error_code = code;
    error->error_message = (char *)text;
    response->message_response_case = ANSWER(ERROR_RESPONSE);
    response->error_response = error;
}

/* The file and all its imports, so that one request suffices. */
static void answer_file(Arena *arena, Response *response, const DescriptorFile *file)
{
    if (!file) {
        answer_error(arena, response, GRPC_STATUS_NOT_FOUND, "there is no such file or symbol");
        return;
    }
    Grpc__Reflection__V1__FileDescriptorResponse *files =
        arena_new_of(arena, Grpc__Reflection__V1__FileDescriptorResponse);
    grpc__reflection__v1__file_descriptor_response__init(files);
    files->n_file_descriptor_proto = file->n_files;
    files->file_descriptor_proto = arena_new_array(arena, ProtobufCBinaryData, file->n_files);
    for (size_t i = 0; i < file->n_files; i++) {
        const DescriptorFile *part = &descriptor_files[file->files[i]];
        files->file_descriptor_proto[i] = (ProtobufCBinaryData){ part->len, (uint8_t *)part->bytes };
    }
    response->message_response_case = ANSWER(FILE_DESCRIPTOR_RESPONSE);
    response->file_descriptor_response = files;
}

static const DescriptorFile *file_named(const char *name)
{
    for (size_t i = 0; i < descriptor_files_count; i++)
        if (strcmp(descriptor_files[i].name, name) == 0) return &descriptor_files[i];
    return NULL;
}

static int by_name(const void *key, const void *symbol)
{
    return strcmp(key, ((const DescriptorSymbol *)symbol)->name);
}

static const DescriptorFile *file_of_symbol(const char *name)
{
    const DescriptorSymbol *symbol =
        bsearch(name, descriptor_symbols, descriptor_symbols_count, sizeof *symbol, by_name);
    return symbol ? &descriptor_files[symbol->file] : NULL;
}

static const DescriptorFile *file_of_extension(const Grpc__Reflection__V1__ExtensionRequest *asked)
{
    for (size_t i = 0; i < descriptor_extensions_count; i++) {
        const DescriptorExtension *extension = &descriptor_extensions[i];
        if (extension->number == asked->extension_number && strcmp(extension->type, asked->containing_type) == 0)
            return &descriptor_files[extension->file];
    }
    return NULL;
}

static void answer_extension_numbers(Arena *arena, Response *response, char *type)
{
    Grpc__Reflection__V1__ExtensionNumberResponse *numbers =
        arena_new_of(arena, Grpc__Reflection__V1__ExtensionNumberResponse);
    grpc__reflection__v1__extension_number_response__init(numbers);
    numbers->base_type_name = type;
    numbers->extension_number = arena_new_array(arena, int32_t, descriptor_extensions_count);
    for (size_t i = 0; i < descriptor_extensions_count; i++)
        if (strcmp(descriptor_extensions[i].type, type) == 0)
            numbers->extension_number[numbers->n_extension_number++] = descriptor_extensions[i].number;
    if (!numbers->n_extension_number && !file_of_symbol(type)) {
        answer_error(arena, response, GRPC_STATUS_NOT_FOUND, "there is no such type");
        return;
    }
    response->message_response_case = ANSWER(ALL_EXTENSION_NUMBERS_RESPONSE);
    response->all_extension_numbers_response = numbers;
}

static void add_service(Arena *arena, Grpc__Reflection__V1__ListServiceResponse *list, const char *name)
{
    if (list->n_service == SERVICES_MAX) return;
    Grpc__Reflection__V1__ServiceResponse *service = arena_new_of(arena, Grpc__Reflection__V1__ServiceResponse);
    grpc__reflection__v1__service_response__init(service);
    service->name = (char *)name;
    list->service[list->n_service++] = service;
}

static void answer_services(Arena *arena, Response *response, const GrpcServer *server)
{
    Grpc__Reflection__V1__ListServiceResponse *list = arena_new_of(arena, Grpc__Reflection__V1__ListServiceResponse);
    grpc__reflection__v1__list_service_response__init(list);
    list->service = arena_new_array(arena, Grpc__Reflection__V1__ServiceResponse *, SERVICES_MAX);
    add_service(arena, list, "grpc.health.v1.Health");
    add_service(arena, list, "grpc.reflection.v1.ServerReflection");
    const RpcService *const *services;
    size_t n = server_services(server, &services);
    for (size_t i = 0; i < n; i++) add_service(arena, list, services[i]->full_name);
    response->message_response_case = ANSWER(LIST_SERVICES_RESPONSE);
    response->list_services_response = list;
}

static Str answer(Arena *arena, const GrpcServer *server, Request *request)
{
    Response response = GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__INIT;
    response.valid_host = request->host;
    response.original_request = request;
    switch (request->message_request_case) {
    case ASKED(FILE_BY_FILENAME): answer_file(arena, &response, file_named(request->file_by_filename)); break;
    case ASKED(FILE_CONTAINING_SYMBOL):
        answer_file(arena, &response, file_of_symbol(request->file_containing_symbol));
        break;
    case ASKED(FILE_CONTAINING_EXTENSION):
        answer_file(arena, &response, file_of_extension(request->file_containing_extension));
        break;
    case ASKED(ALL_EXTENSION_NUMBERS_OF_TYPE):
        answer_extension_numbers(arena, &response, request->all_extension_numbers_of_type);
        break;
    case ASKED(LIST_SERVICES): answer_services(arena, &response, server); break;
    default: answer_error(arena, &response, GRPC_STATUS_INVALID_ARGUMENT, "the request asks nothing");
    }
    return message_pack(arena, &response.base);
}

/* Under the lock. */
static void finish(ServerCall *call, Err err, const char *text)
{
    Stream *stream = call->owner;
    stream->is_finished = true;
    server_stream_remove(call);
    if (err)
        server_call_fail(call, err, str_of(text));
    else
        server_call_finish(call, &(CallOutcome){ .status = GRPC_STATUS_OK });
}

static void stream_end(ServerCall *call)
{
    Stream *stream = call->owner;
    stream->is_ended = true;
    if (!stream->is_sending && !stream->is_finished) finish(call, ERR_UNAVAILABLE, "this process stops");
}

static void on_question(ServerCall *call, bool ok);

static void on_answered(ServerCall *call, bool ok)
{
    Stream *stream = call->owner;
    server_lock(call->server);
    stream->is_sending = false;
    if (stream->is_ended)
        finish(call, ERR_UNAVAILABLE, "this process stops");
    else
        server_call_receive(call, on_question);
    server_unlock(call->server);
}

static void on_question(ServerCall *call, bool ok)
{
    Stream *stream = call->owner;
    _cleanup_(arena_freep) Arena *arena = arena_new();
    Request *request =
        !ok ? NULL
            : (Request *)message_unpack(arena, &grpc__reflection__v1__server_reflection_request__descriptor,
                                        server_call_message(call, arena));
    server_lock(call->server);
    if (stream->is_finished) {
        server_unlock(call->server);
        return;
    }
    if (!ok) { /* the client has sent its last request, or is gone */
        finish(call, OK, NULL);
    } else if (!request) {
        finish(call, ERR_INVALID, "the request is no ServerReflectionRequest");
    } else {
        stream->is_sending = true;
        server_call_send(call, answer(arena, call->server, request), on_answered);
    }
    server_unlock(call->server);
}

static const StreamOps stream_ops = { .end = stream_end };

void reflection_info(ServerCall *call)
{
    Stream *stream = calloc(1, sizeof *stream);
    if (!stream) abort();
    call->owner = stream;
    if (!server_stream_add(call, &stream_ops)) {
        stream->is_finished = true;
        return;
    }
    server_call_receive(call, on_question);
}
