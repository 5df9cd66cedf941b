#!/usr/bin/env python3
"""Generates SERVICE_queries.h and .c from a service's SQL: embed_sql.py SERVICE SERVICE_DIR OUTBOX_SQL OUT_DIR

SERVICE_DIR/queries.sql          "-- name: append" starts a query, "-- name: append @postgres" its variant, and
                                 "-- name: append @postgres only" one that other engines lack
SERVICE_DIR/migrations/          NNNN_name.sql and NNNN_name@postgres.sql, numbered from 0001 without a gap but for 0002
OUTBOX_SQL                       the outbox queries, which every service has; outbox_table.sql and outbox_split.sql
                                 next to it are every service's migrations 0000 and 0002
"-- isolation: serializable" before the first query makes the service's writes serializable, see ports/db.h.
"IN ids($1)" takes a value of db_ids(), "IN ints($1)" one of db_ints(): SQLite reads a JSON text, PostgreSQL an array.
A line that starts with -- is a comment and is left out. Also writes SERVICE_queries.d, a depfile for ninja.
"""
import pathlib
import re
import sys

NAME_LINE = re.compile(r"--\s*name\s*:\s*(?P<name>\S+)(?:\s+@(?P<engine>\S+)(?P<only>\s+only)?)?\s*")
NAME = re.compile(r"[a-z][a-z0-9_]*")
MIGRATION_FILE = re.compile(r"(?P<number>\d{4})_(?P<name>[a-z0-9_]+)(?:@(?P<engine>[a-z]+))?\.sql")
QUOTED_OR_END = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|(?P<end>;)", re.DOTALL)
ARRAY = re.compile(r"\bIN\s+(?P<kind>ids|ints)\((?P<parameter>\$\d+)\)")
ENGINES = ("", "postgres")
OUTBOX_MIGRATIONS = {0: "outbox_table", 2: "outbox_split"}


class SqlError(Exception):
    """What is wrong with the SQL, with file and line where there is one."""


def is_comment(line: str) -> bool:
    return line.lstrip().startswith("--")


def clean(text: str) -> str:
    lines = (line.rstrip() for line in text.splitlines() if not is_comment(line))
    return "\n".join(line for line in lines if line)


def one_statement(text: str, where: str) -> str:
    """A query is one statement; drivers prepare it as a whole. The closing semicolon may be left out."""
    sql = clean(text)
    for match in QUOTED_OR_END.finditer(sql):
        if match["end"]:
            if sql[match.end():].strip():
                raise SqlError(f"{where}: more than one statement")
            return sql[: match.start()].rstrip()
    return sql


def sqlite_arrays(sql: str) -> str:
    value = {"ids": "uuid_blob(value)", "ints": "value"}
    return ARRAY.sub(lambda match: f"IN (SELECT {value[match['kind']]} FROM json_each({match['parameter']}))", sql)


def postgres_arrays(sql: str) -> str:
    return ARRAY.sub(lambda match: f"= ANY ({match['parameter']})", sql)


def spell_arrays(variants: dict) -> None:
    """Each engine's own syntax for a list parameter, so one text may become two."""
    common = variants.get("")
    if common and ARRAY.search(common):
        variants.setdefault("postgres", common)
        variants[""] = sqlite_arrays(common)
    if "postgres" in variants:
        variants["postgres"] = postgres_arrays(variants["postgres"])


def is_serializable(path: pathlib.Path) -> bool:
    head = path.read_text().split("-- name:")[0]
    levels = re.findall(r"^--\s*isolation\s*:\s*(.*?)\s*$", path.read_text(), re.MULTILINE)
    if levels and (levels != ["serializable"] or "isolation" not in head):
        raise SqlError(f"{path}: only '-- isolation: serializable', once, before the first query")
    return bool(levels)


def read_queries(path: pathlib.Path, queries: dict) -> None:
    """Adds to queries: name -> engine -> SQL."""
    blocks = []  # (where, name, engine, only, lines)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        where = f"{path}:{number}"
        match = NAME_LINE.fullmatch(line.strip())
        if match:
            name, engine = match["name"], match["engine"] or ""
            if not NAME.fullmatch(name):
                raise SqlError(f"{where}: a query's name is lower case letters, digits and _: {name!r}")
            if engine not in ENGINES:
                raise SqlError(f"{where}: unknown engine @{engine}")
            blocks.append((where, name, engine, bool(match["only"]), []))
        elif re.match(r"\s*--\s*name\s*:", line):
            raise SqlError(f"{where}: not '-- name: query' or '-- name: query @postgres [only]'")
        elif blocks:
            blocks[-1][-1].append(line)
        elif line.strip() and not is_comment(line):
            raise SqlError(f"{where}: text before the first '-- name:'")
    for where, name, engine, only, lines in blocks:
        variants = queries.setdefault(name, {})
        if engine in variants:
            raise SqlError(f"{where}: query {name!r} stands there twice")
        variants[engine] = one_statement("\n".join(lines), where)
        if not variants[engine]:
            raise SqlError(f"{where}: query {name!r} has no text")
        if only and len(variants) > 1:
            raise SqlError(f"{where}: query {name!r} is not @{engine}'s only")
        if only:
            variants[""] = None
    for variants in queries.values():
        spell_arrays(variants)


