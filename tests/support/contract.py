"""The contract as the build compiled it: api.desc, the descriptor set of api/, read without generated code."""
import dataclasses
import functools
import os
import pathlib

from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from server import build_dir


@dataclasses.dataclass(frozen=True)
class Method:
    """One method: "message.Send"."""

    name: str
    access: str  # PUBLIC, USER, ADMIN, SERVICE
    verb: str  # empty for SERVICE methods
    path: str
    fields: tuple[str, ...]  # of the request
    strings: tuple[str, ...]  # ... those that are text
    string_lists: tuple[str, ...]  # ... and lists of text


def descriptor_set() -> descriptor_pb2.FileDescriptorSet:
    """MOLVA_API_DESC, else the one beside the binary under test."""
    path = pathlib.Path(os.environ.get("MOLVA_API_DESC") or build_dir() / "api" / "api.desc")
    return descriptor_pb2.FileDescriptorSet.FromString(path.read_bytes())


@functools.cache
def pool() -> descriptor_pool.DescriptorPool:
    contract = descriptor_pool.DescriptorPool()
    for file in descriptor_set().file:
        contract.Add(file)
    return contract


def message_class(full_name: str):
    """molva.message.v1.ChangeData"""
    return message_factory.MessageFactory(pool()).GetPrototype(pool().FindMessageTypeByName(full_name))


def to_json(full_name: str, encoded: bytes) -> dict:
    """Encoded bytes in the JSON mapping that the server uses."""
    message = message_class(full_name).FromString(encoded)
    return json_format.MessageToDict(message, including_default_value_fields=True, preserving_proto_field_name=True)


@functools.cache
def methods() -> tuple[Method, ...]:
    """All methods of all services, with their options."""
    options_class = message_class("google.protobuf.MethodOptions")
    http = pool().FindExtensionByName("molva.http")
    access = pool().FindExtensionByName("molva.access")
    found = []
    for file in descriptor_set().file:
        for service in file.service:
            service_name = service.name.removesuffix("Service").lower()
            for method in service.method:
                options = options_class.FromString(method.options.SerializeToString())
                rule = options.Extensions[http]
                verb = rule.WhichOneof("pattern") or ""
                request = pool().FindMessageTypeByName(method.input_type.lstrip("."))
                found.append(Method(f"{service_name}.{method.name}",
                                    access.enum_type.values_by_number[options.Extensions[access]].name,
                                    verb.upper(), getattr(rule, verb) if verb else "",
                                    tuple(field.name for field in request.fields),
                                    *(tuple(field.name for field in request.fields if field.type == field.TYPE_STRING
                                            and (field.label == field.LABEL_REPEATED) == is_list)
                                      for is_list in (False, True))))
    return tuple(found)
