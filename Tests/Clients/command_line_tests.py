"""The command line: one clear line for each thing that can go wrong, and the two signals that end it well."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from chat import Client
from router import TRACES, Router, command
from suite import Skipped

RUN_SECONDS = 20
PORT_FLOOR = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def run(*arguments, prefix=(), binary=None):
    line = [*prefix, *([binary, *arguments] if binary else command(*arguments))]
    return subprocess.run(line, capture_output=True, text=True, timeout=RUN_SECONDS, stdin=subprocess.DEVNULL)


@contextlib.contextmanager
def data_folder():
    """A folder of its own, and how to tell the router of it."""
    with tempfile.TemporaryDirectory() as folder:
        yield folder, ["--data", folder]


def expect_one_line(ended, *words):
    """A non-zero exit and one line on stderr that holds these words; no trace, no internals.

    Of a file it may also be said how many errors there are, on the last line.
    """
    assert ended.returncode > 0, ended
    lines = [line for line in ended.stderr.splitlines() if line and line != "1 error"]
    assert len(lines) == 1 and len(lines[0]) < 300, ended
    assert not ended.stdout.strip(), ended
    for word in words:
        assert word.lower() in lines[0].lower(), f"{word!r} is not in {lines[0]!r}"
    expect_no_internals(ended)


def expect_no_internals(ended):
    internals = [*TRACES, "Optional(", "Error(", "NIOCore", "NSError", "/Sources/"]
    assert not [word for word in internals if word in ended.stderr], ended


@contextlib.contextmanager
def nobody():
    """A folder with the router and its configuration that an unprivileged user can read, and how to become one."""
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        raise Skipped("setpriv is missing, and root may do everything")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        copy = shutil.copy(os.environ["ROUTER"], Path(folder) / "router")
        shutil.copytree("config", Path(folder) / "config")
        for file in Path(".").glob("*.yaml"):
            shutil.copy(file, folder)
        yield Path(folder), copy, NOBODY if os.geteuid() == 0 else []


def test_port_in_use():
    """A port in use is one line that names the address"""
    with socket.create_server(("127.0.0.1", 0)) as taken, data_folder() as (_, data):
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        expect_one_line(run("--config", "config/chat.yaml", "--listen", address, *data), address, "in use")


def test_missing_file():
    """A configuration file that is not there is one line that names it"""
    expect_one_line(run("--config", "config/nowhere.yaml"), "config/nowhere.yaml", "no such file")


def test_folder_as_file():
    """A folder given for a configuration file is one line that names it"""
    expect_one_line(run("--config", "config"), "config")


def test_unreadable_file():
    """A configuration file without read permission is one line that says so"""
    with nobody() as (folder, copy, become):
        path = folder / "config" / "chat.yaml"
        path.chmod(0)
        os.chown(path, 0, 0) if os.geteuid() == 0 else None
        ended = run("--config", str(path), "--listen", "127.0.0.1:0", prefix=become, binary=copy)
        expect_one_line(ended, "chat.yaml", "permission")


def test_forbidden_port():
    """A port that needs privileges is one line that says so"""
    if not PORT_FLOOR.exists() or int(PORT_FLOOR.read_text()) <= 1:
        raise Skipped("this machine lets everyone listen on port 1")
    with nobody() as (folder, copy, become):
        path = str(folder / "config" / "chat.yaml")
        data = folder / "data"
        data.mkdir()
        data.chmod(0o777)
        ended = run(
            "--config", path, "--listen", "127.0.0.1:1", "--data", str(data), prefix=become, binary=copy)
        expect_one_line(ended, "127.0.0.1:1", "permission")


def test_bad_address():
    """An address that is none is refused in words, which say what one looks like"""
    for address in ("nonsense", "127.0.0.1", "127.0.0.1:99999", "127.0.0.1:", ":::"):
        ended = run("--config", "config/chat.yaml", "--listen", address)
        first = ended.stderr.partition("\n")[0]
        assert ended.returncode == 64 and f"'{address}'" in first and "host:port with a port from 0 to 65535" in first, ended
        expect_no_internals(ended)


def test_help():
    """--help and --version print to stdout and exit 0"""
    for arguments, words in ((["--help"], ["serve", "--version"]), (["serve", "--help"], ["--config", "--listen"])):
        shown = run(*arguments)
        assert shown.returncode == 0 and not shown.stderr, shown
        assert all(word in shown.stdout for word in words), shown
    version = run("--version")
    assert version.returncode == 0 and re.fullmatch(r"(router )?\d+\.\d+\.\d+\S*", version.stdout.strip()), version


def test_unknown_option():
    """An unknown option is named in the first line of stderr"""
    ended = run("--confg", "config/chat.yaml")
    assert ended.returncode > 0, ended
    assert "--confg" in ended.stderr.splitlines()[0] and "unknown option" in ended.stderr.lower(), ended
    expect_no_internals(ended)


def test_signals():
    """SIGINT and SIGTERM exit 0, with clients and without, and tell clients 1001"""
    for stop in (signal.SIGINT, signal.SIGTERM):
        with Router() as idle:
            assert idle.stop(stop) == 0, idle.output
        with Router() as router, Client(router.url) as client:
            client.admitted()
            assert router.stop(stop) == 0, router.output
            assert client.until_closed()[0] == 1001


def test_second_signal():
    """A second signal while it waits for its clients ends it at once, with 130 or 143, and the log says so"""
    for stop, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        router = Router()
        with contextlib.closing(socket.create_connection(("127.0.0.1", router.port))) as silent:
            silent.sendall(UPGRADE)
            silent.recv(1)  # and nothing more, so that it is waited for, for 5 s
            router.process.send_signal(signal.SIGTERM)
            router.line("stopping, 1 online")
            begun = time.monotonic()
            assert router.stop(stop) == code, router.output
            assert time.monotonic() - begun < 2
            router.line(f"{stop.name} while stopping: ended at once")


UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")


def test_few_files():
    """With too few files to serve anybody it does not start, and says in one line how many it needs"""
    for files in (8, 14, 63):
        ended = run("--config", "config/chat.yaml", "--listen", "127.0.0.1:0", prefix=["prlimit", f"--nofile={files}"])
        expect_one_line(ended, f"only {files} files", "ulimit -n")
        assert ended.returncode == 1, ended


def test_pipe_as_plugins():
    """A pipe that nobody writes to is refused as the file of plugins, and not waited for"""
    with tempfile.TemporaryDirectory() as folder:
        os.mkfifo(Path(folder) / "plugins.yaml")
        ended = run("check", "--config", "config/chat.yaml", "--plugins", str(Path(folder) / "plugins.yaml"))
        expect_one_line(ended, "plugins.yaml", "it is a pipe")
        assert ended.returncode == 2, ended


def test_log():
    """One line per connect and leave with the client's address and how many remain; for debugging also per rename"""
    with configured("debug") as config, Router(config) as router, Client(router.url) as first:
        first.admitted()
        with Client(router.url) as second:
            address = f"127.0.0.1:{second.port}"
            second.admitted()
            expect_logged(router, address, "User2", "2")
            second.send("set_name", name="Ada")
            expect_logged(router, address, "User2", "Ada")
        expect_logged(router, address, "Ada", "1")
        assert sum(address in line for line in router.lines) == 3, router.output


@contextlib.contextmanager
def configured(level):
    """A copy of the shipped configuration whose log begins at another level."""
    with tempfile.TemporaryDirectory() as folder:
        text = Path("config/chat.yaml").read_text().replace("level: info", f"level: {level}")
        (Path(folder) / "chat.yaml").write_text(text.replace("../plugins.yaml", str(Path("plugins.yaml").absolute())))
        yield str(Path(folder) / "chat.yaml")


def expect_logged(router, address, *words):
    """The next line with this address also has these words, or numbers, each standing alone."""
    line = router.line(rf".*{re.escape(address)}\b.*").group()
    for word in words:
        assert re.search(rf"(?<![\w.:]){word}(?![\w.:])", line.replace(address, "")), f"no {word} in {line!r}"