def require_common_text(kind: str, items: dict) -> None:
    for name, variants in items.items():
        if "" not in variants:
            raise SqlError(f"{kind} {name!r} has a variant for {', '.join(variants)} only")


def read_migrations(folder: pathlib.Path, outbox_folder: pathlib.Path) -> tuple[dict, list[pathlib.Path]]:
    """(number, name) -> engine -> SQL, in order; and the files it came from."""
    found = []
    for number, name in OUTBOX_MIGRATIONS.items():
        found.append((number, name, "", outbox_folder / f"{name}.sql"))
        found.append((number, name, "postgres", outbox_folder / f"{name}@postgres.sql"))
    for path in sorted(folder.glob("*.sql")):
        match = MIGRATION_FILE.fullmatch(path.name)
        if not match:
            raise SqlError(f"{path}: a migration is called NNNN_name.sql or NNNN_name@postgres.sql")
        if int(match["number"]) in OUTBOX_MIGRATIONS:
            raise SqlError(f"{path}: number {match['number']} is the outbox of every service")
        if (match["engine"] or "") not in ENGINES:
            raise SqlError(f"{path}: unknown engine @{match['engine']}")
        found.append((int(match["number"]), match["name"], match["engine"] or "", path))

    migrations: dict = {}
    for number, name, engine, path in found:
        migrations.setdefault((number, name), {})[engine] = clean(path.read_text())
        if not migrations[number, name][engine]:
            raise SqlError(f"{path}: is empty")
    numbers = sorted(number for number, _ in migrations)
    for expected, number in enumerate(numbers):
        if number < expected:
            raise SqlError(f"{folder}: two migrations have the number {number:04}")
        if number > expected:
            raise SqlError(f"{folder}: migration {expected:04} is missing before {number:04}")
    require_common_text("migration", migrations)
    return dict(sorted(migrations.items())), [path for *_, path in found]


def c_string(text: str | None) -> str:
    if text is None:
        return "NULL"
    out = ""
    for byte in text.encode():
        char = chr(byte)
        if char in '"\\?':
            out += "\\" + char
        elif char == "\n":
            out += '\\n"\n      "'
        else:
            out += char if 32 <= byte < 127 else f"\\{byte:03o}"
    return f'"{out}"'


def header(service: str, queries: dict) -> str:
    prefix = service.upper()
    lines = ["/* Generated by tools/embed_sql.py. */", "#pragma once", '#include "ports/db.h"', "", "enum {"]
    lines += [f"    {prefix}_Q_{name.upper()}," for name in queries]
    lines += ["};", "", f"extern const DbSchema {service}_schema;", ""]
    return "\n".join(lines)


def source(service: str, queries: dict, migrations: dict, serializable: bool) -> str:
    lines = ["/* Generated by tools/embed_sql.py. */", f'#include "{service}_queries.h"', ""]
    lines.append("static const DbQuery queries[] = {")
    for name, variants in queries.items():
        texts = f"{c_string(variants[''])},\n      {c_string(variants.get('postgres'))}"
        lines.append(f'    {{ "{name}",\n      {texts} }},')
    lines += ["};", "", "static const DbMigration migrations[] = {"]
    for (number, name), variants in migrations.items():
        texts = f"{c_string(variants[''])},\n      {c_string(variants.get('postgres'))}"
        lines.append(f'    {{ {number}, "{name}",\n      {texts} }},')
    lines += [
        "};",
        "",
        f"const DbSchema {service}_schema = {{",
        f'    .service = "{service}",',
        "    .queries = queries,",
        f"    .n_queries = {len(queries)},",
        "    .migrations = migrations,",
        f"    .n_migrations = {len(migrations)},",
        *(["    .serializable = true,"] if serializable else []),
        "};",
        "",
    ]
    return "\n".join(lines)


def depfile(target: pathlib.Path, inputs: list[pathlib.Path]) -> str:
    return f"{target}: " + " ".join(str(path.resolve()).replace(" ", "\\ ") for path in inputs) + "\n"


def embed(service: str, service_dir: str, outbox_sql: str, out_dir: str) -> None:
    queries_path = pathlib.Path(service_dir) / "queries.sql"
    outbox_path = pathlib.Path(outbox_sql)
    folder = pathlib.Path(service_dir) / "migrations"
    queries: dict = {}
    read_queries(queries_path, queries)
    read_queries(outbox_path, queries)
    require_common_text("query", queries)
    migrations, files = read_migrations(folder, outbox_path.parent)
    serializable = is_serializable(queries_path)

    out = pathlib.Path(out_dir)
    # The folder is listed too, because adding or removing a migration changes its time.
    inputs = [queries_path, outbox_path, *files, *([folder] if folder.is_dir() else [])]
    (out / f"{service}_queries.h").write_text(header(service, queries))
    (out / f"{service}_queries.c").write_text(source(service, queries, migrations, serializable))
    (out / f"{service}_queries.d").write_text(depfile(out / f"{service}_queries.h", inputs))


if __name__ == "__main__":
    try:
        embed(*sys.argv[1:])
    except SqlError as error:
        sys.exit(f"embed_sql: {error}")
