#!/usr/bin/env python3
"""Headers document what types cannot express: check_headers.py [ROOT]

Every header of src/ opens with a comment about its purpose and has #pragma once; every paragraph that declares
functions holds a comment or follows one; the first may lean on the one that opens the file. Exempt are inline
functions, whose body is in sight, and the pairs whose verbs the style fixes for all types: _new/_free, _ref/_unref,
_init/_done.
"""
import pathlib
import re
import sys

# A prototype that starts in the first column; group 1 is the function's name.
FUNCTION = re.compile(r"^(?!typedef|static inline|return|_Static_assert)[A-Za-z_][\w \*]*?(\w+)\([^;{]*?\)[^;{]*;", re.M)
LIFECYCLE = re.compile(r"_(new|free|freep|ref|unref|unrefp|init|done)$")


def paragraphs(text: str):
    """Yields (line number, lines) of each run of lines without an empty one outside a body."""
    start, lines, depth = 1, [], 0
    for number, line in enumerate(text.splitlines(), 1):
        depth += line.count("{") - line.count("}")
        if not line.strip() and depth == 0:
            if lines:
                yield start, lines
            start, lines = number + 1, []
        else:
            lines.append(line)
    if lines:
        yield start, lines


def check_header(name: str, text: str) -> list[str]:
    found = []
    if not text.startswith("/*"):
        found.append(f"{name}:1: opens without a comment about its purpose")
    if "#pragma once" not in text:
        found.append(f"{name}:1: lacks #pragma once")
    explained_above = True  # by the comment that opens the file, later by a paragraph that is one comment
    for start, lines in paragraphs(text):
        body = "\n".join(lines)
        functions = [name for name in FUNCTION.findall(body) if not LIFECYCLE.search(name)]
        if functions and "/*" not in body and not explained_above:
            found += [f"{name}:{start}: {function} has no comment" for function in functions]
        if functions or (body.startswith("/*") and start > 1):
            explained_above = body.startswith("/*") and body.rstrip().endswith("*/")
    return found


def main(root: str) -> int:
    headers = sorted((pathlib.Path(root) / "src").rglob("*.h"))
    found = [line for path in headers for line in check_header(str(path.relative_to(root)), path.read_text())]
    print("\n".join(found) if found else f"{len(headers)} headers, all documented")
    return 1 if found or not headers else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).parent.parent)))
