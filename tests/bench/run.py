#!/usr/bin/env python3
"""Measures a server built for release, each figure beside a bare reference in the same run.

    ./dev bench [--quick] [--unpinned] [NAME...]        names: fanout idle sends latency grpc web

Absolute rates say more about the machine than about Molva; the ratios carry over. docs/performance.md explains them and
holds the last figures. Limits of rate are off and password hashing is cheap, both of which only shorten the preparation.
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import web

SETTINGS = {
    "MOLVA_RATE_LIMITS": "off",
    "MOLVA_REGISTRATION": "open",
    "MOLVA_PASSWORD_MEMORY_KIB": "8",
    "MOLVA_PASSWORD_PASSES": "1",
    "MOLVA_ACCESS_TOKEN_SECONDS": "86400",
    "MOLVA_LOG_LEVEL": "warn",
}
USERS = 1000
SENDERS = 64
LATENCY_MEMBERS = 100
SOCKETS_PER_USER = 30  # of the idle sockets


class Server:
    """`molva serve` on a free port; a context manager."""

    def __init__(self, programs: pathlib.Path, data: pathlib.Path, settings: dict[str, str], leave_a_core: bool) -> None:
        cores = os.sched_getaffinity(0)
        started = time.monotonic()
        self.log = open(data.with_suffix(".log"), "ab")
        self.process = subprocess.Popen(
            [programs / "molva", "serve", "--data", data, "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env={**os.environ, **settings},
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores - {max(cores)} if leave_a_core and len(cores) > 1 else cores),
        )
        for line in self.process.stdout:
            url = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if url:
                break
        else:
            sys.exit(f"the server did not start: see {self.log.name}")
        self.port = int(url[1])
        self.pid = self.process.pid
        while http_get(self.port, "/readyz")[0] != 200:
            time.sleep(0.001)
        self.ready_ms = (time.monotonic() - started) * 1000

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def memory_kib(self, line: str) -> int:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(rf"^{line}:\s+(\d+)", status, re.M)[1])


def http_get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path)
    reply = connection.getresponse()
    return reply.status, reply.read().decode()


class Api:
    """JSON calls over kept connections, one per calling thread."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.local = threading.local()

    def post(self, path: str, body: dict, token: str = "") -> dict:
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.local.connection.request("POST", path, json.dumps(body), headers)
        reply = self.local.connection.getresponse()
        text = reply.read().decode()
        if reply.status != 200:
            sys.exit(f"POST {path}: {reply.status} {text}")
        return json.loads(text)


