"""`./dev stack`: starts everything on this machine and prints one URL. See usage()."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools"))

from stack import LAYOUTS, Backends, Stack, StackError  # noqa: E402

FOLDER = ROOT / "build" / "stack"
STATE = FOLDER / "state.json"
# Of `./dev stack`, from --base-port on; the edge has a port of its own.
PORT_ORDER = ("postgres", "redis", "rabbitmq", *LAYOUTS["stack"], "molva")
PEOPLE_SETTINGS = {"MOLVA_REGISTRATION": "open"}


def ports_from(edge: int, base: int, layout: str) -> dict[str, int]:
    ports = {name: base + index for index, name in enumerate(PORT_ORDER)}
    ports |= {f"{name}.grpc": base + 20 + index for index, name in enumerate(PORT_ORDER)}
    return ports | {"edge": edge} | ({"molva": edge} if layout == "drivers" else {})


def build(options: dict) -> Stack:
    ports = ports_from(options["port"], options["base_port"], options["layout"])
    backends = Backends(FOLDER, postgres_port=ports["postgres"], rabbitmq_port=ports["rabbitmq"], durable=True)
    inherited = {name: value for name, value in os.environ.items() if name.startswith("MOLVA_")}
    return Stack(FOLDER, backends, options["binary"], layout=options["layout"], settings=PEOPLE_SETTINGS | inherited,
                 ports=ports)


def all_members(stack: Stack) -> list:
    return [*stack.backends.members, *stack.members]


def save(options: dict, stack: Stack) -> None:
    STATE.write_text(json.dumps({"options": options, "members": {m.name: m.state() for m in all_members(stack)}}, indent=1))


def load() -> tuple[dict, Stack] | None:
    """The stack of an earlier run, or None."""
    if not STATE.exists():
        return None
    state = json.loads(STATE.read_text())
    stack = build(state["options"])
    for member in all_members(stack):
        if member.name in state["members"]:
            member.adopt(state["members"][member.name])
    return state["options"], stack


def start(options: dict) -> None:
    known = load()
    if known and known[0] != options and any(member.running for member in all_members(known[1])):
        print("stack: one with other options runs; ./dev stack --stop ends it", file=sys.stderr)
        sys.exit(1)
    stack = known[1] if known and known[0] == options else build(options)
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        stack.backends.start()
        save(options, stack)
        stack.start()
    except BaseException:
        for member in reversed(all_members(stack)):
            member.stop()
        STATE.unlink(missing_ok=True)
        raise
    save(options, stack)
    code = stack.owner_code
    print(stack.url + (f"/#owner={code}" if code else "/"))


def status() -> int:
    known = load()
    if not known:
        print("stack: not started")
        return 1
    missing = 0
    for member in all_members(known[1]):
        ready = member.running and member.is_ready()
        missing += not ready
        url = getattr(member, "url", "")
        state = "ready" if ready else "not ready" if member.running else "stopped"
        print(f"{member.name:15} {state:10} pid {member.pid or '-':<8} {url if isinstance(url, str) else ''}")
    return 1 if missing else 0


def stop() -> None:
    known = load()
    if not known:
        print("stack: not started")
        return
    known[1].stop()
    known[1].backends.stop()
    STATE.unlink()


def logs(name: str) -> int:
    files = sorted(FOLDER.glob("*.log")) if name == "all" else [FOLDER / f"{name}.log"]
    if not all(file.exists() for file in files):
        print(f"stack: there is no member {name}", file=sys.stderr)
        return 2
    return subprocess.run(["tail", "-n", "50", *map(str, files)], check=False).returncode


def with_backends(command: list[str]) -> int:
    """Runs a command while PostgreSQL and RabbitMQ run for it: MOLVA_BACKENDS tells it where."""
    with tempfile.TemporaryDirectory(prefix="molva-backends-") as folder:
        os.chmod(folder, 0o755)  # user postgres has to get in
        with Backends(pathlib.Path(folder)) as backends:
            return subprocess.run(command, env=os.environ | {"MOLVA_BACKENDS": backends.export()}, check=False).returncode


def main() -> int:
    if sys.argv[1:2] == ["--with-backends"]:
        return with_backends(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="./dev stack", description=__doc__.splitlines()[0])
    parser.add_argument("--layout", choices=sorted(LAYOUTS), default="stack", help="drivers: one process for all services")
    parser.add_argument("--port", type=int, default=8080, help="of the URL that is printed (8080)")
    parser.add_argument("--base-port", type=int, default=17000, help="the first of the members' own ports (17000)")
    parser.add_argument("--binary", default=str(ROOT / "build/run/src/app/molva"), help="the server to run")
    parser.add_argument("--status", action="store_true", help="tells of every member whether it is ready")
    parser.add_argument("--logs", nargs="?", const="all", metavar="NAME", help="the end of a member's log, or of all")
    parser.add_argument("--stop", action="store_true", help="stops all; data stay in build/stack")
    arguments = parser.parse_args()
    if arguments.status:
        return status()
    if arguments.logs:
        return logs(arguments.logs)
    if arguments.stop:
        stop()
        return 0
    start({"layout": arguments.layout, "port": arguments.port, "base_port": arguments.base_port,
           "binary": arguments.binary})
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as failure:
        print(f"stack: {failure}", file=sys.stderr)
        sys.exit(1)
