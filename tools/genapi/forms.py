"""Regular expressions (ECMA 262, with the flag u) for the forms of text in api/molva/options.proto.

UUIDs are checked by src/rpc/rule.c, the others by the services; tests/integration/test_document.py tries all at their edges."""
from __future__ import annotations

HEX = "[0-9a-fA-F]"

# letter_is_control() and letter_is_blank() of src/base/letters.c: what no shown text may hold, and what shows nothing.
CONTROLS = ("\\u0000-\\u001f\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufff9-\\ufffb\\ufffe\\uffff")
CONTROLS_BUT_LINE_ENDS = CONTROLS.replace("\\u0000-\\u001f", "\\u0000-\\u0009\\u000b-\\u001f")
BLANKS = (" \\u00a0\\u00ad\\u034f\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-\\u200f\\u202f\\u205f-\\u206f\\u2800"
          "\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff")

# Of a language tag: RFC 5646 as far as rules.c goes, subtags of 1 to 8 letters and digits behind a language.
PATTERNS = {
    "UUID": f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}",
    "CLIENT_UUID": f"{HEX}{{8}}-{HEX}{{4}}-[47]{HEX}{{3}}-[89abAB]{HEX}{{3}}-{HEX}{{12}}",
    "USERNAME": "[A-Za-z][A-Za-z0-9._-]*|[А-Яа-яЁё][А-Яа-яЁё0-9._-]*",
    "LINE": f"[^{CONTROLS}]*[^{CONTROLS}{BLANKS}][^{CONTROLS}]*",
    "LINES": f"[^{CONTROLS_BUT_LINE_ENDS}]*",
    "TEXT": f"[^\\u0000]*[^{CONTROLS}{BLANKS}][^\\u0000]*",
    "LANGUAGE": "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*",
    # JSON strings may hold U+0000, ours may not.
    "": "[^\\u0000]*",
}


def pattern(form: str, may_be_empty: bool) -> str:
    """The whole text."""
    return f"^({PATTERNS[form]})?$" if may_be_empty else f"^({PATTERNS[form]})$"
