"""A scripted client on asyncio: says what it is told to, and waits for what comes."""

import asyncio
import json

from connection import Connection

REPLY_SECONDS = 10


class Reader:
    """One connection, whose frames are taken one by one."""

    def __init__(self):
        self.frames = asyncio.Queue()
        self.connection = None

    @classmethod
    async def open(cls, port, path="/", small=False):
        reader = cls()
        reader.connection = await Connection.open(reader, port, path, small)
        while (event := await reader.frames.get()) is not reader:
            if event is None:
                raise EOFError(f"no WebSocket: status {reader.connection.status}")
        return reader

    def opened(self, connection):
        self.frames.put_nowait(self)

    def heard(self, connection, payload):
        self.frames.put_nowait(json.loads(payload))

    def lost(self, connection):
        self.frames.put_nowait(None)

    def say(self, type, **fields):
        self.connection.say(json.dumps({"type": type, **fields}))

    async def next(self, seconds=REPLY_SECONDS):
        frame = await asyncio.wait_for(self.frames.get(), seconds)
        if frame is None:
            self.frames.put_nowait(None)
            raise EOFError(f"the router closed the connection: {self.connection.code}")
        return frame

    async def until(self, type, seconds=REPLY_SECONDS):
        """The next frame of this type."""
        while (frame := await self.next(seconds))["type"] != type:
            pass
        return frame

    async def closed(self, seconds=REPLY_SECONDS):
        """Takes what still comes; returns the code of the server's close frame."""
        while (await asyncio.wait_for(self.frames.get(), seconds)) is not None:
            pass
        return self.connection.code

    async def history(self, room):
        """All posts of a room, read backwards page by page: (id, label, content, sender's user id), oldest first."""
        rows, before = [], {}
        while True:
            self.say("get_history", room=room, ref="page", **before)
            page = (await self.until("history"))["content"]
            await self.until("ack")
            if not page:
                return rows
            rows[:0] = [(row["id"], row["content"].split(" ", 1)[0], row["content"], row["sender_id"]) for row in page]
            before = {"before": page[0]["id"]}
