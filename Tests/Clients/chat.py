"""A well-behaved chat client over the `websockets` package."""

import json
import time

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

REPLY_SECONDS = 5


class Client:
    """One connection; remembers every frame it got, in order, as dictionaries whose keys keep their order."""

    def __init__(self, url, **options):
        self.socket = connect(url, **{"compression": None, **options})
        self.port = self.socket.local_address[1]
        self.frames = []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def admitted(self):
        """Takes the two frames that open a chat; returns this user's id."""
        welcome, users = self.next(), self.next()
        assert (welcome["type"], users["type"]) == ("welcome", "users"), (welcome, users)
        self.id = welcome["content"]["user_id"]
        return self.id

    def send(self, type, **fields):
        self.socket.send(json.dumps({"type": type, **fields}))

    def next(self, seconds=REPLY_SECONDS):
        frame = json.loads(self.socket.recv(timeout=seconds))
        self.frames.append(frame)
        return frame

    def until(self, type, seconds=REPLY_SECONDS):
        """The next frame of this type; those before it stay in `frames`."""
        deadline = time.monotonic() + seconds
        while (frame := self.next(max(0, deadline - time.monotonic())))["type"] != type:
            pass
        return frame

    def caught_up(self):
        """Returns when everything that was sent to this client before the call has arrived.

        Two rounds: a direct answer may overtake what the same tick sends to others, never what an earlier one did.
        """
        for _ in range(2):
            self.send("get_stats")
            self.until("stats")

    def users(self):
        self.send("get_users")
        return self.until("users")["content"]

    def received(self, type):
        return [frame for frame in self.frames if frame["type"] == type]

    def until_closed(self):
        """Reads to the end; returns the code and reason of the server's close frame."""
        try:
            while True:
                self.next()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
