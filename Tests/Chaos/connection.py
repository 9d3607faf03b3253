"""A WebSocket client on asyncio that costs little, so that one process can be thousands of them."""

import asyncio
import os
import socket
import struct

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
RESET = struct.pack("ii", 1, 0)


def frame(payload, opcode=TEXT):
    """One masked frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        head = bytes([0x80 | opcode, 0x80 | size])
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, size)
    mask = os.urandom(4)
    whole = int.from_bytes((mask * (size // 4 + 1))[:size], "little")
    return head + mask + (int.from_bytes(payload, "little") ^ whole).to_bytes(size, "little")


class Connection(asyncio.Protocol):
    """One connection: tells its owner `opened(connection)`, `heard(connection, payload)` for every text, and
    `lost(connection)` once, whoever ended it. After `cut` it tells nothing but that.

    `status` is the HTTP status of the handshake, `code` that of the server's close frame; None when none came.
    """

    def __init__(self, owner, path="/"):
        self.owner = owner
        self.path = path
        self.transport = None
        self.rest = b""
        self.status = None
        self.code = None
        self.is_cut = False
        self.is_over = False

    @classmethod
    async def open(cls, owner, port, path="/", small=False):
        """Connects; with `small` the system keeps as little as it can of what is not read."""
        line = socket.socket()
        line.setblocking(False)
        try:
            if small:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(line, ("127.0.0.1", port))
            return (await loop.create_connection(lambda: cls(owner, path), sock=line))[1]
        except BaseException:
            line.close()
            raise

    def connection_made(self, transport):
        self.transport = transport
        transport.write((f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                         f"Connection: Upgrade\r\nSec-WebSocket-Key: {KEY}\r\n"
                         "Sec-WebSocket-Version: 13\r\n\r\n").encode())

    def data_received(self, data):
        if self.rest:
            data = self.rest + data
        at = 0 if self.status else self.upgraded(data)
        if at is None:
            return
        size = len(data)
        while size - at >= 2 and not self.is_cut:
            length, start = data[at + 1], at + 2
            if length >= 126:
                start += 2 if length == 126 else 8
                if size < start:
                    break
                length = int.from_bytes(data[at + 2:start], "big")
            end = start + length
            if end > size:
                break
            opcode = data[at] & 0x0F
            at = end
            if opcode == TEXT:
                self.owner.heard(self, data[start:end])
            else:
                self.control(opcode, data[start:end])
        self.rest = data[at:]

    def upgraded(self, data):
        """Where the frames begin; None while the head is not there, or when the server refuses."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self.rest = data
            return None
        self.status = int(data[9:12])
        if self.status != 101:
            self.transport.abort()
            return None
        self.owner.opened(self)
        return end + 4

    def control(self, opcode, payload):
        if opcode == PING:
            self.transport.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self.code = int.from_bytes(payload[:2], "big") if len(payload) >= 2 else 1005
            self.transport.write(frame(payload[:2], CLOSE))
            self.transport.close()
        elif opcode != PONG:
            raise ValueError(f"the server sent a frame of opcode {opcode}")

    def say(self, text):
        if not self.transport.is_closing():
            self.transport.write(frame(text.encode()))

    def cut(self, silently=False):
        """Ends the connection, by a reset; or silently: nothing is read any more, and the server is told nothing."""
        self.is_cut = self.is_over = True
        if silently:
            self.transport.pause_reading()
        else:
            self.reset()

    def reset(self):
        line = self.transport.get_extra_info("socket")
        if line is not None and not self.transport.is_closing():
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()

    def connection_lost(self, error):
        self.is_over = True
        self.owner.lost(self)
