"""Builds the load program and the yardstick, and starts the servers that are compared."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / ".build-bench"
LOAD = OUTPUT / "load"
YARDSTICK = OUTPUT / "yardstick"
COMPILE = ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
LISTENING = re.compile(r"ws://127\.0\.0\.1:(\d+)")
START_SECONDS = 15

ROUTER, TICK, RECIPIENT = "router", "yardstick", "write-per-recipient"
ALL = (ROUTER, TICK, RECIPIENT)

SERVER_CORE = os.environ.get("SERVER_CORE", "0")
LOAD_CORE = os.environ.get("LOAD_CORE", "1")


class Failed(Exception):
    """Something did not start or did not pass the load program's checks; the text says what."""


def build():
    """Compiles the two C programs, and the router unless ROUTER names one; returns the router's path."""
    OUTPUT.mkdir(exist_ok=True)
    for program in (LOAD, YARDSTICK):
        sources = sorted((ROOT / "Benchmarks" / program.name).glob("*.c"))
        subprocess.run([*COMPILE, "-o", program, *sources], check=True)
    if "ROUTER" in os.environ:
        return Path(os.environ["ROUTER"]).resolve()
    release = ["swift", "build", "-c", "release"]
    subprocess.run([*release, "--product", "router"], cwd=ROOT, check=True)
    shown = subprocess.run([*release, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip()) / "router"


def configuration(added=None, left_out=()):
    """Writes Benchmarks/bench.yaml with top-level settings added and others, of any section, left at their defaults.

    Returns the copy's path; Benchmarks/plugins.yaml lies beside it as beside the original.
    """
    folder = ROOT / "Benchmarks"
    shutil.copy(folder / "plugins.yaml", OUTPUT)
    added = added or {}
    kept = [line for line in (folder / "bench.yaml").read_text().splitlines()
            if not line.strip().startswith(tuple(f"{name}:" for name in (*added, *left_out)))]
    path = OUTPUT / "bench.yaml"
    path.write_text("\n".join([*(f"{name}: {value}" for name, value in added.items()), *kept]) + "\n")
    return path


class Server:
    """One of the servers on its core, with nobody connected yet; leaving the `with` block ends it."""

    def __init__(self, kind, router, settings, options=(), cores=SERVER_CORE):
        command = {
            ROUTER: [router, "--config", settings, "--listen", "127.0.0.1:0"],
            TICK: [YARDSTICK, *options],
            RECIPIENT: [YARDSTICK, "--write-per-recipient", *options],
        }[kind]
        self.log = OUTPUT / f"{kind}.log"
        self.process = subprocess.Popen(
            ["taskset", "-c", cores, *command], stdin=subprocess.DEVNULL, stdout=self.log.open("w"),
            stderr=subprocess.STDOUT)
        self.port = self.wait_for_port()

    def wait_for_port(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := LISTENING.search(self.log.read_text()):
                return int(found.group(1))
            time.sleep(0.02)
        self.process.kill()
        raise Failed(f"{self.log.stem} did not start:\n{self.log.read_text()}")

    def load(self, arguments):
        """Drives the server; returns what the load program measured, by name."""
        ends = ["--port", str(self.port), "--pid", str(self.process.pid)]
        run = subprocess.run(
            ["taskset", "-c", LOAD_CORE, LOAD, *arguments, *ends], capture_output=True, text=True)
        if run.returncode != 0:
            said = self.log.read_text()[-2000:]
            raise Failed(f"{self.log.stem}: load {' '.join(arguments)}\n{run.stderr.strip()}\n{said}".strip())
        return {name: float(value) for name, value in (pair.split("=") for pair in run.stdout.split())}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            print(f"bench: {self.log.stem} did not stop when asked to", file=sys.stderr)
