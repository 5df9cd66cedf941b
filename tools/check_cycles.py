#!/usr/bin/env python3
"""Finds cycles of calls between the files of one folder: check_cycles.py [ROOT]

Two files that call each other cannot be read, tested or moved separately. So calls within a folder go one way too: a
lower file reports upward through functions that it was given.

A file depends on another in its folder if it names one of its functions, to call it or to pass it on. A header counts
for its inline functions, not for those that it declares. Prints each cycle with one line per call.
"""
import pathlib
import re
import sys
from typing import Iterator, NamedTuple

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from check_includes import unit_of  # noqa: E402

HIDDEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
# clang-format starts the line with a function's name in the first column, and its braces too.
DEFINITION = re.compile(r"^(?P<head>[A-Za-z_][^\n;{}=]*?\b(?P<name>\w+)\((?:[^;{}]*?)\))\n\{\n(?P<body>.*?)^\}", re.M | re.S)
WORD = re.compile(r"(?P<before>(?:->|\.)\s*)?\b(?P<word>[A-Za-z_]\w*)")


class Use(NamedTuple):
    caller: str  # "" in a table at file level
    callee: str


class Source:
    """One file of a folder: the functions it defines for others, and those it names, by function."""

    def __init__(self) -> None:
        self.defined: set[str] = set()
        self.private: set[str] = set()
        self.named: list[Use] = []

    def read(self, text: str, is_header: bool) -> None:
        text = HIDDEN.sub(lambda match: "\n" * match[0].count("\n") or " ", text)
        for match in DEFINITION.finditer(text):
            is_private = not is_header and re.search(r"\bstatic\b", match["head"])
            (self.private if is_private else self.defined).add(match["name"])
            self._read_words(match["name"], match["body"])
        if not is_header:  # in a header, what stands outside of functions declares
            self._read_words("", DEFINITION.sub("", text))

    def _read_words(self, caller: str, text: str) -> None:
        text = "\n".join(line for line in text.split("\n") if not line.startswith("#"))
        self.named += [Use(caller, match["word"]) for match in WORD.finditer(text) if not match["before"]]


def read_folders(src: pathlib.Path) -> dict[str, dict[str, Source]]:
    folders: dict[str, dict[str, Source]] = {}
    for path in sorted([*src.rglob("*.h"), *src.rglob("*.c")]):
        file = path.relative_to(src)
        source = folders.setdefault(unit_of(file.as_posix()), {}).setdefault(path.name, Source())
        source.read(path.read_text(), path.suffix == ".h")
    return folders


def calls_of(files: dict[str, Source]) -> dict[str, dict[str, Use]]:
    """file -> other file -> the first use that creates the dependency."""
    home = {function: name for name, source in files.items() for function in source.defined}
    calls: dict[str, dict[str, Use]] = {name: {} for name in files}
    for name, source in files.items():
        for use in source.named:
            other = home.get(use.callee, name)
            if other != name and use.callee not in source.private:
                calls[name].setdefault(other, use)
    return calls


def way(calls: dict[str, dict[str, Use]], start: str, end: str) -> list[str] | None:
    """The shortest path from file to file, both included; None if there is none."""
    ways, seen = [[start]], {start}
    while ways:
        here = ways.pop(0)
        if here[-1] == end:
            return here
        for other in calls[here[-1]]:
            if other not in seen:
                seen.add(other)
                ways.append([*here, other])
    return None


def cycles_of(calls: dict[str, dict[str, Use]]) -> Iterator[list[str]]:
    """For each call that lies on a cycle its shortest one; each cycle once."""
    known = set()
    for file, others in calls.items():
        for other in others:
            back = way(calls, other, file)
            if not back:
                continue
            first = back.index(min(back))
            cycle = tuple(back[first:] + back[:first])
            if cycle not in known:
                known.add(cycle)
                yield list(cycle)


def described(folder: str, cycle: list[str], calls: dict[str, dict[str, Use]]) -> str:
    lines = [f"src/{folder}: calls go round: {' -> '.join([*cycle, cycle[0]])}"]
    for file, other in zip(cycle, [*cycle[1:], cycle[0]]):
        use = calls[file][other]
        lines.append(f"    {file}: {use.caller + '()' if use.caller else 'a table'} names {other}: {use.callee}()")
    return "\n".join(lines)


def main(root: str) -> int:
    found, n_files = [], 0
    for folder, files in read_folders(pathlib.Path(root) / "src").items():
        n_files += len(files)
        calls = calls_of(files)
        found += [described(folder, cycle, calls) for cycle in cycles_of(calls)]
    print("\n".join(found) if found else f"{n_files} files, no cycles of calls")
    return 1 if found or not n_files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).parent.parent)))
