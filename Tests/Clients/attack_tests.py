"""Attacks on the built router: the documented answer, memory that comes back, and a client that is served meanwhile."""

import contextlib
import json
import os
import socket
import struct
import tempfile
import threading
import time
import zlib

from chat import Client
from router import Router
from wire import Wire, frame, request

SERVED_SECONDS = 1
MORE_BYTES = 2 << 20  # that an attack may leave behind
SETTLE_SECONDS = 5
ATTACKER, ANOTHER = "127.0.0.2", "127.0.0.3"
CROWD = [f"127.0.0.{number}" for number in range(10, 21)]
PING, PONG, CLOSE, CONTINUATION, TEXT = 0x9, 0xA, 0x8, 0x0, 0x1


class Served(threading.Thread):
    """A client that asks all the time, and how long it waited for the slowest answer."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.client = Client(url, max_queue=None)  # or it would not hear the answer to its close behind all it did not read
        self.client.admitted()
        self.over = threading.Event()
        self.slowest = 0
        self.failure = None

    def run(self):
        try:
            while True:
                asked = time.monotonic()
                self.client.send("get_stats")
                self.client.until("stats")
                self.slowest = max(self.slowest, time.monotonic() - asked)
                if self.over.wait(0.25):  # four a second: the router's own limit is five
                    return
        except Exception as failure:
            self.failure = failure

    def end(self):
        self.over.set()
        self.join()
        self.client.socket.close()
        assert not self.failure, f"the client that was there was not served: {self.failure!r}"
        assert self.slowest < SERVED_SECONDS, f"it waited {self.slowest:.2f} s"


def resident(router):
    """Bytes of memory that the router's process has."""
    with open(f"/proc/{router.process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))


def processor_seconds(router):
    with open(f"/proc/{router.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def configured(limits="{}", timeouts="{}"):
    """A configuration file with these limits and timeouts."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        plugins = os.path.abspath("plugins.yaml")
        file.write(f'listen: 127.0.0.1:0\nplugins: "{plugins}"\nlimits: {limits}\ntimeouts: {timeouts}\n')
        file.flush()
        yield file.name


@contextlib.contextmanager
def besieged(attack, limits="{}", timeouts="{}"):
    """Yields a router; the attack, a function of it, has run once, so that what it needs at all is in memory.

    Afterwards checks that a client that was there was served all the time, that one that comes now is, and that memory
    is what it was.
    """
    with configured(limits, timeouts) as config, Router(config) as router:
        attack(router)
        before = settled(router)
        served = Served(router.url)
        served.start()
        attack(router)
        came = time.monotonic()
        with Client(router.url, open_timeout=SERVED_SECONDS, max_queue=None) as newcomer:
            newcomer.admitted()
            waited = time.monotonic() - came
        assert waited < SERVED_SECONDS, f"a client that came waited {waited:.2f} s"
        served.end()
        deadline = time.monotonic() + SETTLE_SECONDS
        while (more := resident(router) - before) > MORE_BYTES and time.monotonic() < deadline:
            time.sleep(0.1)
        assert more <= MORE_BYTES, f"{more:,} bytes more than before the attack"
        yield router


def settled(router):
    """What the router's memory is once it no longer changes."""
    last = resident(router)
    for _ in range(20):
        time.sleep(0.1)
        if (now := resident(router)) == last:
            break
        last = now
    return last


def survives(attack, **settings):
    with besieged(attack, **settings):
        pass


def expect_close(wire, code, error="bad_messages"):
    """Skips to an `error` of that code and the close frame behind it."""
    while (taken := wire.frame())[0] != TEXT or json.loads(taken[1])["type"] != "error":
        assert taken[0] != CLOSE, f"closed with {struct.unpack('!H', taken[1][:2])} before an error"
    content = json.loads(taken[1])["content"]
    assert (content["code"], content["close"]) == (error, code), content
    assert wire.until_close() == code


def push(wire, data):
    """Sends what the router takes: it may have closed the connection before the last byte."""
    with contextlib.suppress(ConnectionError):
        wire.send(data)


def flood(opcode):
    def attack(router):
        for _ in range(5):
            with Wire(router.port).upgrade() as hostile:
                push(hostile, frame(b"x" * 125, opcode) * 2_000)
                expect_close(hostile, 1008)

    return attack


def test_ping_flood():
    """A flood of pings ends with 1008 at the 101st"""
    survives(flood(PING))


def test_pong_flood():
    """A flood of pongs that nobody asked for ends with 1008, too"""
    survives(flood(PONG))


def drip(wires, data, seconds):
    """Each gets a byte at a time, until all is sent or the time is over."""
    pause = seconds / len(data)
    for byte in data:
        for wire in wires:
            push(wire, bytes([byte]))
        time.sleep(pause)


def test_slow_header():
    """A request head that comes byte by byte is answered 408 when its time is over"""

    def attack(router):
        with contextlib.ExitStack() as stack:
            wires = [stack.enter_context(Wire(router.port)) for _ in range(60)]
            drip(wires, request(router.port)[:30], seconds=0.8)
            for wire in wires:
                assert wire.rest().startswith(b"HTTP/1.1 408 ")

    survives(attack, timeouts="{handshake: 600ms, close: 300ms}")


def test_slow_frame():
    """A message that comes byte by byte is closed with 1008 when its time is over"""

    def attack(router):
        with contextlib.ExitStack() as stack:
            wires = [stack.enter_context(Wire(router.port).upgrade()) for _ in range(30)]
            drip(wires, frame(b"x" * 9_000)[:30], seconds=0.8)
            for wire in wires:
                expect_close(wire, 1008)

    survives(attack, timeouts="{message: 600ms, close: 300ms}")


def test_header_bombs():
    """Heads of too many bytes or too many lines are answered 431"""

    def attack(router):
        lines = [f"X-{number}: x" for number in range(200)]
        for head in (request(router.port, "X: " + "x" * 1_000_000), request(router.port, *lines)):
            for _ in range(30):
                with Wire(router.port) as hostile:
                    push(hostile, head)
                    assert hostile.rest().startswith(b"HTTP/1.1 431 ")

    survives(attack)


def test_small_fragments():
    """A message in 129 pieces of a byte each is closed with 1008"""

    def attack(router):
        pieces = [frame(b"x", TEXT if number == 0 else CONTINUATION, final=False) for number in range(129)]
        for _ in range(20):
            with Wire(router.port).upgrade() as hostile:
                hostile.until("users")
                push(hostile, b"".join(pieces[:128]))
                hostile.send(frame(b"still there?", PING))
                assert hostile.frame()[0] == PONG
                push(hostile, pieces[128])
                expect_close(hostile, 1008)

    survives(attack)


def test_deep_json():
    """Brackets 10,000 deep are no message, and a hundred of them are enough: 1008"""

    def attack(router):
        with Wire(router.port).upgrade() as hostile:
            hostile.until("users")
            for _ in range(100):
                push(hostile, frame(b'{"type":"message","x":' + b"[" * 10_000))
            errors = [hostile.next()["content"]["code"] for _ in range(100)]
            assert errors == ["invalid_message"] * 100, errors
            expect_close(hostile, 1008)

    survives(attack)


def test_many_of_one_address():
    """The 21st user of one address is closed with 4102, while others come in"""

    def attack(router):
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(Wire(router.port, ATTACKER).upgrade()).until("users")
            for _ in range(10):
                with Wire(router.port, ATTACKER).upgrade() as hostile:
                    expect_close(hostile, 4102, "too_many_connections")
            with Wire(router.port, ANOTHER).upgrade() as other:
                other.until("users")

    survives(attack, limits="{exempt_addresses: [], max_connections_per_address: 20}")


def test_squatters():
    """Who connects and says nothing takes the places of his own address only"""

    def attack(router):
        with contextlib.ExitStack() as stack:
            silent = [stack.enter_context(Wire(router.port, ATTACKER)) for _ in range(60)]
            time.sleep(0.1)
            assert sum(is_cut(wire) for wire in silent) == 40
            with Wire(router.port, ANOTHER).upgrade() as other:
                other.until("users")

    survives(attack, limits="{exempt_addresses: [], max_handshakes_per_address: 20}")


def newcomers(router, count):
    """Comes so many times, and is served every time."""
    for _ in range(count):
        came = time.monotonic()
        with Wire(router.port, ANOTHER).upgrade() as newcomer:
            newcomer.until("users")
        waited = time.monotonic() - came
        assert waited < SERVED_SECONDS, f"a newcomer waited {waited:.2f} s"
        yield


def test_squatters_of_many_addresses():
    """Who connects and says nothing takes no place from who comes, of however many addresses he is"""

    def attack(router):
        with contextlib.ExitStack() as stack:
            places = [(address, number) for number in range(19) for address in CROWD]
            silent = {place: stack.enter_context(Wire(router.port, place[0])) for place in places}
            cut = 0
            for _ in newcomers(router, 20):
                gone = [place for place, wire in silent.items() if is_cut(wire)]
                cut += len(gone)
                for place in gone:  # they come again, and make others go
                    silent[place] = stack.enter_context(Wire(router.port, place[0]))
            assert cut >= len(silent) - 200, cut

    survives(
        attack,
        limits="{exempt_addresses: [], max_handshakes: 200, max_handshakes_per_address: 20, connection_burst: 1000}")


def test_many_closed_at_once():
    """300 clients that read nothing and are closed at once keep nobody out while they do not hang up"""

    def attack(router):
        with contextlib.ExitStack() as stack:
            for address in CROWD[:10]:
                for _ in range(30):
                    stack.enter_context(Wire(router.port, address, small=True).upgrade())
            poster = stack.enter_context(Wire(router.port).upgrade())
            for number in range(20):
                poster.say({"type": "message", "content": "x" * 9_000, "ref": number})
                assert answer(poster, number)["type"] == "ack"
            poster.say({"type": "get_stats"})
            online = poster.until("stats")["content"]["users_online"]
            assert online < 100, online
            for _ in newcomers(router, 20):
                pass

    survives(
        attack,
        limits="{exempt_addresses: [127.0.0.1], max_handshakes: 100, max_outbox_bytes: 64 KiB, max_room_posts: 0}",
        timeouts="{close: 2s}")


def is_cut(wire):
    """Whether the connection has ended; nothing may have come before."""
    wire.socket.setblocking(False)
    try:
        assert wire.socket.recv(1) == b""
        return True
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_storm():
    """Of 300 connections that one address opens at once 50 come in; others come in meanwhile"""

    def attack(router):
        came = 0
        with contextlib.ExitStack() as stack:
            for _ in range(300):
                came += not is_cut_soon(stack.enter_context(Wire(router.port, ATTACKER)))
            with Wire(router.port, ANOTHER).upgrade() as other:
                other.until("users")
        assert came <= 55, came
        time.sleep(0.1)

    survives(attack, limits="{exempt_addresses: [], connection_burst: 50, connections_per_second: 1}")


def is_cut_soon(wire):
    """The same for one that was just opened and asks for something."""
    try:
        wire.send(request(wire.port))
        return wire.socket.recv(1) == b""
    except ConnectionError:
        return True


def answer(wire, ref):
    while (message := wire.next()).get("ref") != ref:
        pass
    return message


def test_reconnecting():
    """Connecting anew does not refill the rate limit"""

    def attack(router):
        passed = 0
        for _ in range(10):
            with Wire(router.port, ATTACKER).upgrade() as hostile:
                hostile.until("users")
                for number in range(20):
                    hostile.say({"type": "message", "content": "x", "ref": number})
                passed += sum(answer(hostile, number)["type"] == "ack" for number in range(20))
        assert passed <= 40, passed  # 20 at once, and 5 a second

    survives(attack, limits="{exempt_addresses: []}")


def until_cut(wire, seconds=1):
    """Sends until the router's side is gone, which resets the connection; until then it throws away what comes."""
    deadline = time.monotonic() + seconds
    with contextlib.suppress(ConnectionError):
        while time.monotonic() < deadline:
            wire.send(b"x")
            time.sleep(0.02)
        raise AssertionError(f"not cut within {seconds} s")


def test_half_open_closes():
    """Who neither answers a close frame nor hangs up is cut when its time is over"""

    def attack(router):
        with contextlib.ExitStack() as stack:
            wires = [stack.enter_context(Wire(router.port).upgrade()) for _ in range(30)]
            for wire in wires:
                wire.send(b"\x81\x01x")  # not masked: 1002
                assert wire.until_close() == 1002
            for wire in wires:
                assert wire.rest() == b""
                until_cut(wire)
            for half in (b"", b"GET / HT", request(router.port), request(router.port) + b"\x81\x85ab"):
                wire = stack.enter_context(Wire(router.port))
                wire.send(half)
                wire.socket.shutdown(socket.SHUT_WR)
                wire.rest()

    survives(attack, timeouts="{close: 300ms}")


def test_no_files_left():
    """Without a file left the router says so, serves whom it has without burning time, and accepts again when it can"""
    with configured() as config, Router(config, prefix=["prlimit", "--nofile=64:64"]) as router:
        with contextlib.ExitStack() as stack:
            waiting = [stack.enter_context(Wire(router.port)) for _ in range(90)]
            router.line("no room for another connection", seconds=2)
            waiting[0].upgrade().until("users")
            spent = processor_seconds(router)
            time.sleep(0.5)
            assert processor_seconds(router) - spent < 0.25
            waiting[0].say({"type": "get_stats"})
            waiting[0].until("stats")
        with Client(router.url, open_timeout=SERVED_SECONDS) as newcomer:
            newcomer.admitted()
        router.line("accepted again", seconds=2)


def test_inflated_in_vain():
    """Messages of a few bytes that are inflated to 1 MiB only to be too large end with 1008, and are looked at no more"""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    payload = squeeze.compress(b"x" * ((1 << 20) - 1)) + squeeze.flush(zlib.Z_SYNC_FLUSH)
    flood_of_them = frame(payload[:-4], TEXT, compressed=True) * 2_000

    def attack(router):
        hostiles = [Wire(router.port).upgrade("Sec-WebSocket-Extensions: permessage-deflate") for _ in range(8)]
        pushing = [threading.Thread(target=push, args=(hostile, flood_of_them)) for hostile in hostiles]
        for thread in pushing:
            thread.start()
        for hostile, thread in zip(hostiles, pushing):
            hostile.until("users")
            while (content := hostile.until("error")["content"])["code"] == "message_too_large":
                pass
            assert (content["code"], content["close"]) == ("bad_messages", 1008), content
            assert hostile.until_close() == 1008
            hostile.socket.close()
            thread.join()

    survives(attack)
