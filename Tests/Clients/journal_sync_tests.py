"""What the system sees between a post and its ack: the post is on disk before anybody is told of it.

Watched with strace, from the bytes that come in to those that go out.
"""

import contextlib
import json
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from journal import place, router_in
from suite import Skipped
from wire import Wire, frame

CALLS = "read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,fsync,fdatasync"
SYNCS = ("fsync", "fdatasync")
POSTS = 5
TRACE_SECONDS = 10


@contextlib.contextmanager
def traced():
    """A command that runs another one and notes its calls in a file, and that file."""
    if not shutil.which("strace"):
        raise Skipped("that a post is synced before its ack was NOT tested: there is no strace here")
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        raise Skipped("that a post is synced before its ack was NOT tested: nothing may be traced here (ptrace)")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace"
        # -D: the router keeps its process id, and is ended as always.
        yield ["strace", "-D", "-f", "-y", "-s", "100000", "-e", f"trace={CALLS}", "-o", str(path)], path


def calls_of_posts(folder):
    """The calls of a router to which a client posts, one post after the other's ack, while another client is there.

    A call is (name, what it is about, whether this is its end), in the order in which they began and ended.
    """
    with traced() as (prefix, path):
        with router_in(folder, prefix=prefix) as router:
            with Wire(router.port).upgrade() as ada, Wire(router.port).upgrade() as bob:
                ada.until("users"), bob.until("users")
                for number in range(POSTS):
                    ada.send(readable(type="message", content=f"post-{number}-text", ref=f"post-{number}-ack"))
                    ada.until("ack")
                    bob.until("message")
        deadline = time.monotonic() + TRACE_SECONDS
        while "+++ exited with 0 +++" not in (text := path.read_text(errors="replace"))[-10_000:]:
            assert time.monotonic() < deadline, f"the trace does not end: {text[-1_000:]}"
            time.sleep(0.05)
    return list(calls(text))


def readable(**message):
    """A frame that is masked with zeros, so that the trace shows what it says."""
    return frame(json.dumps(message).encode(), mask=bytes(4))


LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*?)(<unfinished \.\.\.>)?$")


def calls(text):
    begun = {}  # by thread
    for found in filter(None, map(LINE.match, text.splitlines())):
        thread, resumed, name, rest, unfinished = found.groups()
        if name:
            begun[thread] = rest
            yield name, rest, False
        else:
            rest = begun[thread] + rest
        if not unfinished:
            yield name or resumed, rest, True


def place_of(calls, what, matches, after=-1):
    found = [index for index, call in enumerate(calls) if index > after and matches(*call)]
    assert found, f"no {what} in the trace"
    return found[0]


def sends(word):
    return lambda name, rest, is_end: name in ("write", "writev", "sendto", "sendmsg") and "socket:" in rest and word in rest


def expect_synced(calls):
    """Of each post: read from a socket, then written to the log, then synced; and only then sent to anybody."""
    last = -1
    for number in range(POSTS):
        text, ack = f"post-{number}-text", f"post-{number}-ack"
        came = place_of(
            calls, "post that comes in",
            lambda name, rest, is_end: name in ("read", "readv", "recvfrom", "recvmsg") and is_end and text in rest, last)
        written = place_of(
            calls, "write to the log",
            lambda name, rest, is_end: name == "pwrite64" and is_end and "db-wal" in rest and text in rest, came)
        synced = place_of(
            calls, "sync of the log",
            lambda name, rest, is_end: name in SYNCS and is_end and "db-wal" in rest and rest.endswith(" = 0"), written)
        told = place_of(calls, "post that goes out", sends(text))
        answered = place_of(calls, "ack", sends(ack))
        assert came < written < synced < min(told, answered), (number, came, written, synced, told, answered)
        last = max(told, answered)


def test_synced_before_ack():
    """Between a post that comes in and its ack the log is synced, and nobody is sent anything of it before"""
    with place() as folder:
        expect_synced(calls_of_posts(folder))


def test_not_synced_without_store():
    """With store: none there is no such sync: the check above can tell"""
    with place() as folder:
        (folder / "chat.yaml").write_text("plugins: plugins.yaml\njournal: {store: none}\n")
        seen = calls_of_posts(folder)
    place_of(seen, "ack", sends(f"post-{POSTS - 1}-ack"))
    assert not [name for name, _, _ in seen if name in SYNCS]
    try:
        expect_synced(seen)
    except AssertionError:
        return
    raise AssertionError("the check above passes without a store")
