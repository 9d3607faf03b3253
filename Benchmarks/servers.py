"""Builds the load program and the yardstick, and starts the servers that are compared."""

import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / ".build-bench"
LOAD = OUTPUT / "load"
YARDSTICK = OUTPUT / "yardstick"
DATA = Path(os.environ.get("DATA", OUTPUT)).resolve() / "bench-data"  # removed without asking, so of a name of its own
COMPILER = shutil.which("cc") or shutil.which("clang")  # the latter comes with Swift
COMPILE = [COMPILER, "-std=gnu11", "-O2", "-Wall", "-Wextra"]
LISTENING = re.compile(r"ws://127\.0\.0\.1:(\d+)")
LIBRARIES = {LOAD: ["-lz"], YARDSTICK: []}
START_SECONDS = 15

ROUTER, TICK, RECIPIENT = "router", "yardstick", "write-per-recipient"

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = os.environ.get("SERVER_CORE", str(CORES[0]))
LOAD_CORE = os.environ.get("LOAD_CORE", str(CORES[min(1, len(CORES) - 1)]))


class Failed(Exception):
    """Something did not start or did not pass the load program's checks; the text says what."""


def build_programs():
    """Compiles the load program and the yardstick, where they are older than what they are made of."""
    OUTPUT.mkdir(exist_ok=True)
    for program in (LOAD, YARDSTICK):
        folder = ROOT / "Benchmarks" / program.name
        made_of = [*folder.iterdir(), Path(__file__)]
        if not program.exists() or program.stat().st_mtime < max(path.stat().st_mtime for path in made_of):
            subprocess.run([*COMPILE, "-o", program, *sorted(folder.glob("*.c")), *LIBRARIES[program]], check=True)


def build_router():
    """Builds the router unless ROUTER names one; returns its path."""
    if "ROUTER" in os.environ:
        return Path(os.environ["ROUTER"]).resolve()
    release = ["swift", "build", "-c", "release"]
    subprocess.run([*release, "--product", "router"], cwd=ROOT, check=True)
    shown = subprocess.run([*release, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return Path(shown.stdout.strip()) / "router"


@dataclass
class Subject:
    """Whom a line measures: a server, with settings or options of its own."""

    name: str
    kind: str
    added: dict = field(default_factory=dict)     # settings at the top of the router's configuration
    left_out: tuple = ()                          # settings of Benchmarks/bench.yaml, of any section
    options: list = field(default_factory=list)   # of the yardstick
    load: dict = field(default_factory=dict)      # options of the load program
    on_all_cores: bool = False
    journal: str = ""                             # its settings, such as "store: sqlite"; the folder is DATA

    def settings(self):
        return {**self.added, "journal": f"{{{self.journal}}}"} if self.journal else self.added


def without(lines, names):
    """A configuration without these settings, and without what belongs to those that are sections."""
    starts = tuple(f"{name}:" for name in names)
    is_left_out = False
    for line in lines:
        if not (is_left_out and line.startswith(" ")):
            is_left_out = line.startswith(starts)
        if not is_left_out and not line.strip().startswith(starts):
            yield line


def configuration(added, left_out=()):
    """Writes Benchmarks/bench.yaml with settings added and others left at their defaults; returns where.

    Benchmarks/plugins.yaml lies beside the copy as it lies beside the original.
    """
    folder = ROOT / "Benchmarks"
    shutil.copy(folder / "plugins.yaml", OUTPUT)
    kept = list(without((folder / "bench.yaml").read_text().splitlines(), (*added, *left_out)))
    # A section of which nothing is left would be an error.
    kept = [line for line, following in zip(kept, [*kept[1:], ""])
            if not (re.fullmatch(r"\w+:", line) and not following.startswith(" "))]
    path = OUTPUT / "bench.yaml"
    path.write_text("\n".join([*(f"{name}: {value}" for name, value in added.items()), *kept]) + "\n")
    return path


def takes(router, setting, value, left_out=()):
    """Whether this router has a setting of that name, at the top of its configuration."""
    check = [router, "check", "--config", configuration({setting: value}, left_out)]
    return subprocess.run(check, capture_output=True).returncode == 0


def file_system(folder):
    """The kind of file system that a folder is on, or is to be made on, such as ext4 or tmpfs."""
    while not folder.exists():
        folder = folder.parent
    shown = subprocess.run(["df", "--output=fstype", folder], check=True, capture_output=True, text=True)
    return shown.stdout.split()[-1]


class Server:
    """A server on its core, with nobody connected yet; leaving the `with` block ends it.

    Its data folder is made anew unless it is to go on with what is there.
    """

    def __init__(self, subject, router, added, goes_on=False):
        if subject.kind == ROUTER:
            settings = configuration({**added, **subject.settings()}, subject.left_out)
            command = [router, "--config", settings, "--listen", "127.0.0.1:0"]
            if subject.journal:
                command += ["--data", DATA]
                if not goes_on:
                    shutil.rmtree(DATA, ignore_errors=True)
        else:
            way = ["--write-per-recipient"] if subject.kind == RECIPIENT else []
            command = [YARDSTICK, *way, *subject.options]
        cores = f"{SERVER_CORE},{LOAD_CORE}" if subject.on_all_cores else SERVER_CORE
        self.log = OUTPUT / f"{subject.kind}.log"
        self.process = subprocess.Popen(
            ["taskset", "-c", cores, *command], stdin=subprocess.DEVNULL, stdout=self.log.open("w"),
            stderr=subprocess.STDOUT)
        self.port = self.wait_for_port()

    def wait_for_port(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := LISTENING.search(self.log.read_text()):
                return int(found.group(1))
            time.sleep(0.005)
        self.process.kill()
        raise Failed(f"{self.log.stem} did not start:\n{self.log.read_text()}")

    def load(self, mode, options):
        """Drives the server; returns what the load program measured, by name."""
        options = {**options, "port": self.port, "pid": self.process.pid}
        arguments = [mode, *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
        run = subprocess.run(
            ["taskset", "-c", LOAD_CORE, LOAD, *arguments], capture_output=True, text=True)
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
