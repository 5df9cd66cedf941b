"""A gRPC client that knows nothing of the contract but what the server's reflection tells: python3-grpcio."""
import asyncio

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from http_api import ApiError

SECONDS = 20  # only a bound, after which something counts as broken
REFLECTION = "grpc.reflection.v1.ServerReflection"

# The protocol by which the rest is learnt; the numbers are those of its specification.
_BOOTSTRAP = {
    "ServerReflectionRequest": [("file_containing_symbol", 4, ""), ("list_services", 7, "")],
    "ServerReflectionResponse": [("file_descriptor_response", 4, "FileDescriptorResponse"),
                                 ("list_services_response", 6, "ListServiceResponse")],
    "FileDescriptorResponse": [("file_descriptor_proto", 1, "*bytes")],
    "ListServiceResponse": [("service", 1, "*ServiceResponse")],
    "ServiceResponse": [("name", 1, "")],
}


def _bootstrap_classes() -> dict:
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="bootstrap.proto", package="bootstrap", syntax="proto3")
    for name, fields in _BOOTSTRAP.items():
        message = file.message_type.add(name=name)
        for field, number, what in fields:
            label = kinds.LABEL_REPEATED if what.startswith("*") else kinds.LABEL_OPTIONAL
            what = what.lstrip("*")
            if what in ("", "bytes"):
                message.field.add(name=field, number=number, label=label,
                                  type=kinds.TYPE_BYTES if what else kinds.TYPE_STRING)
            else:
                message.field.add(name=field, number=number, label=label, type=kinds.TYPE_MESSAGE,
                                  type_name=f".bootstrap.{what}")
    # Asking for "" is asking too: the fields of a oneof have presence.
    request = file.message_type[0]
    request.oneof_decl.add(name="message_request")
    for field in request.field:
        field.oneof_index = 0
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return {name: factory.GetPrototype(pool.FindMessageTypeByName(f"bootstrap.{name}")) for name in _BOOTSTRAP}


def _reflected(channel: grpc.Channel) -> tuple[set[str], dict]:
    """The names of the services of a server, and the files that declare them."""
    classes = _bootstrap_classes()
    ask = channel.stream_stream(f"/{REFLECTION}/ServerReflectionInfo",
                                classes["ServerReflectionRequest"].SerializeToString,
                                classes["ServerReflectionResponse"].FromString)

    def answers(*questions):
        requests = iter([classes["ServerReflectionRequest"](**question) for question in questions])
        return list(ask(requests, timeout=SECONDS, wait_for_ready=True))

    [listed] = answers({"list_services": ""})
    services = {service.name for service in listed.list_services_response.service}
    files = {}
    for answer in answers(*({"file_containing_symbol": name} for name in services)):
        for data in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(data)
            files[file.name] = file
    return services, files


class Grpc:
    """A context manager. Methods by their short names: call("message.Send", {...}, token). Each address tells which services
    it has, and is called for those."""

    def __init__(self, addresses: list[str]):
        self._channels = [grpc.insecure_channel(address) for address in addresses]
        self._pool = descriptor_pool.DescriptorPool()
        self.services: set[str] = set()
        self._methods: dict = {}  # name -> (channel, descriptor)

    def __enter__(self) -> "Grpc":
        try:
            self._learn()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc) -> None:
        for channel in self._channels:
            channel.close()

    def _learn(self) -> None:
        known: set[str] = set()
        for channel in self._channels:
            services, files = _reflected(channel)
            self._add(files, known)
            self.services |= services
            for name in services:
                service = self._pool.FindServiceByName(name)
                for method in service.methods:
                    short = f"{service.name.removesuffix('Service').lower()}.{method.name}"
                    self._methods.setdefault(short, (channel, method))

    def _add(self, files: dict, known: set[str]) -> None:
        """Imports first; `known` are the names of those that are in already."""
        files = {name: file for name, file in files.items() if name not in known}
        known |= files.keys()
        while files:
            for file in [file for file in files.values() if not files.keys() & set(file.dependency)]:
                self._pool.Add(files.pop(file.name))

    @property
    def methods(self) -> set[str]:
        """Short names of all methods that there are, of Molva's services."""
        return {name for name, (_, method) in self._methods.items()
                if method.containing_service.full_name.startswith("molva.")}

    async def call(self, method: str, request: dict, token: str | None = None) -> dict:
        """The response as JSON; ApiError with the name that the trailing metadata tell."""
        return await asyncio.to_thread(self._call, method, request, token)

    def _call(self, name: str, request: dict, token: str | None) -> dict:
        channel, method = self._methods[name]
        factory = message_factory.MessageFactory(self._pool)
        encoded = json_format.ParseDict(request, factory.GetPrototype(method.input_type)())
        call = channel.unary_unary(f"/{method.containing_service.full_name}/{method.name}",
                                   lambda message: message.SerializeToString(),
                                   factory.GetPrototype(method.output_type).FromString)
        metadata = [("authorization", f"Bearer {token}")] if token else []
        try:
            response = call(encoded, metadata=metadata, timeout=SECONDS)
        except grpc.RpcError as error:
            raise self._api_error(error) from None
        return json_format.MessageToDict(response, including_default_value_fields=True,
                                         preserving_proto_field_name=True)

    @staticmethod
    def _api_error(error: grpc.RpcError) -> ApiError:
        trailing = dict(error.trailing_metadata() or ())
        return ApiError(error.code().value[0], trailing.get("molva-error", f"no name, {error.code().name}"),
                        error.details(), False, int(trailing.get("molva-retry-after-ms", 0)))
