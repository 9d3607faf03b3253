"""A disk that neither takes nor refuses what is written: the log says so, and the router can be ended all the same."""

import signal
import socket
import time

from disks import hanging_disk
from journal import Poster, place, router_in


def begins(poster, content):
    """Sends a post whose answer is not waited for."""
    poster.asked += 1
    poster.send("message", content=content, ref=poster.asked)


def is_answered(poster, seconds=2):
    """Whether a ping of a client is."""
    return poster.socket.ping().wait(seconds)


def test_goes_on():
    """It says so after 5 s; pings are answered; when the disk goes on it says so, and what was sent meanwhile is posted"""
    with hanging_disk() as (mounted, hangs, goes_on), place() as folder:
        with router_in(folder, mounted / "data") as router, Poster(router.url) as poster, Poster(router.url) as other:
            assert poster.post("before") is None
            assert hangs()
            begins(poster, "waits")
            line = router.line(r"warning: posts have been waiting for the disk for 5 s \((.*)\)", 8)
            assert line.group(1) == str(mounted / "data" / "router.db"), router.output
            begins(other, "comes behind")
            assert is_answered(poster) and is_answered(other)
            assert goes_on()
            router.line("the disk has answered after [567] s")
            assert [poster.until("ack")["type"], other.until("ack")["type"]] == ["ack", "ack"]
            assert [content for _, content in other.history()] == ["before", "waits", "comes behind"]


def test_ends():
    """One SIGTERM closes everybody with 1001 and ends it with 1 within timeouts.close; nothing acknowledged is lost"""
    with hanging_disk() as (mounted, hangs, goes_on), place() as folder:
        with (folder / "chat.yaml").open("a") as file:
            file.write("timeouts: {close: 1s}\n")
        router = router_in(folder, mounted / "data")
        try:
            with Poster(router.url) as poster:
                for number in range(5):
                    assert poster.post(str(number)) is None
                assert hangs()
                begins(poster, "never acknowledged")
                assert is_answered(poster)
                started = time.monotonic()
                router.process.send_signal(signal.SIGTERM)
                assert poster.until_closed()[0] == 1001, router.output
                router.line("critical: stopped without the disk: .*router.db: the disk has not answered for 1 s", 3)
                assert time.monotonic() - started < 3
            with socket.socket() as nobody:
                assert nobody.connect_ex(("127.0.0.1", router.port)) != 0
        finally:
            # The system does not end a process before its last call has returned.
            assert goes_on()
            assert router.process.wait(5) == 1, router.output
        with router_in(folder, mounted / "data") as router, Poster(router.url) as after:
            assert after.history()[:5] == poster.kept and len(after.history()) <= 6
