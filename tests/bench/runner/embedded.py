"""Measurements of one process with everything in it, on SQLite."""
import re
import shutil
import statistics
import sys
import time

from .people import LATENCY_MEMBERS, SENDERS, USERS
from .server import Server, http_get
from .session import Bench

SOCKETS_PER_USER = 30  # of the idle sockets


def fanout(bench: Bench) -> None:
    path = bench.clients("fanout.clients", bench.people.all_in_one())
    for senders, name, target in ((1, "one message at a time", 1.3), (32, "32 senders at once", 0.25)):
        with bench.server(leave_a_core=bench.pinned) as server:
            got = bench.run(
                "fanout", port=server.port, pid=server.pid, clients=path, sockets=USERS, senders=senders,
                seconds=1 if bench.quick else 4, rounds=3 if bench.quick else 5, bytes=200, pinned=int(bench.pinned),
            )
        bench.row(
            f"fan-out to {USERS} sockets, {name}",
            f"{got['ratio']:.2f}x ({got['server_us']:.2f} us per delivery; bare send() {got['bare_us']:.2f} us; "
            f"{got['deliveries_s']:,.0f} deliveries/s)",
            f"<= {target}x",
            got["ratio"] <= target,
        )


def idle(bench: Bench) -> None:
    people = bench.people  # with them there are data
    starts = []
    for _ in range(3 if bench.quick else 7):
        with Server(bench.programs, bench.data, {"MOLVA_LOG_LEVEL": "warn"}, False) as server:  # as everybody starts it
            starts.append(server.ready_ms)
            time.sleep(1)  # what a server without clients settles at
            resident = server.memory_kib("VmRSS") / 1024
    bench.row("start to ready, existing data", f"{statistics.median(starts):.0f} ms", "<= 150 ms",
              statistics.median(starts) <= 150)
    bench.row("resident memory, no clients", f"{resident:.1f} MiB", "<= 15 MiB", resident <= 15)

    second = 3000 if bench.quick else 15000
    first = second // 3
    users = second // SOCKETS_PER_USER
    lines = [(people.users[i % users][1], people.everyone) for i in range(second)]
    with bench.server() as server:
        got = bench.run("idle", port=server.port, pid=server.pid, clients=bench.clients("idle.clients", lines),
                        first=first, second=second)
    bench.row(
        f"memory per idle socket, {first:,} to {second:,} sockets",
        f"{got['bytes_per_socket']:.0f} bytes ({got['start_kib'] / 1024:.1f} MiB without any, "
        f"then {got['first_kib'] / 1024:.1f} and {got['second_kib'] / 1024:.1f} MiB)",
        "<= 1024 bytes",
        got["bytes_per_socket"] <= 1024,
    )


def sends(bench: Bench) -> None:
    path = bench.clients("sends.clients", bench.people.in_pairs())
    seconds = 2 if bench.quick else 4
    for mode, name in (("ws", "WebSocket calls"), ("http", "HTTP")):
        rounds = []
        for _ in range(1 if bench.quick else 5):  # by turns, so that both see the same machine
            with bench.server() as server:
                got = bench.run("sends", mode=mode, port=server.port, pid=server.pid, clients=path,
                                sockets=SENDERS, seconds=seconds, bytes=200)
                got["batch"] = commit_batch(http_get(server.port, "/metrics")[1])
            got["bare"] = bare_writer(bench, int(got["batch"]), seconds)
            got["ratio"] = got["sends_s"] / got["bare"]
            rounds.append(got)
            print(f"  {name}: {got['sends_s']:,.0f}/s, bare {got['bare']:,.0f}/s", file=sys.stderr)
        median = {key: statistics.median(got[key] for got in rounds) for key in rounds[0]}
        bench.row(
            f"durable sends, {SENDERS} clients, {name}",
            f"{median['ratio']:.2f}x ({median['sends_s']:,.0f}/s, {median['cpu_us']:.0f} us of CPU each; "
            f"p50 {median['p50_us'] / 1000:.1f}, p90 {median['p90_us'] / 1000:.1f}, "
            f"p99 {median['p99_us'] / 1000:.1f} ms; bare SQLite {median['bare']:,.0f}/s "
            f"in batches of {median['batch']:.0f})",
            ">= 0.5x",
            median["ratio"] >= 0.5,
        )


def bare_writer(bench: Bench, batch: int, seconds: int) -> float:
    """The same rows into a copy of the same database, by a program that does nothing else."""
    copy = bench.work / "bare"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for file in bench.data.glob("message.db*"):
        shutil.copy(file, copy)
    got = bench.run("sqlite", db=copy / "message.db", batch=batch, seconds=seconds, bytes=200)
    return got["rows_s"]


def latency(bench: Bench) -> None:
    lines = [(token, bench.people.hundred) for _, token in bench.people.users[:LATENCY_MEMBERS]]
    with bench.server() as server:
        got = bench.run("latency", port=server.port, clients=bench.clients("latency.clients", lines),
                        sockets=LATENCY_MEMBERS, rate=1000, seconds=3 if bench.quick else 10)
    for part, name in (("commit", "due to answered"), ("deliver", f"due to delivered, each of {LATENCY_MEMBERS} members")):
        bench.row(
            f"1,000 messages/s, {name}",
            f"p50 {got[part + '_p50_us'] / 1000:.1f} ms, p99 {got[part + '_p99_us'] / 1000:.1f} ms",
        )


def grpc(bench: Bench) -> None:
    for callers in (1, 16, 64):
        got = bench.run("grpc", callers=callers, seconds=1 if bench.quick else 4)
        bench.row(
            f"call between services, {callers} at once",
            f"{got['grpc_cpu_us']:.0f} us of CPU over gRPC, both ends ({got['grpc_calls_s']:,.0f}/s), "
            f"{got['local_cpu_us']:.2f} us inside the process ({got['local_calls_s']:,.0f}/s)",
        )


def commit_batch(metrics: str) -> int:
    """Average number of writes that the message database committed together."""
    total = {"sum": 0.0, "count": 0.0}
    for kind, labels, value in re.findall(r"^molva_db_commit_batch_(sum|count)(\{[^}]*\})? ([\d.e+]+)", metrics, re.M):
        if not labels or "message" in labels:
            total[kind] += float(value)
    return max(1, round(total["sum"] / total["count"])) if total["count"] else 1
