"""The web client in a browser, served by the server under test: Lighthouse, sizes, and the scripts of web/bench.

Node.js, the packages of web/ and of tests/bench/lighthouse, and Chromium are there: ./dev sees to it.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

from .server import SETTINGS, Server
from .session import Bench

ROOT = pathlib.Path(__file__).resolve().parents[3]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
CHROMIUM_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
# category: lowest score of 100
DESKTOP = {"performance": 95, "accessibility": 100, "best-practices": 100}
MOBILE = {"performance": 75}
SHIFT_MAX = 0.02
PAINT_MAX_MS = 1000
SCRIPTS = ["composer", "timeline", "memory", "felt"]


def lighthouse(url: str, work: pathlib.Path, *options: str) -> dict:
    report = work / "lighthouse.json"
    profile = work / "lighthouse-profile"
    command = [
        ROOT / "tests/bench/lighthouse/node_modules/.bin/lighthouse", url, "--quiet", "--no-enable-error-reporting",
        "--output=json", f"--output-path={report}", f"--chrome-flags={CHROMIUM_FLAGS} --user-data-dir={profile}", *options,
    ]
    # On a busy machine the browser at times starts too late for its trace ("NO_NAVSTART"): nothing was measured then.
    for _ in range(3):
        if subprocess.run(command, env={**os.environ, "CHROME_PATH": CHROMIUM}, timeout=300, stdout=sys.stderr).returncode == 0:
            return json.loads(report.read_text())
    sys.exit("lighthouse could not measure")


def rate(row, url: str, work: pathlib.Path) -> None:
    for name, targets, options in (("desktop", DESKTOP, ["--preset=desktop"]), ("mobile", MOBILE, [])):
        report = lighthouse(url, work, *options)
        for category, lowest in targets.items():
            score = round(100 * report["categories"][category]["score"])
            row(f"Lighthouse {name}, {category}", str(score), f">= {lowest}", score >= lowest)
        shift = report["audits"]["cumulative-layout-shift"]["numericValue"]
        row(f"Lighthouse {name}, layout shift", f"{shift:.3f}", f"<= {SHIFT_MAX}", shift <= SHIFT_MAX)
        if name == "desktop":
            paint = report["audits"]["first-contentful-paint"]["numericValue"]
            row("Lighthouse desktop, first contentful paint", f"{paint:.0f} ms", f"<= {PAINT_MAX_MS} ms", paint <= PAINT_MAX_MS)


def sizes(row) -> None:
    done = subprocess.run(["node_modules/.bin/size-limit", "--json"], cwd=ROOT / "web", stdout=subprocess.PIPE, text=True)
    for size in json.loads(done.stdout):
        if not size["name"].startswith("chunk "):
            row(f"{size['name']}, gzip", f"{size['size'] / 1000:.1f} kB", f"<= {size['sizeLimit'] / 1000:.0f} kB", size["passed"])


def scripts(row, url: str, quick: bool) -> None:
    """Each prints rows "| what | measured | budget | met |" and ends with 1 when one was missed."""
    for name in SCRIPTS:
        print(f"  {name}", file=sys.stderr)
        command = ["node", f"bench/{name}.mjs", "--url", url, *(["--quick"] if quick else [])]
        done = subprocess.run(command, cwd=ROOT / "web", stdout=subprocess.PIPE, text=True, timeout=1800)
        rows = re.findall(r"^\| (.+) \| (.+) \| (.+) \| (met|MISSED) \|$", done.stdout, re.M)
        for what, figure, budget, verdict in rows:
            row(what, figure, f"<= {budget}", verdict == "met")
        missed = any(verdict == "MISSED" for *_, verdict in rows)
        if not rows or done.returncode != int(missed):
            row(f"bench/{name}.mjs", f"broke off with {done.returncode} after {len(rows)} figures", "", False)


def web(bench: Bench) -> None:
    with Server(bench.programs, bench.work / "web", SETTINGS, False) as server:
        url = f"http://127.0.0.1:{server.port}"
        sizes(bench.row)
        rate(bench.row, url, bench.work)
        scripts(bench.row, url, bench.quick)
