"""Measurements of what is beside or behind a server: PostgreSQL, the whole stack of processes, Redis as the cache."""
import contextlib
import os
import pathlib
import statistics
import sys
from collections.abc import Iterator

from stack import Backends, Member, Stack
from stack.backends import Redis
from stack.ports import free_port
from stack.process import children_of

from .people import FEW_MEMBERS, SENDERS, USERS, People
from .server import SETTINGS
from .session import Bench

CONNECTIONS = 16  # to each database: the default of the server
LATENCY_RATE = 100
BARE_DATABASE = "bench_bare"


@contextlib.contextmanager
def running(bench: Bench, layout: str) -> Iterator[Stack]:
    """The processes of a layout, on servers that flush what they confirm."""
    folder = bench.work / layout
    with Backends(folder, durable=True) as backends:
        with Stack(folder, backends, bench.programs / "molva", layout=layout, settings=SETTINGS) as stack:
            yield stack


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(got[key] for got in rounds) for key in rounds[0]}


# ---- postgres ----


def postgres(bench: Bench) -> None:
    with running(bench, "drivers") as stack:
        path = bench.clients("postgres.clients", People(stack["molva"].port, count=SENDERS).in_pairs())
        for mode, name in (("ws", "WebSocket calls"), ("http", "HTTP")):
            rounds = [_postgres_round(bench, stack, path, mode) for _ in range(1 if bench.quick else 5)]
            got = medians(rounds)
            bench.row(
                f"durable sends on PostgreSQL, {SENDERS} clients, {name}",
                f"{got['ratio']:.2f}x ({got['sends_s']:,.0f}/s, CPU each: {got['cpu_us']:.0f} us of the server, "
                f"{got['backend_us']:.0f} us of PostgreSQL; p50 {got['p50_us'] / 1000:.1f}, "
                f"p99 {got['p99_us'] / 1000:.1f} ms; bare libpq on {CONNECTIONS} connections {got['bare_s']:,.0f}/s, "
                f"{got['bare_cpu']:.0f} and {got['bare_backend']:.0f} us; with {SENDERS} under way {got['deep_s']:,.0f}/s)",
                ">= 0.5x",
                got["ratio"] >= 0.5,
            )


def _postgres_round(bench: Bench, stack: Stack, path: pathlib.Path, mode: str) -> dict[str, float]:
    """The server, then the reference: by turns, so that both see the same machine."""
    molva, database = stack["molva"], stack["postgres"]
    seconds = 2 if bench.quick else 4
    molva.start()
    got = bench.run("sends", mode=mode, port=molva.port, pid=molva.pid, backends=database.pid, clients=path,
                    sockets=SENDERS, seconds=seconds, bytes=200)
    molva.stop()
    bare = _bare_libpq(bench, stack, seconds, depth=1)
    deep = _bare_libpq(bench, stack, seconds, depth=SENDERS // CONNECTIONS)
    print(f"  {mode}: {got['sends_s']:,.0f}/s, bare {bare['rows_s']:,.0f}/s, {deep['rows_s']:,.0f}/s", file=sys.stderr)
    return got | {"bare_s": bare["rows_s"], "bare_cpu": bare["cpu_us"], "bare_backend": bare["backend_us"],
                  "deep_s": deep["rows_s"], "ratio": got["sends_s"] / bare["rows_s"]}


def _bare_libpq(bench: Bench, stack: Stack, seconds: int, depth: int) -> dict[str, float]:
    """The same rows into a copy of the same database, on the same server."""
    server = stack["postgres"]
    role = "molva_message"
    server.sql(f"CREATE DATABASE {BARE_DATABASE} OWNER {role} TEMPLATE {stack.prefix}_message;")
    try:
        password = pathlib.Path(server.password_file.replace("{service}", "message")).read_text().strip()
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(server.port), "PGDATABASE": BARE_DATABASE, "PGUSER": role,
                 "PGPASSWORD": password}
        return bench.run("postgres", where, connections=CONNECTIONS, depth=depth, seconds=seconds, bytes=200,
                         backends=server.pid)
    finally:
        server.sql(f"DROP DATABASE {BARE_DATABASE} WITH (FORCE);")


# ---- stack ----


def stack(bench: Bench) -> None:
    with running(bench, "stack") as processes:
        people = People(processes.edge.port)
        _added_latency(bench, processes, people)
        _two_gateways(bench, processes, people)


