"""The server under measurement, and how to speak to it."""
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

SETTINGS = {
    "MOLVA_RATE_LIMITS": "off",
    "MOLVA_REGISTRATION": "open",
    "MOLVA_PASSWORD_MEMORY_KIB": "8",
    "MOLVA_PASSWORD_PASSES": "1",
    "MOLVA_ACCESS_TOKEN_SECONDS": "86400",
    "MOLVA_LOG_LEVEL": "warn",
}


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
