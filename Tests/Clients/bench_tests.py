"""The programs of `make bench`: the load program passes a server that does all right, and finds what one does wrong.

How fast anything is does not matter here.
"""

import functools
import importlib
import json
import os
import re
import shutil
import struct
import sys
from pathlib import Path

from suite import Skipped
from wire import Wire

sys.path.append(str(Path(__file__).resolve().parents[2] / "Benchmarks"))

ROUTER, YARDSTICK, RECIPIENT = "router", "yardstick", "write-per-recipient"
LATE_POSTS = 2000  # of 4 KB: more than the kernel holds for a connection over loopback
SHORT = {"milliseconds": 150, "warmup": 50, "seconds": 20}
MODES = [
    ("flow", {"senders": 4, "receivers": 20, "window": 64}),
    ("flow", {"senders": 20, "receivers": 20, "window": 1}),
    ("private", {"pairs": 8, "window": 64}),
    ("paced", {"senders": 2, "receivers": 20, "rate": 1000}),
    ("stalled", {"senders": 2, "receivers": 5, "rate": 1000, "stalled": 20}),
    ("idle", {"connections": 100, "sources": 4}),
    ("join", {"connections": 200, "sources": 4}),
    ("accept", {"connections": 200, "sources": 4}),
]


@functools.cache
def programs():
    """What starts the programs, which are built now."""
    if sys.platform != "linux":
        raise Skipped("the programs of make bench are for Linux")
    servers = importlib.import_module("servers")
    if not servers.COMPILER or not shutil.which("taskset"):
        raise Skipped("no C compiler or no taskset here")
    servers.build_programs()
    return servers


def measure(kind, mode, load, *options):
    """What the load program measures of a fresh server of this kind."""
    servers = programs()
    subject = servers.Subject(kind, kind, options=list(options))
    with servers.Server(subject, os.environ["ROUTER"], {}) as server:
        return server.load(mode, {**SHORT, **load})


def complaint(mode, load, fault):
    """What the load program says when the yardstick makes this fault; it has to say something."""
    servers = programs()
    try:
        # As long as it takes until there is a place for the fault; the run ends when it is found.
        figures = measure(YARDSTICK, mode, {"milliseconds": 10000, **load}, "--fault", fault)
    except servers.Failed as failure:
        return str(failure)
    raise AssertionError(f"the load program did not see the fault {fault}: {figures}")


def check(kind, modes, *options):
    for mode, load in modes:
        figures = measure(kind, mode, load, *options)
        assert figures, f"{mode}: no figures"


def frames_of_a_talk(kind):
    """What two clients get while the first posts and whispers and the second leaves; moments and tokens are blanked out."""
    servers = programs()
    with servers.Server(servers.Subject(kind, kind), os.environ["ROUTER"], {}) as server, Wire(server.port) as first:
        first.upgrade()
        frames = [first.frame() for _ in range(2)]  # welcome, users
        with Wire(server.port) as second:
            second.upgrade()
            frames += [second.frame() for _ in range(2)] + [first.frame()]  # and join
            first.say(b'{"type":"message","content":"to all of you, from the first of us"}')
            frames.append(second.frame())
            first.say(b'{"type":"private_message","to_id":2,"content":"to you alone"}')
            frames += [second.frame(), first.frame()]
        frames.append(first.frame())
    return [re.sub(rb'(timestamp|connected_at|uptime_seconds|server_time|resume)":("[^"]*"|\d+)', rb'\1":', payload)
            for opcode, payload in frames]


def test_same_frames():
    """The yardstick sends what the router sends, byte for byte but for the time."""
    router, yardstick = frames_of_a_talk(ROUTER), frames_of_a_talk(YARDSTICK)
    for ours, theirs in zip(router, yardstick, strict=True):
        assert ours == theirs, f"the router sends {ours!r}, the yardstick {theirs!r}"


def check_late_reader(*options):
    servers = programs()
    subject = servers.Subject(YARDSTICK, YARDSTICK, options=list(options))
    with servers.Server(subject, None, {}) as server, Wire(server.port) as writer, Wire(server.port) as reader:
        for client in (writer, reader):
            client.upgrade()
            client.until("users")
        filling = "x" * 4000
        wanted = {"message": [], "private_message": []}
        for number in range(LATE_POSTS):
            kind, extra = ("message", "") if number % 50 else ("private_message", '"to_id":2,')
            wanted[kind].append(f"{number} {filling}")
            payload = f'{{"type":"{kind}",{extra}"content":"{number} {filling}"}}'.encode()
            writer.send(struct.pack("!BBHI", 0x81, 0x80 | 126, len(payload), 0) + payload)  # a mask of 0 changes nothing
        got = {"message": [], "private_message": []}
        for _ in range(LATE_POSTS):
            said = reader.next()
            got[said["type"]].append(said["content"])
        assert got == wanted, {kind: [text[:8] for text in texts] for kind, texts in got.items()}


def test_late_reader():
    """The yardstick holds what a member's socket does not take, and goes on where it stopped."""
    check_late_reader()
    check_late_reader("--write-per-recipient")


def test_yardstick():
    """Every mode of the load program passes with the yardstick: nothing is lost, doubled or out of order."""
    check(YARDSTICK, MODES)


def test_write_per_recipient():
    """Messages come whole and in order also when the yardstick writes to each recipient, or holds deliveries back."""
    messages = [(mode, load) for mode, load in MODES if mode in ("flow", "private", "paced")]
    check(RECIPIENT, messages)
    check(YARDSTICK, messages, "--delivery-interval", "2000")


def test_router():
    """Every mode of the load program passes with the router as it is configured for being measured."""
    check(ROUTER, MODES)


def test_lost_and_doubled():
    """The load program finds a post that one member did not get, one that came twice, and two that changed places."""
    for fault in ("lose", "double", "swap"):
        said = complaint("flow", {"senders": 2, "receivers": 10, "window": 64}, fault)
        assert "lost, doubled or out of order" in said, said


def test_order_between_senders():
    """The load program finds posts of two senders that one member saw in another order than the others."""
    said = complaint("flow", {"senders": 10, "receivers": 10, "window": 1}, "overtake")
    assert "out of order: " in said and " came before " in said, said


def test_page():
    """docs/delivery.md says what docs/bench.json says."""
    page = importlib.import_module("delivery_page")
    docs = Path(__file__).resolve().parents[2] / "docs"
    text = (docs / "delivery.md").read_text()
    assert page.updated(text, json.loads((docs / "bench.json").read_text())) == text, "run Benchmarks/plot docs/bench.json"


def test_lost_leave():
    """The load program finds a leave that nobody was told of."""
    said = complaint("accept", {"connections": 100}, "lose-leave")
    assert "heard of 100 who came and 99 who left" in said, said
