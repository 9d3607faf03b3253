"""Starts and stops the router under test the way a user does."""

import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time

START_SECONDS = 15
STOP_SECONDS = 15
LISTENING = re.compile(r"ws://127\.0\.0\.1:(\d+)")
TRACES = ("Fatal error", "Stack dump", "Thread 0", "Program crashed", "precondition", "Traceback")


def command(*arguments):
    return [os.environ["ROUTER"], *arguments]


class Router:
    """A running router; leaving the `with` block stops it with SIGTERM and expects exit code 0.

    `listen` None takes the address in the configuration file; `data` is its data folder, one of its own when None;
    `prefix` is a command that runs it.
    """

    def __init__(self, config="config/chat.yaml", listen="127.0.0.1:0", data=None, prefix=()):
        self.own_data = None if data else tempfile.TemporaryDirectory()  # gone when the router is
        arguments = ["--config", config, "--data", str(data or self.own_data.name)]
        arguments += ["--listen", listen] if listen else []
        self.lines = []
        self.arrivals = queue.Queue()
        self.killed = False
        self.process = subprocess.Popen(
            [*prefix, *command(*arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            text=True, errors="replace")
        threading.Thread(target=self.read, daemon=True).start()
        self.port = int(self.line(LISTENING, START_SECONDS).group(1))
        self.url = f"ws://127.0.0.1:{self.port}"

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self.arrivals.put(line)
        self.arrivals.put(None)

    def line(self, pattern, seconds=5):
        """Waits for the next line of output that the pattern is found in; returns the match."""
        deadline = time.monotonic() + seconds
        try:
            while (line := self.arrivals.get(timeout=max(0, deadline - time.monotonic()))) is not None:
                if match := re.search(pattern, line):
                    return match
        except queue.Empty:
            pass
        ended = self.process.poll()
        self.process.kill()
        raise AssertionError(f"no line with {pattern!r} within {seconds} s (exit code {ended}); printed:\n{self.output}")

    @property
    def output(self):
        return "\n".join(self.lines)

    def stop(self, with_signal=signal.SIGTERM):
        """Sends the signal, waits for the end; returns the exit code."""
        self.process.send_signal(with_signal)
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"still running {STOP_SECONDS} s after signal {with_signal}; printed:\n{self.output}")

    def kill(self):
        """Ends it with -9, which nothing can prepare for."""
        self.killed = True
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if self.killed:
            return
        ended = self.process.poll()
        code = self.stop() if ended is None else ended
        if error is None or (ended not in (None, 0)):
            assert code == 0, f"the router ended with {code}; printed:\n{self.output}"
        if error is None:
            found = [line for line in self.lines if any(word in line for word in TRACES)]
            assert not found, f"the router's log holds a crash:\n{self.output}"
