#!/usr/bin/env python3
"""Generates everything that follows from the contract in api/.

gen_api.py c         api.desc OUT_DIR                C: api_types.h, per service *_service.h, *_service.c, *_client.h
gen_api.py openapi   api.desc errors.yaml OUT_FILE   OpenAPI 3.1 of the REST calls
gen_api.py asyncapi  api.desc errors.yaml OUT_FILE   AsyncAPI 3.0 of the WebSocket's frames
gen_api.py edge      api.desc OUT_FILE               nginx: which service answers a path
gen_api.py errors    errors.yaml OUT_FILE            a page about the errors
gen_api.py rates     api.desc OUT_FILE               a page about rate limits
gen_api.py embed     openapi.json OUT_DIR            C: the document in a byte array, openapi_json.h and .c
gen_api.py files     OUT_DIR api.desc...            C: the .proto files themselves, for gRPC's reflection
gen_api.py check     DIR FILE...                     fails if a file differs from the one of the same name in DIR
gen_api.py publish   DIR FILE...                     copies the files to DIR

api.desc is the output of `protoc --include_imports --include_source_info --descriptor_set_out`.
"""
import json
import pathlib
import shutil
import sys

sys.dont_write_bytecode = True  # leave the source tree as it is
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from genapi import asyncapi, c_code, contract, descriptors, edge, errors, openapi, rates  # noqa: E402


def write_c(descriptor_set: str, out_dir: str) -> None:
    c_code.write(contract.load(descriptor_set), out_dir)


def write_openapi(descriptor_set: str, errors_yaml: str, out_file: str) -> None:
    write_json(openapi.document(contract.load(descriptor_set), errors.load(errors_yaml)), out_file)


def write_asyncapi(descriptor_set: str, errors_yaml: str, out_file: str) -> None:
    write_json(asyncapi.document(contract.load(descriptor_set), errors.load(errors_yaml)), out_file)


def write_json(document: dict, out_file: str) -> None:
    pathlib.Path(out_file).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def write_edge(descriptor_set: str, out_file: str) -> None:
    pathlib.Path(out_file).write_text(edge.nginx_map(contract.load(descriptor_set)))


def write_errors(errors_yaml: str, out_file: str) -> None:
    pathlib.Path(out_file).write_text(errors.page(errors.load(errors_yaml)))


def write_rates(descriptor_set: str, out_file: str) -> None:
    pathlib.Path(out_file).write_text(rates.page(contract.load(descriptor_set)))


def write_embedded(document: str, out_dir: str) -> None:
    compact = json.dumps(json.loads(pathlib.Path(document).read_text()), separators=(",", ":"))
    for name, text in c_code.embedded("openapi_json", compact).items():
        (pathlib.Path(out_dir) / name).write_text(text)


def write_files(out_dir: str, *descriptor_sets: str) -> None:
    for name, text in descriptors.sources(descriptors.load(descriptor_sets)).items():
        (pathlib.Path(out_dir) / name).write_text(text)


def check(published_dir: str, *files: str) -> None:
    for file in map(pathlib.Path, files):
        published = pathlib.Path(published_dir) / file.name
        if not published.exists() or published.read_bytes() != file.read_bytes():
            raise contract.ContractError(
                f"{published} is not what the contract says now; `ninja publish_api_documents publish_edge_routes` in "
                "the build folder brings it up to date"
            )


def publish(published_dir: str, *files: str) -> None:
    for file in files:
        shutil.copyfile(file, pathlib.Path(published_dir) / pathlib.Path(file).name)


COMMANDS = {
    "c": write_c,
    "openapi": write_openapi,
    "asyncapi": write_asyncapi,
    "edge": write_edge,
    "errors": write_errors,
    "rates": write_rates,
    "embed": write_embedded,
    "files": write_files,
    "check": check,
    "publish": publish,
}


def main(args: list[str]) -> int:
    if not args or args[0] not in COMMANDS:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        COMMANDS[args[0]](*args[1:])
    except contract.ContractError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
