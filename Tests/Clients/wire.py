"""A WebSocket client made of a bare socket, for saying what no library would say."""

import json
import os
import socket
import struct

REPLY_SECONDS = 5
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # what RFC 6455 section 1.3 answers to that key
TEXT, CLOSE = 0x1, 0x8


def request(port, *more):
    """The bytes of a proper upgrade request, with further header lines."""
    lines = ["GET / HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
             f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13", *more]
    return "\r\n".join([*lines, "", ""]).encode()


def frame(payload, opcode=TEXT, final=True, compressed=False, mask=None):
    """One masked frame (RFC 6455 section 5.2); `compressed` sets the bit that says so (RFC 7692 section 6)."""
    mask = mask or os.urandom(4)
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = struct.pack("!BH", 0x80 | 126, size)
    else:
        length = struct.pack("!BQ", 0x80 | 127, size)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    return bytes([opcode | (0x80 if final else 0) | (0x40 if compressed else 0)]) + length + mask + masked


class Wire:
    """A TCP connection to the router; `upgrade` makes it a WebSocket.

    With `small` the system keeps as little as it can of what is not read, here and at the router's end.
    """

    def __init__(self, port, source="127.0.0.1", small=False):
        self.port = port
        self.socket = socket.socket()
        self.socket.settimeout(REPLY_SECONDS)
        if small:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # the other end's buffer grows with it
        try:
            self.socket.bind((source, 0))
            self.socket.connect(("127.0.0.1", port))
        except OSError:
            self.socket.close()
            raise
        self.bytes = b""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def upgrade(self, *more):
        self.send(request(self.port, *more))
        while b"\r\n\r\n" not in self.bytes:
            self.fill()
        head, self.bytes = self.bytes.split(b"\r\n\r\n", 1)
        assert head.startswith(b"HTTP/1.1 101 ") and ACCEPT.encode() in head, head
        return self

    def say(self, payload):
        self.send(frame(payload if isinstance(payload, bytes) else json.dumps(payload).encode()))

    def fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"the router closed the connection; unread: {self.bytes!r}")
        self.bytes += data

    def take(self, count):
        while len(self.bytes) < count:
            self.fill()
        taken, self.bytes = self.bytes[:count], self.bytes[count:]
        return taken

    def frame(self):
        """The next frame: its opcode and payload."""
        first, second = self.take(2)
        size = second & 0x7F
        if size == 126:
            size = struct.unpack("!H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack("!Q", self.take(8))[0]
        return first & 0x0F, self.take(size)

    def next(self):
        """The next frame, which must be a text, decoded."""
        opcode, payload = self.frame()
        assert opcode == TEXT, f"wanted a message, got opcode {opcode}: {payload!r}"
        return json.loads(payload)

    def until(self, type):
        """The next message of this type."""
        while (message := self.next())["type"] != type:
            pass
        return message

    def until_close(self):
        """Skips to the router's close frame; returns its code."""
        while (taken := self.frame())[0] != CLOSE:
            pass
        return struct.unpack("!H", taken[1][:2])[0]

    def rest(self):
        """Everything up to the end of the connection, however it ends."""
        try:
            while True:
                self.fill()
        except (EOFError, ConnectionError):
            return self.bytes

    def reset(self):
        """Ends the connection with a TCP reset in place of an orderly end."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
