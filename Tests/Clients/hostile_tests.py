"""Clients that do it wrong, by accident or on purpose: the right answer, no ghost, nobody else harmed."""

import contextlib
import re
import socket
import time
import zlib
from pathlib import Path

from chat import Client
from router import Router
from suite import Skipped
from wire import Wire, frame, request

SERVED_SECONDS = 1
FAMILY = "\U0001F469\u200D\U0001F466"  # one character to a person, 11 bytes
GREETING = "still there?"


@contextlib.contextmanager
def bystanders(admitted):
    """A router with one client in the room; afterwards checks that the hostile ones left no trace.

    `admitted` is how many hostile clients become users: exactly one `leave` must tell of the end of each.
    """
    with Router() as router, Client(router.url) as witness:
        witness.admitted()
        witness.newcomers = 0
        yield router, witness
        while len(ids(witness, "leave")) < admitted + witness.newcomers:
            witness.until("leave")
        expect_served(router, witness)
        witness.caught_up()
        joined, left = ids(witness, "join"), ids(witness, "leave")
        assert sorted(joined) == sorted(left) == sorted(set(joined)), f"joins of {joined}, leaves of {left}"
        assert len(joined) == admitted + witness.newcomers, joined
        assert [user["id"] for user in witness.users()] == [witness.id]


def ids(witness, type):
    return [frame["content"]["user_id"] for frame in witness.received(type)]


def expect_served(router, witness):
    """A client that was there and one that comes now are both answered within a second."""
    started = time.monotonic()
    witness.send("get_stats")
    witness.until("stats", SERVED_SECONDS)
    with Client(router.url, open_timeout=SERVED_SECONDS) as newcomer:
        id = newcomer.admitted()
        newcomer.send("message", content=GREETING)
        assert witness.until("message", SERVED_SECONDS)["from_id"] == id
    assert time.monotonic() - started < SERVED_SECONDS
    while witness.until("leave")["content"]["user_id"] != id:
        pass
    witness.newcomers += 1


def expect_refused(first_bytes, status):
    """What is no handshake gets this status at once, then the end of the connection."""
    with bystanders(admitted=0) as (router, _), Wire(router.port) as hostile:
        with contextlib.suppress(ConnectionError):
            hostile.send(first_bytes(router.port))
        answer = hostile.rest()
        assert answer.startswith(f"HTTP/1.1 {status} ".encode()), answer[:200]


def expect_error(payload, text, code):
    """The payload is answered by this error and reaches nobody else; the connection stays open and of use."""
    with bystanders(admitted=1) as (router, witness), Wire(router.port).upgrade() as hostile:
        hostile.until("users")
        hostile.say(payload)
        answer = hostile.next()
        assert list(answer) == ["type", "content", "timestamp"] and answer["type"] == "error", answer
        assert (answer["content"]["message"], answer["content"]["code"]) == (text, code), answer
        expect_served(router, witness)
        hostile.say({"type": "get_stats"})
        hostile.until("stats")
        strange = [frame for frame in witness.received("message") if frame["content"] != GREETING]
        assert not strange and not witness.received("user_renamed"), witness.frames


def expect_invalid_message(payload):
    expect_error(payload, "Invalid message format", "invalid_message")


def expect_invalid_name(name):
    payload = {"type": "set_name", "name": name}
    expect_error(payload, "Invalid name (1-20 characters required)", "invalid_name")


def test_silence():
    """A client that connects and says nothing keeps nobody else waiting"""
    with bystanders(admitted=0) as (router, witness), Wire(router.port):
        expect_served(router, witness)


def test_half_a_handshake():
    """Half a handshake keeps nobody else waiting"""
    with bystanders(admitted=0) as (router, witness), Wire(router.port) as hostile:
        hostile.send(request(router.port)[:60])
        expect_served(router, witness)


def test_reset_in_half_a_handshake():
    """A reset in the middle of the handshake harms nobody"""
    with bystanders(admitted=0) as (router, witness), Wire(router.port) as hostile:
        hostile.send(request(router.port)[:60])
        hostile.reset()


def test_large_header():
    """A header of 16 KB is refused"""
    expect_refused(lambda port: request(port, "X-Padding: " + "x" * 16384), 431)


def test_garbage():
    """Garbage in place of HTTP is refused"""
    expect_refused(lambda port: bytes(range(256)) * 4 + b"\r\n\r\n", 400)


def test_tls_hello():
    """A TLS hello in place of HTTP is refused"""
    hello = bytes.fromhex("16030100c2010000be0303") + bytes(range(32)) + b"\x00" * 160
    expect_refused(lambda port: hello, 400)


def test_brackets():
    """100,000 opening brackets are too large, 10,000 are no message (P17, P22)"""
    expect_error(b"[" * 100_000, "Message too large", "message_too_large")
    expect_invalid_message(b"[" * 10_000)


def test_deep_content():
    """Content nested 4,900 deep is no message (P17)"""
    expect_invalid_message(b'{"type":"message","content":' + b"[" * 4900 + b"]" * 4900 + b"}")


