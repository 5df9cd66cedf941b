#!/usr/bin/env python3
"""Includes go one way: check_includes.py [ROOT]

    app > services, realtime, adapters > access > rpc > net, ports > runtime > base

- a file includes its own folder and those to the right of it, never a neighbour or one to the left;
- the rooms of realtime are layered in the same way: the folder itself > commands > presence > upstream > hub > session;
- services know each other only through the contract: the generated types and *_client.h of another, never its
  *_service.h, its folder or an adapter;
- the lower layers (base, runtime, ports, net, adapters) do not depend on the contract;
- a third-party library is only used in the folders that wrap it;
- every .c includes its own header first, so that each header is self-contained.
"""
import pathlib
import re
import sys

LAYERS = [["base"], ["runtime"], ["ports", "net"], ["rpc"], ["access"], ["services", "realtime", "adapters"], ["app"]]
LAYER = {folder: level for level, folders in enumerate(LAYERS) for folder in folders}

# Rooms of a folder, from below; "" is the folder itself.
ROOMS = {"realtime": ["session", "hub", "upstream", "presence", "commands", ""]}

# Generated headers have no folder.
CONTRACT = re.compile(r"^(api_types\.h|\w+_client\.h|\w+_service\.h|molva/.*\.pb-c\.h)$")
QUERIES = re.compile(r"^(\w+)_queries\.h$")

# Folders (or their subfolders) that may include the headers of a library.
LIBRARIES = {
    r"^uv\.h$": ["runtime", "net"],
    r"^llhttp\.h$": ["net"],
    r"^openssl/": ["net", "base"],
    r"^sqlite3\.h$": ["adapters/sqlite"],
    r"^hiredis/": ["adapters/redis"],
    r"^amqp": ["adapters/rabbitmq"],
    r"^librdkafka/": ["adapters/kafka"],
    r"^jansson\.h$": ["net", "rpc", "realtime"],
    r"^protobuf-c/": ["rpc"],
    r"^utf8proc\.h$": ["base"],
    r"^grpc/": ["adapters/grpc"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path: str) -> str:
    return path.split("/", 1)[0]


def unit_of(path: str) -> str:
    """The folder that counts as one: src/services/auth, src/adapters/sqlite, src/rpc."""
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] in ("services", "adapters") else parts[0]


def room_of(path: str) -> str:
    """src/realtime/hub/crowd.c: hub."""
    parts = path.split("/")
    return parts[1] if len(parts) > 2 else ""


def room_trouble(folder: str, here: str, there: str) -> str | None:
    rooms = ROOMS[folder]
    unknown = [room for room in (here, there) if room not in rooms]
    if unknown:
        return f"{folder}/{unknown[0]}: a room without a place in the order"
    return None if rooms.index(there) <= rooms.index(here) else f"{folder}/{here} may not include {folder}/{there}".replace("//", "/")


def why_forbidden(file: str, header: str) -> str | None:
    """file and header are relative to src/. None when the include is fine."""
    here = folder_of(file)
    if CONTRACT.match(header):
        if LAYER[here] < LAYER["rpc"] or here == "adapters":
            return "this folder knows nothing of the contract"
        other = re.match(r"^(\w+)_service\.h$", header)
        if other and here != "app" and unit_of(file) != f"services/{other[1]}":
            return f"call {other[1]} through {other[1]}_client.h"
        return None
    queries = QUERIES.match(header)
    if queries:
        return None if unit_of(file) == f"services/{queries[1]}" else "queries belong to their service"
    if "/" not in header or folder_of(header) not in LAYER:
        return None
    there = folder_of(header)
    if here == there and here in ROOMS:
        return room_trouble(here, room_of(file), room_of(header))
    if unit_of(file) == unit_of(header):
        return None
    if LAYER[there] >= LAYER[here]:
        return f"{here} may not include {there}"
    return None


def library_trouble(file: str, header: str) -> str | None:
    for pattern, folders in LIBRARIES.items():
        if re.match(pattern, header) and not any(file.startswith(folder + "/") for folder in folders):
            return f"<{header}> is wrapped by {', '.join(folders)}"
    return None


def check_file(src: pathlib.Path, path: pathlib.Path) -> list[str]:
    file = path.relative_to(src).as_posix()
    if folder_of(file) not in LAYER:
        return [f"src/{file}: a folder without a place in the order of layers"]
    found = []
    includes = [
        (number, *match.groups())
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if (match := INCLUDE.match(line))
    ]
    for number, bracket, header in includes:
        reason = why_forbidden(file, header) if bracket == '"' else library_trouble(file, header)
        if reason:
            found.append(f"src/{file}:{number}: {header}: {reason}")

    own = path.with_suffix(".h")
    if path.suffix == ".c" and own.exists():
        own_name = own.relative_to(src).as_posix()
        if not includes or includes[0][2] != own_name:
            found.append(f"src/{file}: its own header {own_name} comes first")
    return found


def main(root: str) -> int:
    src = pathlib.Path(root) / "src"
    files = sorted(path for path in src.rglob("*") if path.suffix in (".c", ".h"))
    found = [line for path in files for line in check_file(src, path)]
    print("\n".join(found) if found else f"{len(files)} files, all includes point one way")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).parent.parent)))
