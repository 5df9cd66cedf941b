"""Calls from the wrong thread do not compile: python3 roles_test.py BUILD_DIR, a build of clang's. For ./dev lint.

Takes the command with which that build compiles src/net/stream.c, so it fails too when the build stops checking.
"""
import json
import pathlib
import shlex
import subprocess
import sys
import unittest

FILE = pathlib.Path(__file__).resolve().with_name("wrong_roles.c")
CASES = {
    "LOOP_CALLS_WORKER": "'db_check' requires holding role 'thread_is_worker'",
    "WORKER_CALLS_LOOP": "'stream_close' requires holding role 'thread_is_loop'",
    "ANY_THREAD_CALLS_LOOP": "'stream_close' requires holding role 'thread_is_loop'",
    "CALLBACK_WITHOUT_A_ROLE": "'stream_close' requires holding role 'thread_is_loop'",
}


class WrongRoles(unittest.TestCase):
    build: pathlib.Path

    def compile(self, *options: str) -> subprocess.CompletedProcess:
        commands = json.loads((self.build / "compile_commands.json").read_text())
        [entry] = [entry for entry in commands if entry["file"].endswith("src/net/stream.c")]
        # Nothing is written: neither the object nor ninja's list of headers.
        command = [FILE if word == entry["file"] else word for word in shlex.split(entry["command"])]
        written = [command.index(option) for option in ("-o", "-MF", "-MQ") if option in command]
        command = [word for place, word in enumerate(command) if place not in written and place - 1 not in written and word != "-MD"]
        return subprocess.run([*command, "-fsyntax-only", "-fno-color-diagnostics", *options], cwd=entry["directory"],
                              capture_output=True, text=True, check=False)

    def test_right_calls_compile(self) -> None:
        done = self.compile()
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_each_wrong_call_is_refused(self) -> None:
        for case, message in CASES.items():
            with self.subTest(case):
                done = self.compile(f"-D{case}")
                self.assertNotEqual(done.returncode, 0)
                self.assertEqual(done.stderr.count("error:"), 1, done.stderr)
                self.assertIn(message, done.stderr)


if __name__ == "__main__":
    WrongRoles.build = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
