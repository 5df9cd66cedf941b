#!/usr/bin/env python3
"""Functions fit a screen: check_functions.py [ROOT]

A function of more than 80 lines fails, unless the comment directly above it gives the reason ("Long because ..."). It
relies on what clang-format guarantees: the braces of a function, and only those, stand alone in the first column.
"""
import pathlib
import sys

LINES_MAX = 80


def functions(lines: list[str]):
    """Yields (first line of the signature, last line), counted from 0."""
    opened = None
    for number, line in enumerate(lines):
        if line == "{":
            opened = number - 1
            # A signature over several lines: the continuation lines are indented.
            while opened > 0 and lines[opened].startswith((" ", "\t")):
                opened -= 1
        elif line == "}" and opened is not None:
            yield opened, number
            opened = None


def reason_above(lines: list[str], first: int) -> bool:
    end = first - 1
    if end < 0 or not lines[end].rstrip().endswith("*/"):
        return False
    start = end
    while start > 0 and "/*" not in lines[start]:
        start -= 1
    return "long because" in " ".join(lines[start:first]).lower()


def main(root: str) -> int:
    files = sorted(path for folder in ("src", "tests") for path in (pathlib.Path(root) / folder).rglob("*.[ch]"))
    count, found = 0, []
    for path in files:
        lines = path.read_text().splitlines()
        for first, last in functions(lines):
            count += 1
            length = last - first + 1
            if length > LINES_MAX and not reason_above(lines, first):
                found.append(f"{path.relative_to(root)}:{first + 1}: {length} lines, at most {LINES_MAX}")
    print("\n".join(found) if found else f"{count} functions, none over {LINES_MAX} lines without a reason")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).parent.parent)))
