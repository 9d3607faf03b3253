"""The router under test: started again and again on one folder of data, and killed."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

import yaml

TRACES = ("Fatal error", "Stack dump", "Thread 0", "Program crashed", "precondition", "crashed with signal")
START_SECONDS = 20
STOP_SECONDS = 20
MUCH = 10_000
PLUGINS = [
    {"lobby": {"query_burst": MUCH, "queries_per_second": MUCH, "listed_users": 10}},
    "rename",
    {"rooms": {"rooms": ["general", "random", "gaming"], "query_burst": MUCH, "queries_per_second": MUCH}},
    {"history": {"query_burst": MUCH, "queries_per_second": MUCH}},
    "image",
    "private",
    "broadcast",
]


def free_port():
    """A port below those that clients' connections are given: a client that tries to connect while nobody listens would
    else meet itself there."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Server:
    """A folder with configuration, data and logs, one for each start. `settings` are added to the configuration."""

    def __init__(self, folder, settings=None):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.process = None
        self.is_stopping = False
        self.starts = 0
        self.start_seconds = []  # from starting the process to the first accepted connection
        self.faults = []
        (self.folder / "plugins.yaml").write_text(yaml.safe_dump({"pipeline": PLUGINS}))
        self.configure(settings or {})

    def configure(self, settings):
        """For the next start."""
        config = {
            "listen": f"127.0.0.1:{self.port}", "plugins": "plugins.yaml",
            "journal": {"store": "sqlite", "path": "data", "keep_private_messages": True},
        }
        for name, value in settings.items():
            config[name] = {**config[name], **value} if name in config else value
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    @property
    def log(self):
        return self.folder / f"router-{self.starts:03}.log"

    def launch(self):
        """Starts the process, and waits for nothing."""
        self.starts += 1
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [os.environ["ROUTER"], "--config", str(self.folder / "config.yaml")], stdin=subprocess.DEVNULL,
                stdout=log, stderr=subprocess.STDOUT)
        self.launched = time.monotonic()

    async def start(self):
        """Starts the process; on return it has accepted a connection."""
        self.launch()
        await self.accepting()

    async def accepting(self):
        while time.monotonic() - self.launched < START_SECONDS:
            if await self.accepts():
                self.start_seconds.append(time.monotonic() - self.launched)
                return
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.002)
        raise AssertionError(f"no connection was accepted within {START_SECONDS} s (exit code {self.process.poll()}):\n"
                             + self.log.read_text(errors="replace")[-2000:])

    async def accepts(self):
        """Whether a request is answered."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        try:
            writer.write(b"GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            return (await reader.read(12)).startswith(b"HTTP/1.1")
        except OSError:
            return False
        finally:
            writer.transport.abort()

    def kill(self):
        """kill -9; afterwards there is no process. One that was told to stop may have ended already."""
        is_stopping, self.is_stopping = self.is_stopping, False
        if self.process.poll() is None:
            self.process.kill()
        code = self.process.wait()
        self.ended(code, 0 if is_stopping and code == 0 else -signal.SIGKILL)

    def tell_to_stop(self):
        self.is_stopping = True
        self.process.send_signal(signal.SIGTERM)

    async def stop(self, with_signal=signal.SIGTERM):
        """Ends it as an operator does."""
        self.process.send_signal(with_signal)
        deadline = time.monotonic() + STOP_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        if self.process.poll() is None:
            self.process.kill()
            self.faults.append(f"{self.log}: still running {STOP_SECONDS} s after signal {with_signal}")
        self.ended(self.process.wait(), 0)

    def ended(self, code, expected):
        if code != expected:
            self.faults.append(f"{self.log}: start {self.starts} ended with {code}, and not {expected}")
        for line in self.log.read_text(errors="replace").splitlines():
            if any(word in line for word in TRACES):
                return self.faults.append(f"{self.log}: {line}")
