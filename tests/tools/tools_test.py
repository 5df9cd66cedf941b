"""The checks of tools/ find what they are for, and count_results.py counts what went wrong: python3 tools_test.py"""
import contextlib
import gzip
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

import brotli
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
sys.dont_write_bytecode = True

import check_cycles  # noqa: E402
import check_functions  # noqa: E402
import check_headers  # noqa: E402
import check_includes  # noqa: E402
import count_results  # noqa: E402
import embed_web  # noqa: E402
import services  # noqa: E402


class Tree(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def put(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def output_of(self, main, *args) -> tuple[int, str]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = main(str(self.root), *args)
        return status, out.getvalue()


class Packages(Tree):
    """install_packages() of node.sh, with a find that says when it has looked and an npm that waits to be let go on."""

    def setUp(self) -> None:
        super().setUp()
        self.put("web/package-lock.json", "{}")
        self.put("bin/find", f'#!/bin/sh\n{shutil.which("find")} "$@"\necho >"$PIPES/looked"\n')
        self.put("bin/npm", '#!/bin/sh\necho >>"$PIPES/installs"\nread -r _ <"$PIPES/go_on"\n'
                            'mkdir -p node_modules\n: >node_modules/.package-lock.json\n')
        for name in ("find", "npm"):
            (self.root / "bin" / name).chmod(0o755)
        self.looked, self.go_on = self.pipe("looked"), self.pipe("go_on")

    def pipe(self, name: str) -> int:
        """Both ends, so that nobody who opens it need wait for us."""
        os.mkfifo(self.root / name)
        descriptor = os.open(self.root / name, os.O_RDWR)
        self.addCleanup(os.close, descriptor)
        return descriptor

    def start(self) -> subprocess.Popen:
        env = os.environ | {"PATH": f"{self.root}/bin:{os.environ['PATH']}", "PIPES": str(self.root)}
        source = pathlib.Path(__file__).resolve().parents[2] / "tools" / "node.sh"
        return subprocess.Popen(["sh", "-c", f". {source}; install_packages web"], cwd=self.root, env=env,
                                stderr=subprocess.DEVNULL)

    def test_two_at_once_install_once(self) -> None:
        with self.start() as one, self.start() as other:
            for _ in range(3):  # both before the lock, one of them behind it
                os.read(self.looked, 1)
            os.write(self.go_on, b"\n\n")  # a line for each that installs
        self.assertEqual((one.returncode, other.returncode), (0, 0))
        self.assertEqual((self.root / "installs").read_text().count("\n"), 1)


class Includes(Tree):
    def refuses(self, file: str, header: str) -> bool:
        self.put(f"src/{file}", f'#include {header}\n')
        return self.output_of(check_includes.main)[0] == 1

    def test_includes_point_one_way(self) -> None:
        for file, header, want in [
            ("rpc/a.c", '"net/http.h"', False),
            ("net/a.c", '"rpc/rpc.h"', True),
            ("net/a.c", '"ports/db.h"', True),
            ("base/a.c", '"runtime/loop.h"', True),
            ("app/a.c", '"services/auth/auth.h"', False),
            ("services/auth/a.c", '"services/auth/rules.h"', False),
            ("services/auth/a.c", '"services/group/rules.h"', True),
            ("services/auth/a.c", '"adapters/sqlite/sqlite.h"', True),
            ("services/auth/a.c", '"group_client.h"', False),
            ("services/auth/a.c", '"group_service.h"', True),
            ("services/auth/a.c", '"group_queries.h"', True),
            ("realtime/a.c", '"services/message/store.h"', True),
            ("realtime/hub/a.c", '"realtime/session/client.h"', False),
            ("realtime/session/a.c", '"realtime/hub/hub.h"', True),
            ("realtime/presence/a.c", '"realtime/realtime.h"', True),
            ("realtime/a.c", '"realtime/commands/calls.h"', False),
            ("realtime/kitchen/a.c", '"realtime/hub/hub.h"', True),
            ("adapters/sqlite/a.c", '"adapters/disk/blob.h"', True),
            ("adapters/sqlite/a.c", '"api_types.h"', True),
            ("services/auth/a.c", "<sqlite3.h>", True),
            ("adapters/sqlite/a.c", "<sqlite3.h>", False),
            ("elsewhere/a.c", '"base/str.h"', True),
        ]:
            with self.subTest(file=file, header=header):
                self.assertEqual(self.refuses(file, header), want)
            (self.root / "src" / file).unlink()

    def test_the_own_header_comes_first(self) -> None:
        self.put("src/base/a.h", "/* a */\n#pragma once\n")
        self.put("src/base/a.c", '#include <stdio.h>\n#include "base/a.h"\n')
        self.assertIn("comes first", self.output_of(check_includes.main)[1])
        self.put("src/base/a.c", '#include "base/a.h"\n#include <stdio.h>\n')
        self.assertEqual(self.output_of(check_includes.main)[0], 0)


class Cycles(Tree):
    LOW = '#include "net/low.h"\n\nint low_count(int n)\n{\n    return n + 1;\n}\n'
    HIGH = '#include "net/high.h"\n\nint high_open(void)\n{\n    return low_count(1);\n}\n'

    def check(self, **files: str) -> tuple[int, str]:
        for name, text in files.items():
            self.put(f"src/net/{name}.c", text)
        return self.output_of(check_cycles.main)

    def test_calls_may_go_down(self) -> None:
        self.put("src/net/low.h", "int low_count(int n);\n")
        self.put("src/net/high.h", "int high_open(void);\n")
        self.assertEqual(self.check(low=self.LOW, high=self.HIGH), (0, "4 files, no cycles of calls\n"))

    def test_a_call_back_up_is_found_with_both_functions(self) -> None:
        status, output = self.check(low=self.LOW.replace("n + 1", "n ? high_open() : 0"), high=self.HIGH)
        self.assertEqual(status, 1)
        self.assertEqual(output, "src/net: calls go round: high.c -> low.c -> high.c\n"
                                 "    high.c: high_open() names low.c: low_count()\n"
                                 "    low.c: low_count() names high.c: high_open()\n")

    def test_a_way_round_over_a_third_file_is_found(self) -> None:
        middle = "int middle(void)\n{\n    return high_open();\n}\n"
        status, output = self.check(low=self.LOW.replace("n + 1", "middle()"), high=self.HIGH, middle=middle)
        self.assertEqual(status, 1)
        self.assertIn("high.c -> low.c -> middle.c -> high.c", output)

    def test_a_function_that_is_handed_on_counts(self) -> None:
        for text in ("static int (*const ops[])(void) = { high_open };\n", "void low_begin(void)\n{\n    on_done(high_open);\n}\n"):
            with self.subTest(text):
                self.assertEqual(self.check(low=self.LOW + text, high=self.HIGH)[0], 1)

    def test_what_only_has_the_name_does_not_count(self) -> None:
        for text in ("/* high_open() */\n", 'const char *const text = "high_open";\n', "void low_set(Ops *ops)\n{\n    ops->high_open = 0;\n}\n",
                     "static int high_open(void)\n{\n    return 0;\n}\n"):
            with self.subTest(text):
                self.assertEqual(self.check(low=self.LOW + text, high=self.HIGH)[0], 0)

    def test_an_inline_function_of_a_header_is_the_header(self) -> None:
        self.put("src/net/high.h", "static inline int high_of(int n)\n{\n    return n;\n}\n")
        self.assertEqual(self.check(low=self.LOW.replace("n + 1", "high_of(n)"), high=self.HIGH)[0], 0)
        self.put("src/net/high.h", "static inline int high_of(int n)\n{\n    return high_open();\n}\n")
        self.assertEqual(self.check(low=self.LOW.replace("n + 1", "high_of(n)"), high=self.HIGH)[0], 1)



class Functions(Tree):
    def length(self, lines: int, above: str = "") -> int:
        self.put("src/a.c", above + "int f(int a,\n      int b)\n{\n" + "    a++;\n" * (lines - 4) + "}\n")
        return self.output_of(check_functions.main)[0]

    def test_more_than_80_lines_need_a_reason(self) -> None:
        self.assertEqual(self.length(80), 0)
        self.assertEqual(self.length(81), 1)
        self.assertEqual(self.length(81, "/* Adds a lot. */\n"), 1)
        self.assertEqual(self.length(81, "/* Long because the table\n * is in it. */\n"), 0)


class Headers(Tree):
    def check(self, text: str) -> str:
        self.put("src/a.h", text)
        return self.output_of(check_headers.main)[1]

    def test_a_header_explains_itself(self) -> None:
        start = "/* A. */\n#pragma once\n"
        for text, want in [
            (start + "\nint a_first(void);\n\n/* B. */\nint a_second(void);\n", "all documented"),
            (start + "\nint a_first(void);\n\nint a_second(void);\n", "a_second has no comment"),
            (start + "\nint a_first(void);\n\nvoid a_free(void);\n", "all documented"),
            ("#pragma once\n", "opens without a comment"),
            ("/* A. */\n", "lacks #pragma once"),
        ]:
            with self.subTest(text=text):
                self.assertIn(want, self.check(text))


class Counting(Tree):
    def meson(self, *tests: tuple[str, str]) -> None:
        lines = [json.dumps({"name": f"t{i}", "result": result, "stdout": out}) for i, (result, out) in enumerate(tests)]
        self.put("meson.json", "\n".join(lines) + "\n")

    def last_line(self, suites_run: int = 1) -> str:
        return self.output_of(count_results.main, suites_run)[1].splitlines()[-1]

    def test_tests_inside_a_program_count(self) -> None:
        self.meson(("OK", "[  PASSED  ] 12 test(s).\n"), ("OK", ""))
        self.assertEqual(self.last_line(), "13 passed, 0 failed")

    def test_failures_inside_a_program_count(self) -> None:
        self.meson(("FAIL", "[  PASSED  ] 3 test(s).\n[  FAILED  ] 2 test(s), listed below:\n[  FAILED  ] a\n"))
        self.assertEqual(self.last_line(), "3 passed, 2 failed")

    def test_what_ran_out_of_time_or_crashed_failed(self) -> None:
        self.meson(("TIMEOUT", ""), ("ERROR", ""), ("OK", ""))
        self.assertEqual(self.last_line(), "1 passed, 2 failed")

    def test_skipped_is_neither(self) -> None:
        self.meson(("SKIP", ""), ("OK", ""))
        self.assertEqual(self.last_line(), "1 passed, 0 failed")

    def test_silence_is_a_failure(self) -> None:
        self.meson(("OK", ""))
        self.assertEqual(self.last_line(2), "1 passed, 1 failed")
        self.put("pytest.xml", "<testsuites></testsuites>")
        self.assertEqual(self.last_line(2), "1 passed, 1 failed")
        self.put("pytest.xml", "<testsuites><tests")
        self.assertEqual(self.last_line(2), "1 passed, 1 failed")

    def test_junit_and_sanitizer_reports_count(self) -> None:
        case = '<testcase classname="c" name="n">'
        self.put("pytest.xml", f"<testsuite>{case}</testcase>{case}<failure/></testcase>{case}<error/></testcase></testsuite>")
        self.assertEqual(self.last_line(), "1 passed, 2 failed")
        self.put("sanitizer.molva.123", "ERROR: AddressSanitizer")
        self.assertEqual(self.last_line(), "1 passed, 3 failed")


class Services(Tree):
    """One more row in the table of services, and nothing else touched."""

    def setUp(self) -> None:
        super().setUp()
        for path in (services.TABLE, *services.PARTS):
            self.put(path, (services.ROOT / path).read_text())
        table = self.root / services.TABLE
        table.write_text(table.read_text() + "SERVICE(media, MEDIA, CALLS(AUTH) | CALLS(GROUP), 2)\n")

    def run_services(self, command: str) -> tuple[int, str]:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            return services.main(command, str(self.root)), out.getvalue()

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def test_every_stale_file_is_named(self) -> None:
        status, output = self.run_services("check")
        self.assertEqual(status, 1)
        for path in services.PARTS:
            self.assertIn(path, output)

    def test_the_compose_file_has_a_service_more(self) -> None:
        before = yaml.safe_load((services.ROOT / "deploy/docker/compose.yaml").read_text())
        self.run_services("write")
        self.assertEqual(self.run_services("check")[0], 0)
        after = yaml.safe_load(self.text("deploy/docker/compose.yaml"))
        media, message = after["services"].pop("media"), after["services"]["message"]
        self.assertEqual(media, message | {"image": "molva-media:${MOLVA_VERSION:-latest}", "build": message["build"] | {"target": "media"},
                                           "secrets": ["database_media", "redis", "bus", "service_key"]})
        # The services share one environment, here too.
        before["x-environment"]["MOLVA_MEDIA_ADDRESS"] = "dns:///media:7001"
        before["services"]["edge"]["depends_on"]["media"] = {"condition": "service_healthy"}
        before["services"]["postgres"]["secrets"].append("database_media")
        before["secrets"]["database_media"] = {"file": "./secrets/database_media"}
        self.assertEqual(after, before)

    def test_images_upstreams_databases_and_secrets_have_a_service_more(self) -> None:
        self.run_services("write")
        self.assertIn("FROM service AS media\nENV MOLVA_SERVICES=media\n", self.text("deploy/docker/Dockerfile"))
        self.assertIn("upstream molva_media {\n    server media:8080 max", self.text("deploy/docker/upstreams.conf"))
        self.assertIn("upstream molva_media {\n    server 127.0.0.1:8087 max", self.text("deploy/nginx/upstreams.conf.example"))
        for path in ("deploy/docker/edge.sh", "deploy/docker/up", "deploy/postgres/provision.sh"):
            self.assertIn("services='auth group message notification media'\n", self.text(path))

    def test_the_stack_runs_as_many_as_the_row_says(self) -> None:
        self.assertEqual(services.read(self.root)[-1].members, ["media1", "media2"])

    def test_nginx_sends_the_paths_of_its_contract_to_it(self) -> None:
        self.put("molva/media/v1/media.proto", """syntax = "proto3";
// Files.
package molva.media.v1;
import "molva/options.proto";
message GetFileRequest {
  // UUID.
  string id = 1 [(molva.rule) = {form: UUID}];
}
message GetFileResponse {
  // In bytes.
  uint32 size = 1;
}
// Files.
service MediaService {
  // One file.
  rpc GetFile(GetFileRequest) returns (GetFileResponse) {
    option (molva.access) = USER;
    option (molva.rate) = READ;
    option (molva.http) = {get: "/v1/files/{id}"};
  }
}
""")
        api, desc, routes = services.ROOT / "api", self.root / "api.desc", self.root / "routes.conf"
        protos = [path.relative_to(api) for path in sorted(api.glob("molva/**/*.proto"))]
        subprocess.run(["protoc", "-I", api, "-I", self.root, "-I", "/usr/include", "--include_imports", "--include_source_info",
                        f"--descriptor_set_out={desc}", *protos, "molva/media/v1/media.proto"], check=True)
        subprocess.run([sys.executable, services.ROOT / "tools/gen_api.py", "edge", desc, routes], check=True)
        made = set(routes.read_text().splitlines())
        published = (services.ROOT / "deploy/nginx/routes.conf").read_text().splitlines()
        self.assertEqual(sorted(" ".join(line.split()) for line in made.difference(published)), ['"~^/v1/files/[^/]+$" media;'])


class EmbedWeb(Tree):
    def embed(self) -> tuple[str, bytes]:
        out = self.root / "out"
        out.mkdir(exist_ok=True)
        embed_web.embed(self.root / "dist", out)
        return (out / "web_files.c").read_text(), (out / "web_files.bin").read_bytes()

    def test_every_form_of_a_file_lies_where_the_table_says(self) -> None:
        script = "console.log('hello');\n" * 200
        self.put("dist/index.html", "<!doctype html>")
        self.put("dist/assets/index-AbC_-123.js", script)
        table, blob = self.embed()
        [row] = [line for line in table.splitlines() if "/assets/index-AbC_-123.js" in line]
        self.assertIn('"text/javascript; charset=utf-8"', row)
        places = [(int(at), int(size)) for at, size in re.findall(r"web_files_data \+ (\d+), (\d+)", row)]
        plain, zipped, brotlied = [blob[at : at + size] for at, size in places]
        self.assertEqual(plain.decode(), script)
        self.assertEqual(gzip.decompress(zipped), plain)
        self.assertEqual(brotli.decompress(brotlied), plain)
        self.assertLess(len(brotlied), len(plain))

    def test_what_packing_does_not_shrink_lies_there_once(self) -> None:
        self.put("dist/index.html", "x")
        [row] = [line for line in self.embed()[0].splitlines() if "/index.html" in line]
        self.assertEqual(row.count("{ NULL, 0 }"), 2)

    def test_the_table_is_sorted_by_bytes(self) -> None:
        for path in ("index.html", "sw.js", "assets/b.js", "assets/B.js", "assets.js", "a-b.js"):
            self.put(f"dist/{path}", "x")
        paths = re.findall(r'\{ STR\("([^"]+)"', self.embed()[0])
        self.assertEqual(paths, sorted(paths, key=str.encode))
        self.assertEqual(len(paths), 6)

    def test_only_names_that_hold_a_hash_are_immutable(self) -> None:
        for path, want in [
            ("assets/index-AbC_-123.js", True),
            ("assets/emoji.json", False),
            ("index-AbC_-123.js", False),
            ("index.html", False),
        ]:
            self.put(f"dist/{path}", "x")
            self.put("dist/index.html", "x")
            [row] = [line for line in self.embed()[0].splitlines() if f'"/{path}"' in line]
            self.assertEqual(", true, " in row, want, path)

    def test_what_nobody_knows_how_to_serve_ends_the_build(self) -> None:
        self.put("dist/index.html", "x")
        self.put("dist/notes.xyz", "x")
        with self.assertRaisesRegex(embed_web.EmbedError, "notes.xyz"):
            self.embed()
        with self.assertRaisesRegex(embed_web.EmbedError, "no index.html"):
            embed_web.embed(self.root / "nowhere", self.root)


if __name__ == "__main__":
    unittest.main()