class Bench:
    def __init__(self, build: pathlib.Path, work: pathlib.Path, quick: bool, pinned: bool) -> None:
        self.work, self.quick, self.pinned = work, quick, pinned
        # Copies, so that a build meanwhile does not change what is measured.
        self.programs = work / "bin"
        self.programs.mkdir()
        for program in [build / "src/app/molva", *(build / "tests/bench").glob("bench_*")]:
            if program.is_file():
                shutil.copy(program, self.programs)
        self.rows: list[tuple[str, str, str, str]] = []
        self.data = work / "data"

    def row(self, what: str, figure: str, target: str = "", met: bool | None = None) -> None:
        verdict = "" if met is None else ("met" if met else "MISSED")
        self.rows.append((what, figure, target, verdict))

    def server(self, leave_a_core: bool = False) -> Server:
        return Server(self.programs, self.data, SETTINGS, leave_a_core)

    def prepare(self) -> None:
        """Users and the conversations that all measurements share."""
        with self.server() as server:
            api = Api(server.port)

            def register(number: int) -> tuple[str, str]:
                answer = api.post("/v1/auth/register", {"username": f"bench{number}", "password": f"password {number}"})
                return answer["user"]["id"], answer["access_token"]

            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                self.users = list(pool.map(register, range(USERS)))

            def conversation(kind: str, members: list[tuple[str, str]]) -> str:
                body = {"kind": kind, "member_ids": [user for user, _ in members[1:]]}
                if kind == "GROUP":
                    body["title"] = f"{len(members)} people"
                return api.post("/v1/conversations", body, members[0][1])["conversation"]["id"]

            self.everyone = conversation("GROUP", self.users)
            self.hundred = conversation("GROUP", self.users[:LATENCY_MEMBERS])
            self.pairs = [conversation("DIRECT", self.users[i : i + 2]) for i in range(0, SENDERS, 2)]
            for size in (10, 20):
                for i in range(0, USERS, size):
                    conversation("GROUP", self.users[i : i + size])

    def clients(self, name: str, lines: list[tuple[str, str]]) -> pathlib.Path:
        path = self.work / name
        path.write_text("".join(f"{token} {conversation}\n" for token, conversation in lines))
        return path

    def run(self, program: str, **options) -> dict[str, float]:
        arguments = [f"--{name}={value}" for name, value in options.items()]
        command = [self.programs / f"bench_{program}", *arguments]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=900)
        if done.returncode != 0:
            sys.exit(f"{program} failed: {' '.join(map(str, command))}")
        return {name: float(value) for name, value in re.findall(r"(\w+)=([-\d.]+)", done.stdout)}

    def fanout(self) -> None:
        path = self.clients("fanout.clients", [(token, self.everyone) for _, token in self.users])
        for senders, name, target in ((1, "one message at a time", 1.3), (32, "32 senders at once", 0.25)):
            with self.server(leave_a_core=self.pinned) as server:
                got = self.run(
                    "fanout", port=server.port, pid=server.pid, clients=path, sockets=USERS, senders=senders,
                    seconds=1 if self.quick else 4, rounds=3 if self.quick else 5, bytes=200, pinned=int(self.pinned),
                )
            self.row(
                f"fan-out to {USERS} sockets, {name}",
                f"{got['ratio']:.2f}x ({got['server_us']:.2f} us per delivery; bare send() {got['bare_us']:.2f} us; "
                f"{got['deliveries_s']:,.0f} deliveries/s)",
                f"<= {target}x",
                got["ratio"] <= target,
            )

    def idle(self) -> None:
        starts = []
        for _ in range(3 if self.quick else 7):
            with Server(self.programs, self.data, {"MOLVA_LOG_LEVEL": "warn"}, False) as server:  # as everybody starts it
                starts.append(server.ready_ms)
                time.sleep(1)  # what a server without clients settles at
                resident = server.memory_kib("VmRSS") / 1024
        self.row("start to ready, existing data", f"{statistics.median(starts):.0f} ms", "<= 150 ms",
                 statistics.median(starts) <= 150)
        self.row("resident memory, no clients", f"{resident:.1f} MiB", "<= 15 MiB", resident <= 15)

        second = 3000 if self.quick else 15000
        first = second // 3
        users = second // SOCKETS_PER_USER
        lines = [(self.users[i % users][1], self.everyone) for i in range(second)]
        with self.server() as server:
            got = self.run("idle", port=server.port, pid=server.pid, clients=self.clients("idle.clients", lines),
                           first=first, second=second)
        self.row(
            f"memory per idle socket, {first:,} to {second:,} sockets",
            f"{got['bytes_per_socket']:.0f} bytes ({got['start_kib'] / 1024:.1f} MiB without any, "
            f"then {got['first_kib'] / 1024:.1f} and {got['second_kib'] / 1024:.1f} MiB)",
            "<= 1024 bytes",
            got["bytes_per_socket"] <= 1024,
        )

    def sends(self) -> None:
        lines = [(self.users[i][1], self.pairs[i // 2]) for i in range(SENDERS)]
        path = self.clients("sends.clients", lines)
        seconds = 2 if self.quick else 4
        for mode, name in (("ws", "WebSocket calls"), ("http", "HTTP")):
            rounds = []
            for _ in range(1 if self.quick else 5):  # by turns, so that both see the same machine
                with self.server() as server:
                    got = self.run("sends", mode=mode, port=server.port, pid=server.pid, clients=path,
                                   sockets=SENDERS, seconds=seconds, bytes=200)
                    got["batch"] = commit_batch(http_get(server.port, "/metrics")[1])
                got["bare"] = self.bare_writer(int(got["batch"]), seconds)
                got["ratio"] = got["sends_s"] / got["bare"]
                rounds.append(got)
                print(f"  {name}: {got['sends_s']:,.0f}/s, bare {got['bare']:,.0f}/s", file=sys.stderr)
            median = {key: statistics.median(got[key] for got in rounds) for key in rounds[0]}
            self.row(
                f"durable sends, {SENDERS} clients, {name}",
                f"{median['ratio']:.2f}x ({median['sends_s']:,.0f}/s, {median['cpu_us']:.0f} us of CPU each; "
                f"p50 {median['p50_us'] / 1000:.1f}, p90 {median['p90_us'] / 1000:.1f}, "
                f"p99 {median['p99_us'] / 1000:.1f} ms; bare SQLite {median['bare']:,.0f}/s "
                f"in batches of {median['batch']:.0f})",
                ">= 0.5x",
                median["ratio"] >= 0.5,
            )

    def bare_writer(self, batch: int, seconds: int) -> float:
        """The same rows into a copy of the same database, by a program that does nothing else."""
        copy = self.work / "bare"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for file in self.data.glob("message.db*"):
            shutil.copy(file, copy)
        got = self.run("sqlite", db=copy / "message.db", batch=batch, seconds=seconds, bytes=200)
        return got["rows_s"]

    def latency(self) -> None:
        lines = [(token, self.hundred) for _, token in self.users[:LATENCY_MEMBERS]]
        with self.server() as server:
            got = self.run("latency", port=server.port, clients=self.clients("latency.clients", lines),
                           sockets=LATENCY_MEMBERS, rate=1000, seconds=3 if self.quick else 10)
        for part, name in (("commit", "due to answered"), ("deliver", f"due to delivered, each of {LATENCY_MEMBERS} members")):
            self.row(
                f"1,000 messages/s, {name}",
                f"p50 {got[part + '_p50_us'] / 1000:.1f} ms, p99 {got[part + '_p99_us'] / 1000:.1f} ms",
            )

    def grpc(self) -> None:
        for callers in (1, 16, 64):
            got = self.run("grpc", callers=callers, seconds=1 if self.quick else 4)
            self.row(
                f"call between services, {callers} at once",
                f"{got['grpc_cpu_us']:.0f} us of CPU over gRPC, both ends ({got['grpc_calls_s']:,.0f}/s), "
                f"{got['local_cpu_us']:.2f} us inside the process ({got['local_calls_s']:,.0f}/s)",
            )

    def web(self) -> None:
        self.data = self.work / "web"
        with self.server() as server:
            web.measure(self.row, f"http://127.0.0.1:{server.port}", self.work)

    def print(self, command: str) -> None:
        cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
        print(f"\n`{command}` on {os.cpu_count()} cores ({cpu[1] if cpu else platform.machine()}), "
              f"Linux {platform.release()}\n")
        print("| what | measured | target | |\n| --- | --- | --- | --- |")
        for row in self.rows:
            print("| " + " | ".join(row) + " |")


def commit_batch(metrics: str) -> int:
    """Average number of writes that the message database committed together."""
    total = {"sum": 0.0, "count": 0.0}
    for kind, labels, value in re.findall(r"^molva_db_commit_batch_(sum|count)(\{[^}]*\})? ([\d.e+]+)", metrics, re.M):
        if not labels or "message" in labels:
            total[kind] += float(value)
    return max(1, round(total["sum"] / total["count"])) if total["count"] else 1


def main() -> int:
    names = ["fanout", "idle", "sends", "latency", "grpc", "web"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/run"), help="build folder")
    parser.add_argument("--quick", action="store_true", help="short rounds: whether it works, not how fast it is")
    parser.add_argument("--unpinned", action="store_true", help="fanout: let the scheduler place clients and server")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(names))
    options = parser.parse_args()
    unknown = set(options.names) - set(names)
    if unknown:
        parser.error(f"no such measurement: {', '.join(unknown)}")

    with tempfile.TemporaryDirectory(prefix="molva-bench-", dir=options.build) as work:
        bench = Bench(options.build.resolve(), pathlib.Path(work).resolve(), options.quick, not options.unpinned)
        if set(options.names or names) != {"web"}:
            print(f"registering {USERS} users", file=sys.stderr)
            bench.prepare()
        for name in options.names or names:
            print(name, file=sys.stderr)
            getattr(bench, name)()
        flags = [f"--{name}" for name in ("quick", "unpinned") if getattr(options, name)]
        bench.print(" ".join(["./dev bench", *flags, *options.names]))
    return 0 if all(row[3] != "MISSED" for row in bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
