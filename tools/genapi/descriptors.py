"""The .proto files as data in the program, for those who ask over gRPC what there is (grpc.reflection)."""
from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable, Iterator

from google.protobuf import descriptor_pb2

from genapi.c_code import BANNER

File = descriptor_pb2.FileDescriptorProto


def load(descriptor_sets: Iterable[str]) -> list[File]:
    """The files of all sets, each once, without comments; what a file imports stands before it."""
    files = {}
    for path in descriptor_sets:
        for file in descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(path).read_bytes()).file:
            file.ClearField("source_code_info")
            files.setdefault(file.name, file)
    return list(files.values())


def symbols(file: File) -> Iterator[str]:
    """Full names of all that the file defines: messages, enums, services, methods, extensions."""
    prefix = file.package + "." if file.package else ""
    for message in file.message_type:
        yield from _message_symbols(message, prefix)
    yield from (prefix + enum.name for enum in file.enum_type)
    yield from (prefix + extension.name for extension in file.extension)
    for service in file.service:
        yield prefix + service.name
        yield from (f"{prefix}{service.name}.{method.name}" for method in service.method)


def _message_symbols(message: descriptor_pb2.DescriptorProto, prefix: str) -> Iterator[str]:
    name = prefix + message.name
    yield name
    yield from (f"{name}.{enum.name}" for enum in message.enum_type)
    for nested in message.nested_type:
        yield from _message_symbols(nested, name + ".")


def needed(files: list[File], at: int) -> list[int]:
    """The file and all that it imports, directly or not."""
    numbers = {file.name: number for number, file in enumerate(files)}
    found = [at]
    for number in found:
        found += [numbers[name] for name in files[number].dependency if numbers[name] not in found]
    return found


def sources(files: list[File]) -> dict[str, str]:
    """The names of the files and what stands in them."""
    found = sorted((symbol, number) for number, file in enumerate(files) for symbol in symbols(file))
    extensions = [
        (extension.extendee.removeprefix("."), extension.number, number)
        for number, file in enumerate(files)
        for extension in file.extension
    ]
    lines = [BANNER, '#include "descriptor_files.h"']
    for number, file in enumerate(files):
        data = file.SerializeToString(deterministic=True)
        lines += ["", f"/* {file.name} */", f"static const unsigned char bytes_{number}[] = {{"]
        lines += ["    " + ", ".join(map(str, data[at : at + 24])) + "," for at in range(0, len(data), 24)]
        lines += ["};", f"static const unsigned short files_{number}[] = {{ "
                        + ", ".join(map(str, needed(files, number))) + " };"]
    lines += ["", "const DescriptorFile descriptor_files[] = {"]
    lines += [
        f"    {{ {json.dumps(file.name)}, bytes_{n}, sizeof bytes_{n}, files_{n}, "
        f"sizeof files_{n} / sizeof files_{n}[0] }},"
        for n, file in enumerate(files)
    ]
    lines += ["};", f"const size_t descriptor_files_count = {len(files)};", ""]
    lines += ["const DescriptorSymbol descriptor_symbols[] = {"]
    lines += [f"    {{ {json.dumps(symbol)}, {number} }}," for symbol, number in found]
    lines += ["};", f"const size_t descriptor_symbols_count = {len(found)};", ""]
    lines += ["const DescriptorExtension descriptor_extensions[] = {"]
    lines += [f"    {{ {json.dumps(type_name)}, {number}, {file} }}," for type_name, number, file in extensions]
    lines += ["};", f"const size_t descriptor_extensions_count = {len(extensions)};"]
    return {"descriptor_files.h": HEADER, "descriptor_files.c": "\n".join(lines) + "\n"}


HEADER = BANNER + """
#pragma once
#include <stddef.h>

/* A .proto file as an encoded FileDescriptorProto, and the numbers of the files that one needs to read it, itself first. */
typedef struct DescriptorFile {
    const char *name;
    const unsigned char *bytes;
    size_t len;
    const unsigned short *files;
    size_t n_files;
} DescriptorFile;
extern const DescriptorFile descriptor_files[];
extern const size_t descriptor_files_count;

/* What a file defines, sorted by name. */
typedef struct DescriptorSymbol {
    const char *name;
    unsigned short file;
} DescriptorSymbol;
extern const DescriptorSymbol descriptor_symbols[];
extern const size_t descriptor_symbols_count;

/* Who extends which type. */
typedef struct DescriptorExtension {
    const char *type;
    int number;
    unsigned short file;
} DescriptorExtension;
extern const DescriptorExtension descriptor_extensions[];
extern const size_t descriptor_extensions_count;
"""
