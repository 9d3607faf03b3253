"""A client that never gives up: posts at full speed, and after every cut resumes, sends again and goes on."""

import asyncio
import json

from connection import Connection
from hearing import Hearing
from ledger import Stay

AGAIN_SECONDS = 0.005  # between attempts to connect
STOPS = {1001, 1012}  # with which the server closes when it stops


class Member(Hearing):
    """A session in the ledger and the connections that carry it.

    `told(event, member)` hears of "opened", "resuming", "resumed", "failed", "welcome", "sent", "ack", "message" and
    "joining" as they happen; it may kill the server or call `cut`. With `careless` it has no keys, and never sends
    anything again.
    """

    def __init__(self, ledger, port, random, told=lambda event, member: None, window=16, careless=False):
        self.ledger, self.port, self.random, self.told = ledger, port, random, told
        self.account = ledger.account()
        self.window, self.careless = window, careless
        self.name = f"member-{self.account.number}"
        self.token = None
        self.after = 0
        self.connection = None
        self.connections = 0
        self.is_in = False  # welcomed or resumed, on this connection
        self.pending = {}  # what was sent and not answered, by ref: a Message, or what to do with the answer
        self.refused = []  # to be sent again
        self.refs = 0
        self.posts = 0
        self.is_posting = False
        self.rooms = {}  # by name: the Stay that is open
        self.others = []  # whom it writes to
        self.expects_close = set()  # codes with which the server may close it
        self.may_come = asyncio.Event()  # else it stays away
        self.may_come.set()
        self.small = False  # whether its next connections take only a few frames ahead of it
        self.change = asyncio.Event()  # of anything that somebody may wait for

    # MARK: - What it is told to do

    async def live(self):
        """Connects, and does so again after every end, until cancelled."""
        try:
            while True:
                await self.may_come.wait()
                self.set_out = self.ledger.now()
                try:
                    connection = await Connection.open(self, self.port, "/?resume" if self.token else "/", self.small)
                except OSError:
                    await asyncio.sleep(AGAIN_SECONDS)
                    continue
                await self.until(lambda: connection.is_over)
        finally:
            if self.connection:
                self.connection.reset()

    def cut(self, silently=False):
        """Ends the connection in the middle of whatever goes on; the next one comes by itself."""
        connection = self.connection
        if connection is None:
            return
        connection.cut(silently)
        if silently:
            asyncio.get_running_loop().call_later(1, connection.reset)
        self.drop(connection)

    async def join(self, room):
        """Joins one room more; on return it is in, on whatever connection."""
        while room not in self.rooms or self.rooms[room].since is None:
            await self.until(lambda: self.is_in)
            if room not in self.rooms:
                self.rooms[room] = Stay(room, self.ledger.now())
                self.account.stays.append(self.rooms[room])
            self.told("joining", self)
            answer = await self.ask("join_room", room=room, stay=True)
            stay = self.rooms.get(room)
            if stay and stay.since is None and answer:
                stay.since = self.ledger.now()

    async def leave(self, room):
        """Leaves a room; on return it is out."""
        while room in self.rooms:
            await self.until(lambda: self.is_in)
            if room not in self.rooms:
                return
            stay = self.rooms[room]
            stay.until = stay.until or self.ledger.now()
            if await self.ask("leave_room", room=room) and self.rooms.get(room) is stay:
                self.out_of(room)

    async def caught_up(self):
        """On return everything that was sent to this member before the call has arrived.

        Two rounds: a direct answer may overtake what the same turn sends to others, never what an earlier one did.
        """
        rounds = 0
        while rounds < 2:
            await self.until(lambda: self.is_in)
            rounds = rounds + 1 if await self.ask("get_stats") else 0

    async def all_answered(self):
        self.is_posting = False
        await self.until(lambda: self.is_in and not self.pending and not self.refused)

    async def until(self, condition):
        while not condition():
            await self.changed()

    async def changed(self):
        self.change.clear()
        await self.change.wait()

    async def ask(self, type, **fields):
        """Sends one request; returns the ack, or None when the connection ended before."""
        done = asyncio.get_running_loop().create_future()
        self.send(done, type, **fields)
        return await done

    # MARK: - Sending

    def send(self, pending, type, **fields):
        self.refs += 1
        self.pending[self.refs] = pending
        if self.connection:
            self.connection.say(json.dumps({"type": type, **fields, "ref": self.refs}))

    def fill(self):
        """Keeps as many messages under way as the window allows."""
        while self.is_posting and self.is_in and len(self.pending) < self.window:
            self.transmit(self.compose())

    def compose(self):
        self.posts += 1
        label = f"m{self.account.number}-{self.posts}"
        padding = "x" * self.random.choice((0, 0, 0, 20, 200, 2000))
        key = None if self.careless else f"key {self.posts}"
        if self.others and self.random.random() < 0.15:
            to = self.random.choice(self.others)
            if to.account.user is not None:
                return self.ledger.message(self.account.number, label, padding, to=to.account.number, key=key)
        rooms = [room for room, stay in self.rooms.items() if stay.since and stay.until is None]
        return self.ledger.message(self.account.number, label, padding, room=self.random.choice(rooms), key=key)

    def transmit(self, message):
        message.times_sent += 1
        fields = {"key": message.key} if message.key else {}
        if message.room:
            self.send(message, "message", room=message.room, content=message.content, **fields)
        else:
            to = self.ledger.accounts[message.to].user
            self.send(message, "private_message", to_id=to, content=message.content, **fields)
        self.told("sent", self)

    def send_again(self):
        """What was not answered on the last connection, in the order in which it was sent."""
        messages = list(self.pending.values())
        self.pending = {}
        if not self.careless:
            for message in messages:
                self.transmit(message)

    # MARK: - The connection

    def opened(self, connection):
        self.connection, self.is_in = connection, False
        self.connections += 1
        self.told("opened", self)
        if connection.is_cut:
            return
        if self.token:
            self.asked, self.sent_after = self.ledger.now(), self.after
            connection.say(json.dumps({"type": "resume", "token": self.token, "after": self.after}))
            self.told("resuming", self)

    def lost(self, connection):
        if connection is self.connection:
            if connection.code not in (None, *self.expects_close):
                self.complain("closes", f"was closed with {connection.code}")
            self.drop(connection)
        elif connection.status not in (None, 101):
            self.complain("closes", f"was answered {connection.status}")
        self.change.set()

    def drop(self, connection):
        self.connection, self.is_in = None, False
        kept = {}
        for ref, pending in self.pending.items():
            if isinstance(pending, asyncio.Future):
                if not pending.done():
                    pending.set_result(None)
            else:
                kept[ref] = pending
        self.pending = kept
        self.change.set()