def _added_latency(bench: Bench, processes: Stack, people: People) -> None:
    def few(name: str, of: People) -> pathlib.Path:
        return bench.clients(f"{name}.clients", [(token, of.few) for _, token in of.users[:FEW_MEMBERS]])

    def measure(port: int, path: pathlib.Path) -> dict[str, float]:
        return bench.run("latency", port=port, clients=path, sockets=FEW_MEMBERS, rate=LATENCY_RATE,
                         seconds=3 if bench.quick else 10)

    here, there = few("embedded", bench.people), few("stack", people)
    embedded, stacked = [], []
    for _ in range(1 if bench.quick else 5):
        with bench.server() as server:
            embedded.append(measure(server.port, here))
        stacked.append(measure(processes.edge.port, there))
    one, all_of_it = medians(embedded), medians(stacked)
    for part, name in (("commit", "due to answered"), ("deliver", f"due to delivered, each of {FEW_MEMBERS} members")):
        p50, p99 = (f"{part}_{percent}_us" for percent in ("p50", "p99"))
        bench.row(
            f"{LATENCY_RATE} messages/s through the whole stack, {name}",
            f"p50 +{(all_of_it[p50] - one[p50]) / 1000:.1f} ms, p99 +{(all_of_it[p99] - one[p99]) / 1000:.1f} ms "
            f"(stack {all_of_it[p50] / 1000:.1f} and {all_of_it[p99] / 1000:.1f}, "
            f"embedded {one[p50] / 1000:.1f} and {one[p99] / 1000:.1f} ms)",
        )


def _two_gateways(bench: Bench, processes: Stack, people: People) -> None:
    """Sockets on the gateways' own ports: nginx would only add its copying."""
    if bench.pinned:
        for member in processes.members:
            leave_a_core(member)
    path = bench.clients("gateways.clients", people.all_in_one())
    gateways = processes.of("notification")
    for senders, name in ((1, "one message at a time"), (32, "32 senders at once")):
        got = {}
        for count in (1, 2):
            got[count] = bench.run(
                "fanout", port=",".join(str(gateway.port) for gateway in gateways[:count]),
                pid=",".join(str(gateway.pid) for gateway in gateways), clients=path, sockets=USERS, senders=senders,
                seconds=1 if bench.quick else 4, rounds=3 if bench.quick else 5, bytes=200, pinned=int(bench.pinned))
        one, two = got[1], got[2]
        bench.row(
            f"fan-out to {USERS} sockets on two gateways, {name}",
            f"{two['server_us'] / one['server_us']:.2f}x of one gateway ({two['server_us']:.2f} us per delivery of both, "
            f"{two['ratio']:.2f}x of bare send(), {two['deliveries_s']:,.0f} deliveries/s; "
            f"one gateway {one['server_us']:.2f} us, {one['ratio']:.2f}x, {one['deliveries_s']:,.0f}/s)",
        )


def leave_a_core(member: Member) -> None:
    """All threads of a running member, and of its children, stay off the last core, which is the clients'."""
    cores = os.sched_getaffinity(0)
    if len(cores) < 2:
        return
    for pid in (member.pid, *children_of(member.pid)):
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), cores - {max(cores)})


# ---- cache ----


def cache(bench: Bench) -> None:
    redis = Redis(bench.work / "cache", free_port())
    try:
        redis.start()
        for callers in (1, 16):
            _cache_calls(bench, redis, callers)
        _sends_with_caches(bench, redis)
    finally:
        redis.stop()


def _cache_calls(bench: Bench, redis: Redis, callers: int) -> None:
    seconds = 1 if bench.quick else 4
    memory = bench.run("cache", driver="memory", callers=callers, seconds=seconds)
    remote = bench.run("cache", driver="redis", callers=callers, seconds=seconds, redis=redis.url,
                       password_file=redis.password_file, backends=redis.pid)
    for part, name in (("hit", "cache hit"), ("miss", "cache miss and the put after it")):
        bench.row(
            f"{name}, {callers} at once",
            f"memory {memory[part + '_us']:.2f} us, {memory[part + '_cpu_us']:.2f} us of CPU; "
            f"Redis {remote[part + '_us']:.0f} us, {remote[part + '_cpu_us']:.1f} us of CPU and "
            f"{remote[part + '_backend_us']:.1f} us of its own",
        )


def _sends_with_caches(bench: Bench, redis: Redis) -> None:
    """The setting moves both to Redis: the cache, and live fan-out."""
    path = bench.clients("cache.clients", bench.people.in_pairs())
    with_redis = {"MOLVA_REDIS": redis.url, "MOLVA_REDIS_PASSWORD_FILE": str(redis.password_file)}
    rounds: dict[str, list] = {"memory": [], "redis": []}
    for _ in range(1 if bench.quick else 5):
        for name, settings in (("memory", {}), ("redis", with_redis)):
            with bench.server(**settings) as server:
                got = bench.run("sends", mode="http", port=server.port, pid=server.pid, backends=redis.pid, clients=path,
                                sockets=SENDERS, seconds=2 if bench.quick else 4, bytes=200)
            rounds[name].append(got)
    memory, remote = medians(rounds["memory"]), medians(rounds["redis"])
    bench.row(
        f"durable sends, {SENDERS} clients over HTTP, cache and fan-out in Redis",
        f"{remote['cpu_us']:.0f} us of CPU each and {remote['backend_us']:.0f} us of Redis ({remote['sends_s']:,.0f}/s; "
        f"p50 {remote['p50_us'] / 1000:.1f} ms); in memory {memory['cpu_us']:.0f} us ({memory['sends_s']:,.0f}/s; "
        f"p50 {memory['p50_us'] / 1000:.1f} ms)",
    )
