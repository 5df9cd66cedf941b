#!/usr/bin/env python3
"""tools/embed_sql.py: what it makes of good SQL, and what it refuses. Run by meson with the tool's path."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = sys.argv.pop(1) if len(sys.argv) > 1 else "tools/embed_sql.py"
OUTBOX = "-- name: outbox_add\nINSERT INTO outbox VALUES ($1)\n"
GOOD = {"0001_first.sql": "CREATE TABLE a (x BIGINT);", "0003_more.sql": "CREATE TABLE b (x BIGINT);"}

REFUSED = [
    # label, queries.sql, migrations, words of the message
    ("a query twice", "-- name: a\nSELECT 1\n-- name: a\nSELECT 2\n", GOOD, "stands there twice"),
    ("a variant twice", "-- name: a\nSELECT 1\n-- name: a @postgres\nSELECT 2\n-- name: a @postgres\nSELECT 3\n", GOOD, "twice"),
    ("a query of the outbox again", "-- name: outbox_add\nSELECT 1\n", GOOD, "twice"),
    ("no text", "-- name: a\n-- only a comment\n-- name: b\nSELECT 1\n", GOOD, "has no text"),
    ("only one engine's, and everybody's", "-- name: a @postgres only\nSELECT 1\n-- name: a\nSELECT 2\n", GOOD, "twice"),
    ("everybody's, and only one engine's", "-- name: a\nSELECT 1\n-- name: a @postgres only\nSELECT 2\n", GOOD, "only"),
    ("only a variant", "-- name: a @postgres\nSELECT 1\n", GOOD, "postgres only"),
    ("an unknown engine", "-- name: a @mysql\nSELECT 1\n", GOOD, "unknown engine"),
    ("a bad name", "-- name: Append\nSELECT 1\n", GOOD, "lower case"),
    ("a malformed name line", "-- name: a b c\nSELECT 1\n", GOOD, "-- name: query"),
    ("text before the first name", "SELECT 1\n", GOOD, "before the first"),
    ("two statements", "-- name: a\nSELECT ';'; SELECT 2\n", GOOD, "more than one statement"),
    ("a gap", "", {**GOOD, "0005_gap.sql": "SELECT 1"}, "0004 is missing"),
    ("a number twice", "", {**GOOD, "0003_other.sql": "SELECT 1"}, "two migrations have the number 0003"),
    ("the outbox's number", "", {**GOOD, "0000_mine.sql": "SELECT 1"}, "0000"),
    ("the outbox's other number", "", {**GOOD, "0002_mine.sql": "SELECT 1"}, "0002"),
    ("an unknown isolation", "-- isolation: loose\n-- name: a\nSELECT 1\n", GOOD, "isolation"),
    ("isolation after a query", "-- name: a\nSELECT 1\n-- isolation: serializable\n", GOOD, "isolation"),
    ("a bad file name", "", {**GOOD, "3_short.sql": "SELECT 1"}, "NNNN_name.sql"),
    ("an empty migration", "", {**GOOD, "0004_empty.sql": "-- nothing\n"}, "is empty"),
    ("only a variant of a migration", "", {**GOOD, "0004_pg@postgres.sql": "SELECT 1"}, "postgres only"),
]


class EmbedSql(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def embed(self, queries, migrations):
        """Runs the tool in a fresh folder; returns its result and the folder."""
        root = pathlib.Path(tempfile.mkdtemp(dir=self.root))
        (root / "service" / "migrations").mkdir(parents=True)
        (root / "service" / "queries.sql").write_text(queries)
        for name, text in migrations.items():
            (root / "service" / "migrations" / name).write_text(text)
        (root / "outbox.sql").write_text(OUTBOX)
        (root / "outbox_table.sql").write_text("CREATE TABLE outbox (id INTEGER PRIMARY KEY);")
        (root / "outbox_table@postgres.sql").write_text("CREATE TABLE outbox (id BIGINT);")
        (root / "outbox_split.sql").write_text("DROP TABLE outbox;")
        (root / "outbox_split@postgres.sql").write_text("DROP TABLE outbox;")
        command = [sys.executable, TOOL, "demo", root / "service", root / "outbox.sql", root]
        return subprocess.run(command, capture_output=True, text=True, check=False), root

    def test_a_parameter_with_many_values_is_spelled_as_each_engine_does(self):
        done, root = self.embed("-- name: a\nSELECT 1 WHERE x IN ids($1) AND y IN ints($2)\n"
                                "-- name: b\nSELECT 2\n-- name: b @postgres\nSELECT 3 WHERE x IN ids($1)\n", GOOD)
        self.assertEqual(done.returncode, 0, done.stderr)
        source = (root / "demo_queries.c").read_text()
        self.assertIn("x IN (SELECT uuid_blob(value) FROM json_each($1)) AND y IN (SELECT value FROM json_each($2))", source)
        self.assertIn("x = ANY ($1) AND y = ANY ($2)", source)
        self.assertIn("SELECT 3 WHERE x = ANY ($1)", source)
        self.assertNotIn(" ids(", source)

    def test_what_is_wrong_is_refused_with_the_reason(self):
        for label, queries, migrations, words in REFUSED:
            with self.subTest(label):
                result, root = self.embed(queries, migrations)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(words, result.stderr)
                self.assertFalse((root / "demo_queries.c").exists())

    def test_good_sql_becomes_c(self):
        queries = '-- A comment.\n-- name: find\n-- Why.\nSELECT "x"\n  FROM a -- here\n WHERE y = \'a;\\b\';\n'
        queries += "-- name: find @postgres\nSELECT 'жук?'\n"
        result, root = self.embed(queries, GOOD)
        self.assertEqual(result.stderr, "")
        header = (root / "demo_queries.h").read_text()
        source = (root / "demo_queries.c").read_text()
        self.assertLess(header.index("DEMO_Q_FIND,"), header.index("DEMO_Q_OUTBOX_ADD,"))
        self.assertIn("extern const DbSchema demo_schema;", header)
        self.assertIn('"SELECT \\"x\\"\\n"', source)
        self.assertIn("WHERE y = 'a;\\\\b'\"", source)  # the closing semicolon is gone
        self.assertNotIn("Why", source)
        self.assertIn("\\320\\266", source)
        self.assertIn(".n_queries = 2", source)
        self.assertIn(".n_migrations = 4", source)
        order = [source.index(f'"{name}"') for name in ["outbox_table", "first", "outbox_split", "more"]]
        self.assertEqual(order, sorted(order))

    def test_a_service_can_ask_for_serializable_writes(self):
        for queries, want in [("-- isolation: serializable\n", True), ("-- none\n", False)]:
            _, root = self.embed(queries + "-- name: a\nSELECT 1\n", GOOD)
            self.assertEqual(".serializable = true" in (root / "demo_queries.c").read_text(), want)

    def test_every_file_read_stands_in_the_depfile(self):
        _, root = self.embed("", GOOD)
        depends = (root / "demo_queries.d").read_text()
        for name in ["queries.sql", "migrations", "migrations/0003_more.sql", "outbox.sql", "outbox_split@postgres.sql"]:
            self.assertIn(name, depends)


if __name__ == "__main__":
    unittest.main()
