"""Regular expressions (ECMA 262, with the flag u) for the forms of text in api/molva/options.proto.

UUIDs are checked by src/rpc/rule.c, the others by the services; tests/integration/test_document.py tries all at their edges."""
from __future__ import annotations

HEX = "[0-9a-fA-F]"

# What src/base/shown_text.c refuses between two letters; some of it is taken where a script or an emoji needs it, which a class cannot
# say. C0 apart, since texts with lines may hold tabs and line ends.
C0 = "\\u0000-\\u001f"
C0_BUT_LINE_ENDS = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f"
HIDDEN = ("\\u007f-\\u009f\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u2028-\\u202e"
          "\\u2060-\\u206f\\u2800\\u3164\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufffb\\ufffe"
          "\\uffff\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe"
          "\U0003ffff\U0004fffe\U0004ffff\U0005fffe\U0005ffff\U0006fffe\U0006ffff\U0007fffe\U0007ffff\U0008fffe\U0008ffff"
          "\U0009fffe\U0009ffff\U000afffe\U000affff\U000bfffe\U000bffff\U000cfffe\U000cffff\U000dfffe-\U000e0fff\U000efffe-"
          "\U0010ffff")
# What separates words and shows nothing.
SPACES = " \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000"
# text_is_blank() of src/base/text.c: a message of these alone shows nothing.
BLANKS = ("\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f\\u1160\\u1680\\u17b4\\u17b5\\u180b-\\u180f\\u2000-"
          "\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufdd0-\\ufdef\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-"
          "\\ufffb\\ufffe\\uffff\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U0001fffe\U0001ffff\U0002fffe"
          "\U0002ffff\U0003fffe\U0003ffff\U0004fffe\U0004ffff\U0005fffe\U0005ffff\U0006fffe\U0006ffff\U0007fffe\U0007ffff"
          "\U0008fffe\U0008ffff\U0009fffe\U0009ffff\U000afffe\U000affff\U000bfffe\U000bffff\U000cfffe\U000cffff\U000dfffe-"
          "\U000e0fff\U000efffe\U000effff\U000ffffe\U000fffff\U0010fffe\U0010ffff")

# Of a language tag: RFC 5646 as far as rules.c goes, subtags of 1 to 8 letters and digits behind a language.
PATTERNS = {
    "UUID": f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}",
    "CLIENT_UUID": f"{HEX}{{8}}-{HEX}{{4}}-[47]{HEX}{{3}}-[89abAB]{HEX}{{3}}-{HEX}{{12}}",
    "USERNAME": "[A-Za-z][A-Za-z0-9._-]*|[А-Яа-яЁё][А-Яа-яЁё0-9._-]*",
    "LINE": f"[^{C0}{HIDDEN}]*[^{C0}{HIDDEN}{SPACES}][^{C0}{HIDDEN}]*",
    "LINES": f"[^{C0_BUT_LINE_ENDS}{HIDDEN}]*",
    "TEXT": f"[^\\u0000]*[^{BLANKS}][^\\u0000]*",
    "PASSWORD": "[^\\u0000-\\u001f\\u007f-\\u009f]*",
    "LANGUAGE": "[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*",
    # JSON strings may hold U+0000, ours may not.
    "": "[^\\u0000]*",
}


def pattern(form: str, may_be_empty: bool) -> str:
    """The whole text."""
    return f"^({PATTERNS[form]})?$" if may_be_empty else f"^({PATTERNS[form]})$"
