"""What one run of the bench has: its programs, its folder, its people, and the table it fills."""
import functools
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

from .people import People
from .server import SETTINGS, Server


class Bench:
    def __init__(self, build: pathlib.Path, work: pathlib.Path, quick: bool, pinned: bool) -> None:
        self.work, self.quick, self.pinned = work, quick, pinned
        # Copies, so that a build meanwhile does not change what is measured.
        self.programs = work / "bin"
        self.programs.mkdir()
        for program in [build / "src/app/molva", *(build / "tests/bench").glob("bench_*"),
                        *(build / "src/adapters").glob("*/molva-*.so")]:
            if program.is_file():
                shutil.copy(program, self.programs)
        self.rows: list[tuple[str, str, str, str]] = []
        self.data = work / "data"

    def row(self, what: str, figure: str, target: str = "", met: bool | None = None) -> None:
        verdict = "" if met is None else ("met" if met else "MISSED")
        self.rows.append((what, figure, target, verdict))

    def server(self, leave_a_core: bool = False, **settings: str) -> Server:
        return Server(self.programs, self.data, SETTINGS | settings, leave_a_core)

    @functools.cached_property
    def people(self) -> People:
        """Of the embedded server."""
        with self.server() as server:
            people = People(server.port)
            people.make_small_groups()
            return people

    def clients(self, name: str, lines: list[tuple[str, str]]) -> pathlib.Path:
        path = self.work / name
        path.write_text("".join(f"{token} {conversation}\n" for token, conversation in lines))
        return path

    def run(self, program: str, environment: dict[str, str] | None = None, **options) -> dict[str, float]:
        arguments = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
        command = [self.programs / f"bench_{program}", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=900, env=os.environ | (environment or {}))
        if done.returncode != 0:
            sys.exit(f"{program} failed: {' '.join(map(str, command))}")
        return {name: float(value) for name, value in re.findall(r"(\w+)=([-\d.]+)", done.stdout)}

    def print(self, command: str) -> None:
        cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        print(f"\n`{command}` on {os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), "
              f"Linux {platform.release()}\n")
        print("| what | measured | target | |\n| --- | --- | --- | --- |")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")
