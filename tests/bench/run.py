#!/usr/bin/env python3
"""Measures a server built for release, each figure beside a bare reference in the same run.

    ./dev bench [--quick] [--unpinned] [NAME...]        names: fanout idle sends latency grpc postgres stack cache web

Absolute rates say more about the machine than about Molva; the ratios carry over. docs/performance.md explains them and
holds the last figures. Limits of rate are off and password hashing is cheap, both of which only shorten the preparation.
"""
import argparse
import pathlib
import signal
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools"))

from runner import distributed, embedded, web  # noqa: E402
from runner.session import Bench  # noqa: E402

MEASUREMENTS = {
    "fanout": embedded.fanout,
    "idle": embedded.idle,
    "sends": embedded.sends,
    "latency": embedded.latency,
    "grpc": embedded.grpc,
    "postgres": distributed.postgres,
    "stack": distributed.stack,
    "cache": distributed.cache,
    "web": web.web,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/run"), help="build folder")
    parser.add_argument("--quick", action="store_true", help="short rounds: whether it works, not how fast it is")
    parser.add_argument("--unpinned", action="store_true", help="fan-out: let the scheduler place clients and server")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    options = parser.parse_args()
    unknown = set(options.names) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"no such measurement: {', '.join(unknown)}")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped then too
    with tempfile.TemporaryDirectory(prefix="molva-bench-", dir=options.build) as work:
        folder = pathlib.Path(work).resolve()
        folder.chmod(0o755)  # user postgres has to get in
        bench = Bench(options.build.resolve(), folder, options.quick, not options.unpinned)
        for name in options.names or MEASUREMENTS:
            print(name, file=sys.stderr)
            MEASUREMENTS[name](bench)
        flags = [f"--{name}" for name in ("quick", "unpinned") if getattr(options, name)]
        bench.print(" ".join(["./dev bench", *flags, *options.names]))
    return 0 if all(row[3] != "MISSED" for row in bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
