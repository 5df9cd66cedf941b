#!/usr/bin/env python3
"""Adds up what the test suites reported: count_results.py RESULTS_DIR SUITES_RUN

RESULTS_DIR holds one file per suite: JUnit XML of pytest, or *.json, the log of meson test (whose own JUnit file does not
show a test that ran out of time). It also holds the reports that sanitizers left (sanitizer.*). A suite that left no readable
file counts as one failure, and so does each sanitizer report: silence is never success. Skipped tests are named and count
as neither. The last line printed is "N passed, N failed"; the exit status is 1 when anything failed.
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

# What cmocka prints at the end of a test program: Meson knows only the program, we count the tests in it.
CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test\(s\)", re.M)
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] [^\n]*?(\d+) test\(s\), listed below", re.M)


class Totals:
    def __init__(self) -> None:
        self.passed = 0
        self.failures: list[str] = []
        self.skipped: list[str] = []

    def add(self, name: str, result: str, passed: int = 1, failed: int = 0) -> None:
        """result: "ok", "skipped", or anything else for a failure; the numbers are those of the tests inside."""
        if result == "skipped":
            self.skipped.append(name)
        elif result == "ok" and not failed:
            self.passed += max(1, passed)
        else:
            self.passed += passed
            self.failures += [name] * max(1, failed)

    def add_meson(self, path: pathlib.Path) -> int:
        results = {"OK": "ok", "EXPECTEDFAIL": "ok", "SKIP": "skipped"}
        tests = [json.loads(line) for line in path.read_text().splitlines()]
        for test in tests:
            output = test.get("stdout", "") + "\n" + test.get("stderr", "")
            result = results.get(test["result"], "failed")
            self.add(
                test["name"],
                result,
                sum(map(int, CMOCKA_PASSED.findall(output))),
                sum(map(int, CMOCKA_FAILED.findall(output))),
            )
        return len(tests)

    def add_junit(self, path: pathlib.Path) -> int:
        cases = list(ElementTree.parse(path).iter("testcase"))
        for case in cases:
            name = f"{case.get('classname')}: {case.get('name')}"
            bad = case.find("failure") is not None or case.find("error") is not None
            skipped = case.find("skipped") is not None
            self.add(name, "failed" if bad else "skipped" if skipped else "ok", 0 if bad else 1)
        return len(cases)


def main(results_dir: str, suites_run: int) -> int:
    totals = Totals()
    files = sorted(path for path in pathlib.Path(results_dir).iterdir() if path.suffix in (".xml", ".json"))
    for path in files:
        try:
            count = totals.add_meson(path) if path.suffix == ".json" else totals.add_junit(path)
        except (ElementTree.ParseError, json.JSONDecodeError, KeyError) as error:
            totals.failures.append(f"{path.name}: {error}")
            continue
        if count == 0:
            totals.failures.append(f"{path.name}: no test ran")
    totals.failures += ["a suite ended without a result"] * (suites_run - len(files))
    totals.failures += [f"sanitizer report: {path}" for path in sorted(pathlib.Path(results_dir).glob("sanitizer*"))]

    for name in totals.skipped:
        print(f"skipped  {name}")
    for name in totals.failures:
        print(f"FAILED   {name}")
    print(f"{totals.passed} passed, {len(totals.failures)} failed")
    return 1 if totals.failures or not totals.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