def test_deep_unused_field():
    """A field that nobody reads, nested 4,900 deep, makes it no message all the same (P17)"""
    expect_invalid_message(b'{"type":"message","content":"x","more":' + b"[" * 4900 + b"]" * 4900 + b"}")


def test_number():
    """A number alone is no message and leaves no ghost (P17)"""
    expect_invalid_message(b"5")


def test_type_is_an_object():
    """A type that is an object is no message (P17)"""
    expect_invalid_message(b'{"type":{}}')


def test_families():
    """A name of 21 emoji families is refused, one of 20 is taken (P4, P19)"""
    expect_invalid_name(FAMILY * 21)
    with Router() as router, Client(router.url) as client:
        client.admitted()
        client.send("set_name", name=FAMILY * 20)
        assert client.next()["content"] == {"old_name": f"User{client.id}", "new_name": FAMILY * 20}


def test_giant_character():
    """A name of one "character" of 10,000 bytes is refused (P4, P19)"""
    name = "e" + "\u0301" * 5000
    payload = '{"type":"set_name","name":"%s"}' % name
    expect_error(payload.encode(), "Invalid name (1-20 characters required)", "invalid_name")


def test_lone_surrogate():
    """An escape that is half a surrogate pair makes it no message (P17)"""
    expect_invalid_message(rb'{"type":"message","content":"\ud83d"}')
    expect_invalid_message(rb'{"type":"set_name","name":"\udc00"}')


def test_nul():
    """A NUL byte is no JSON, an escaped one in a name is refused and in a text passed on (P17, P19, P26)"""
    expect_invalid_message(b'{"type":"message","content":"a\x00b"}')
    expect_invalid_name("a\x00b")
    with bystanders(admitted=1) as (router, witness), Wire(router.port).upgrade() as hostile:
        hostile.say({"type": "message", "content": "a\x00b"})
        assert witness.until("message")["content"] == "a\x00b"


def test_reset_in_a_frame():
    """A reset in the middle of a frame is one leave"""
    with bystanders(admitted=1) as (router, _), Wire(router.port).upgrade() as hostile:
        hostile.until("users")
        hostile.send(frame(b'{"type":"message","content":"never whole"}')[:20])
        hostile.reset()


def test_reset_after_a_message():
    """What came whole before a reset is delivered, then one leave follows"""
    with bystanders(admitted=1) as (router, witness), Wire(router.port).upgrade() as hostile:
        hostile.until("users")
        hostile.say({"type": "message", "content": "last words"})
        assert witness.until("message")["content"] == "last words"
        hostile.reset()


def test_many_resets_at_once():
    """Twenty clients that are reset at once are twenty leaves"""
    with bystanders(admitted=20) as (router, _):
        crowd = [Wire(router.port).upgrade() for _ in range(20)]
        for hostile in crowd:
            hostile.until("users")
        for hostile in crowd:
            hostile.reset()


def test_unmasked_frame():
    """An unmasked frame ends the connection with 1002 and is one leave"""
    with bystanders(admitted=1) as (router, _), Wire(router.port).upgrade() as hostile:
        hostile.until("users")
        hostile.send(b"\x81\x01x")
        assert hostile.until_close() == 1002


def test_bad_utf8():
    """Text that is not UTF-8 ends the connection with 1007 and is one leave"""
    with bystanders(admitted=1) as (router, _), Wire(router.port).upgrade() as hostile:
        hostile.until("users")
        hostile.say(b'{"type":"message","content":"\xff"}')
        assert hostile.until_close() == 1007


def bomb(mebibytes):
    """A message of so many MiB of zeros, compressed to a thousandth: the same block over and over."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (squeeze.compress(bytes(1 << 20)) + squeeze.flush(zlib.Z_FULL_FLUSH)) * mebibytes + b"\0"


def resident(router):
    """The router's memory, in bytes."""
    status = Path(f"/proc/{router.process.pid}/status")
    if not status.exists():
        raise Skipped("no /proc to see the router's memory in")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status.read_text()).group(1)) << 10


def test_bombs():
    """10 KB that would become 10 MB, and 1 MB that would become 1 GB, end with 1009 and take no memory"""
    bombs = [bomb(10), bomb(998)]
    assert len(bombs[0]) < 11_000 and len(bombs[1]) < 1 << 20
    frames = [frame(payload, opcode, compressed=True) for payload in bombs for opcode in (1, 2)]
    with bystanders(admitted=3 * len(frames)) as (router, _):
        for round in range(3):
            for sent in frames:
                with Wire(router.port).upgrade("Sec-WebSocket-Extensions: permessage-deflate") as hostile:
                    hostile.until("users")
                    hostile.send(sent)
                    assert hostile.until_close() == 1009
            if round == 0:
                before = resident(router)
        grown = resident(router) - before
        assert grown < 2 << 20, f"the router has grown by {grown >> 10} KiB"


def test_half_closed():
    """A client that has sent its last byte gets what it asked for, then a close frame and the end"""
    with bystanders(admitted=1) as (router, _), Wire(router.port).upgrade() as client:
        client.say({"type": "get_stats", "ref": 1})
        client.socket.shutdown(socket.SHUT_WR)
        client.until("stats")
        client.until("ack")
        assert client.until_close() == 1000
