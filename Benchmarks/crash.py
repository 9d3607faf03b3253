"""How soon a router serves again that was killed with -9 amid posts."""

import os
import re
import shutil
import socket
import subprocess
import time

from servers import DATA, Failed, Server

KEPT = re.compile(r"data folder .*, (\d+) posts in")
SAVED = DATA.with_name(DATA.name + "-after-crash")
STARTS = 3
UPGRADE = ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n").encode()


def wait_for_welcome(port):
    """Connects as a client does, and returns when `welcome` has come."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(UPGRADE)
        received = b""
        while b'"welcome"' not in received:
            piece = client.recv(65536)
            if not piece:
                raise Failed(f"no welcome: {received[:300]}")
            received += piece


def leave_memory(*files):
    """What is read of these files from now on comes from the disk."""
    for file in files:
        with open(file, "rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def restarted(subject, router, added, acked, cold):
    """Milliseconds from starting the router on what the crash left to a client's `welcome`."""
    shutil.rmtree(DATA, ignore_errors=True)
    shutil.copytree(SAVED, DATA)
    subprocess.run(["sync", "--file-system", DATA], check=True)
    if cold:
        leave_memory(router, *DATA.iterdir())
    began = time.monotonic()
    with Server(subject, router, added, goes_on=True) as server:
        wait_for_welcome(server.port)
        milliseconds = (time.monotonic() - began) * 1e3
        if (found := KEPT.search(server.log.read_text())) is None or int(found.group(1)) < acked:
            raise Failed(f"{acked} posts were acknowledged, and of those that are kept it says\n{server.log.read_text()}")
    return milliseconds


def measured(subject, router, added, options):
    """Fills a data folder, kills the router amid posts, and starts it on that several times; the slowest counts."""
    with Server(subject, router, added) as server:
        filled = server.load("crash", options)
    shutil.rmtree(SAVED, ignore_errors=True)
    DATA.rename(SAVED)
    try:
        times = {cold: max(restarted(subject, router, added, filled["messages"], cold) for _ in range(STARTS))
                 for cold in (False, True)}
        log = os.path.getsize(SAVED / "router.db-wal")
    finally:
        shutil.rmtree(SAVED)
    return {**filled, "ready_ms": times[False], "cold_ready_ms": times[True], "log_bytes": float(log)}
