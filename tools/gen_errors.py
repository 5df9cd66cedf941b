#!/usr/bin/env python3
"""Makes err_codes.h and err_table.inc from api/errors.yaml: gen_errors.py errors.yaml OUT_DIR"""
import json
import pathlib
import sys

import yaml

GRPC_STATUS = {
    name: number
    for number, name in enumerate(
        "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED "
        "RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS "
        "UNAUTHENTICATED".split()
    )
}


def main(source: str, out_dir: str) -> None:
    rows = yaml.safe_load(pathlib.Path(source).read_text())
    header = ["/* Generated from api/errors.yaml. */", "#pragma once", "", "typedef enum Err {", "    OK = 0,"]
    header += [f"    ERR_{row['name'].upper()}, /* {row['text']} */" for row in rows]
    header += ["    ERR_COUNT_,", "} Err;", ""]
    table = ["/* Generated from api/errors.yaml. */", '[OK] = { "ok", 200, 0, false, "" },']
    for row in rows:
        retryable = "true" if row["retryable"] else "false"
        table.append(
            f"[ERR_{row['name'].upper()}] = {{ {json.dumps(row['name'])}, {row['http']}, {GRPC_STATUS[row['grpc']]}, "
            f"{retryable}, {json.dumps(row['text'])} }},"
        )
    out = pathlib.Path(out_dir)
    (out / "err_codes.h").write_text("\n".join(header))
    (out / "err_table.inc").write_text("\n".join(table) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
