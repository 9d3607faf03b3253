"""A guide in Markdown that is followed as a reader would.

Its blocks are taken in their order. One whose line above ends in a path and a colon, as in "`plugins.yaml`:", is that
file's new text. `sh` is run, line by line, each where the one before has gone with `cd`; `python` is run. A `text` below
either is what was printed, `…` standing for anything; below `websocat` it is a conversation: `>` is typed, `<` comes.
A `swift run` of a router without a subcommand goes on running, for the blocks that follow, on a port of its own.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass

BUILD_SECONDS = 900
REPLY_SECONDS = 20
# What the package manager says on the way to what was asked for.
BUILD_LINE = re.compile(r"^(Building for |Build (of|complete)|\[\d+/\d+\]|Fetch|Comput|Creating|Updat|Work|Planning|Compil|Link)")


@dataclass
class Block:
    line: int
    language: str
    file: str | None
    text: str


class Guide:
    """
    moved -- folders that stand in another place than the guide says, from the folder it starts in
    """

    def __init__(self, path, start, moved):
        self.blocks = list(read(path.read_text()))
        self.start, self.folder, self.moved = start, start, moved
        self.router, self.url = None, None
        self.printed, self.command = None, None
        self.passed, self.line = 0, 0

    def follow(self):
        """Takes one block after the other, and yields what it was."""
        try:
            for block in self.blocks:
                self.line = block.line
                yield self.take(block)
                self.passed += 1
        finally:
            self.stop()

    def take(self, block):
        if block.file:
            (self.folder / block.file).write_text(block.text)
            self.printed = None
            return f"wrote {block.file}"
        if block.language == "sh":
            return self.run_all(block.text)
        if block.language == "python":
            self.printed = self.run([sys.executable, "-c", block.text.replace("ws://127.0.0.1:8080", self.url)])
            return "python"
        if block.language == "text":
            return self.compare(block.text)
        raise AssertionError(f"a block of {block.language or 'nothing'} that nobody knows what to do with")

    # What is run

    def run_all(self, text):
        self.printed = ""
        for line in text.splitlines():
            self.command = line
            words = shlex.split(line)
            if words[0] == "cd":
                self.folder = (self.start / self.moved.get(words[1], words[1])).resolve()
            elif words[0] == "websocat":
                self.printed = None
            elif words[:2] == ["swift", "run"] and words[3].startswith("-"):
                self.serve(words)
            else:
                for place, other in self.moved.items():
                    line = line.replace(place, other)
                self.printed += self.run(["bash", "-c", line])
        return text.strip().replace("\n", "; ")

    def run(self, command):
        """What a command prints, both streams, without what the package manager says of its builds."""
        path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
        ended = subprocess.run(
            command, cwd=self.folder, env=os.environ | {"PATH": path}, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, timeout=BUILD_SECONDS)
        said = [line for line in ended.stderr.splitlines(keepends=True) if not BUILD_LINE.match(line)]
        assert ended.returncode == 0, f"{command} ended with {ended.returncode}\n{ended.stdout}{''.join(said)}"
        return ended.stdout + "".join(said)

    def serve(self, words):
        self.stop()
        self.router = subprocess.Popen(
            [*words, "--listen", "127.0.0.1:0"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True)
        watch = threading.Timer(BUILD_SECONDS, self.router.kill)
        watch.start()
        for line in self.router.stdout:
            if found := re.search(r"ws://127\.0\.0\.1:\d+", line):
                self.url = found.group()
                break
        watch.cancel()
        assert self.url, "the router did not say where it listens"

    def stop(self):
        if self.router:
            self.router.send_signal(signal.SIGINT)
            assert self.router.wait(REPLY_SECONDS) == 0, "the router did not stop well"
        self.router = None

    # What is compared

    def compare(self, text):
        if self.printed is None:
            self.talk(text)
            return "a conversation over websocat"
        printed = self.printed
        for place, other in self.moved.items():
            printed = printed.replace(other, place)
        assert fits(text, printed), f"the guide says\n{text}\nbut this was printed:\n{printed}"
        return f"{self.command} prints that"

    def talk(self, text):
        websocat = [os.path.join(os.path.dirname(sys.executable), "websocat"), self.url]
        client = subprocess.Popen(websocat, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        watch = threading.Timer(REPLY_SECONDS, client.kill)
        watch.start()
        for line in text.splitlines():
            if line.startswith("> "):
                client.stdin.write(line[2:] + "\n")
            else:
                came = client.stdout.readline()
                assert fits(line[2:] + "\n", came), f"the guide says\n{line[2:]}\nbut this came:\n{came}"
        watch.cancel()
        client.kill()
        client.wait()


def fits(text, printed):
    return re.fullmatch(".*".join(map(re.escape, text.split("…"))), printed) is not None


def read(text):
    """The blocks of a page."""
    above, block = "", None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("```"):
            if block:
                block.text += line + "\n"
            elif line:
                above = line
        elif block:
            yield block
            above, block = "", None
        else:
            file = re.fullmatch(r"`([^`]+)`:", above)
            block = Block(number, line[3:], file and file.group(1), "")
