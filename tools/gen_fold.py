#!/usr/bin/env python3
"""Makes fold_table.h from src/base/fold.txt: gen_fold.py fold.txt OUT_DIR"""
import pathlib
import sys
import zlib


def read(source: str) -> dict[str, list[list[str]]]:
    rows: dict[str, list[list[str]]] = {"version": [], "letter": [], "drop": [], "keep": []}
    for line in pathlib.Path(source).read_text().splitlines():
        kind, *values = line.split("#")[0].split() or [""]
        if kind:
            rows[kind].append(values[:2])
    return rows


def version_of(rows: dict[str, list[list[str]]]) -> int:
    """The version, or an error if the table has changed without a new version."""
    [[version, checksum]] = rows["version"]
    content = repr([rows[kind] for kind in ("letter", "drop", "keep")]).encode()
    now = f"{zlib.crc32(content) & 0xffff:04x}"
    if checksum != now:
        sys.exit(f"fold.txt: the table is another one: make this version {int(version) + 1}, checksum {now}")
    return int(version)


def point(letter: str) -> str:
    return f"0x{ord(letter):x}"


def main(source: str, out_dir: str) -> None:
    rows = read(source)
    lines = ["/* Generated from src/base/fold.txt. */", "#pragma once", "#include <stdint.h>", ""]
    lines += [f"#define FOLD_VERSION {version_of(rows)}", ""]
    lines += ["static const struct {", "    uint32_t letter;", "    const char *as;", "} fold_letters[] = {"]
    lines += [f'    {{ {point(letter)}, "{become}" }},' for letter, become in rows["letter"]]
    lines += ["};", "static const uint32_t fold_dropped[][2] = {"]
    lines += [f"    {{ 0x{first}, 0x{last} }}," for first, last in rows["drop"]]
    lines += ["};", "static const uint32_t fold_kept[][2] = {"]
    lines += [f"    {{ {point(letter)}, 0x{mark} }}," for letter, mark in rows["keep"]]
    lines += ["};", ""]
    (pathlib.Path(out_dir) / "fold_table.h").write_text("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
