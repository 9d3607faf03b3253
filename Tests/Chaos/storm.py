"""Thousands of clients are dropped at once, and all come back at once, while somebody posts: no gap, nothing twice."""

import asyncio
import gc
import json
import random
import resource
import time

from chaos import BACK_SECONDS, Failed
from connection import Connection
from server import Server

POSTS_A_SECOND = 5
AGAIN_SECONDS = (0.3, 0.9)  # between two attempts to connect, at least and at most
MISSED = 20  # posts at least that everybody misses
AT_A_TIME = 200  # clients that come at the beginning
SPARE = 200  # connections and descriptors besides those of the clients
COMING_SECONDS = 300


class Follower:
    """Listens to posts that are numbered, and has to get each number once, in order, on whatever connection."""

    def __init__(self, storm):
        self.storm = storm
        self.token = None
        self.user = None
        self.after = 0
        self.last = 0
        self.connection = None
        self.began = 0.0
        self.is_in = False

    async def come(self):
        """Connects; `lost` lets it come again."""
        self.began = self.began or time.monotonic()
        while not self.storm.is_over:
            await self.storm.is_up.wait()
            try:
                self.connection = await Connection.open(self, self.storm.server.port, "/?resume" if self.token else "/")
                return
            except OSError:
                await asyncio.sleep(random.uniform(*AGAIN_SECONDS))

    def opened(self, connection):
        if self.token:
            connection.say(json.dumps({"type": "resume", "token": self.token, "after": self.after}))

    def heard(self, connection, payload):
        if payload.startswith(b'{"type":"message"'):
            self.saw(json.loads(payload))
        elif payload.startswith((b'{"type":"welcome"', b'{"type":"resumed"', b'{"type":"error"')):
            self.came_in(json.loads(payload))
        elif self.storm.is_quiet and payload.startswith((b'{"type":"join"', b'{"type":"leave"')):
            self.storm.heard_of += 1

    def saw(self, frame):
        number, id = int(frame["content"]), frame["id"]
        if number != self.last + 1 or id <= self.after:
            self.storm.fault(f"{self.user} got {number} as {id} after {self.last} as {self.after}")
        self.last, self.after = number, id

    def came_in(self, frame):
        content = frame["content"]
        if frame["type"] == "error" or self.user not in (None, content["user_id"]):
            return self.storm.fault(f"{self.user}, after {self.last}, got {frame}")
        self.token, self.user = content["resume"], content["user_id"]
        self.is_in = True
        self.storm.is_back(time.monotonic() - self.began)
        self.began = 0.0

    def lost(self, connection):
        if connection.code is not None or connection.status not in (None, 101):
            self.storm.fault(f"{self.user} was closed: status {connection.status}, code {connection.code}")
        self.is_in = False
        if not self.storm.is_over:
            self.storm.start(self.come())


class Poster(Follower):
    """Posts the numbers; after a cut it sends again what was not acknowledged."""

    def __init__(self, storm):
        super().__init__(storm)
        self.sent = 0
        self.pending = {}

    def post(self):
        self.sent += 1
        self.pending[self.sent] = {"type": "message", "content": str(self.sent), "key": str(self.sent), "ref": self.sent}
        if self.is_in:
            self.connection.say(json.dumps(self.pending[self.sent]))

    def heard(self, connection, payload):
        if payload.startswith(b'{"type":"ack"'):
            del self.pending[json.loads(payload)["ref"]]
        else:
            super().heard(connection, payload)

    def came_in(self, frame):
        super().came_in(frame)
        for message in self.pending.values():
            self.connection.say(json.dumps(message))


class Storm:
    def __init__(self, folder, count):
        limits = {name: count + SPARE for name in ("max_connections", "max_handshakes", "max_resumable_sessions")}
        self.server = Server(folder, {
            "limits": {**limits, "max_outbox_bytes": "64 MiB"},
            "timeouts": {"grace": "2m", "resume": "10m", "handshake": "60s", "ping": "5m"},
        })
        self.count = count
        self.faults = []
        self.tasks = set()
        self.is_over = False
        self.is_up = asyncio.Event()  # thousands that try in vain meanwhile would only keep this process busy
        self.is_quiet = False  # nobody may hear of anybody who comes or leaves
        self.heard_of = 0
        self.seconds = []  # how long it took each to be back
        self.poster = Poster(self)
        self.followers = [Follower(self) for _ in range(count)]

    def fault(self, text):
        self.faults.append(text)

    def is_back(self, seconds):
        self.seconds.append(seconds)

    def start(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def until(self, condition, what, seconds=BACK_SECONDS * 4):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise Failed(self.account(f"waited {seconds} s {what}"))
            await asyncio.sleep(0.01)

    def account(self, first):
        return "\n".join([first, f"{len(self.faults)} faults, the first of them:", *self.faults[:20],
                          f"logs and data: {self.server.folder}"])

    # MARK: - What happens

    async def run(self, progress):
        try:
            await self.start_server()
            await self.arrive(progress)
            self.start(self.post())
            await self.until(lambda: all(follower.last > 2 for follower in self.followers), "for the first posts")
            self.is_quiet = True
            progress(await self.measured("dropped at once", self.drop))
            await self.until(self.are_level, "for all to catch up")
            self.is_quiet = False
            if self.heard_of:
                self.fault(f"others heard {self.heard_of} times of somebody who was back within the grace time")
            progress(await self.measured("after kill -9 and a start", self.restart))
            await self.until(self.are_level, "for all to catch up")
            self.is_over = True
            await self.until(lambda: not self.poster.pending, "for the last acks")
            await self.until(lambda: all(one.last == self.poster.sent for one in self.followers), "for the last posts")
        finally:
            self.end()
        if self.faults or self.server.faults:
            raise Failed(self.account("\n".join(self.server.faults)))
        return (f"{self.count} clients, {self.poster.sent} posts, each seen once and in order by all; "
                f"first connection {self.server.start_seconds[-1]:.2f} s after the start that followed kill -9")

    async def arrive(self, progress):
        began = time.monotonic()
        everybody = [self.poster, *self.followers]
        for place in range(0, len(everybody), AT_A_TIME):
            for one in everybody[place:place + AT_A_TIME]:
                self.start(one.come())
            await self.until(lambda: all(one.is_in for one in everybody[:place + AT_A_TIME]), "for clients to come",
                             COMING_SECONDS)
        progress(f"{self.count} clients came within {time.monotonic() - began:.1f} s")

    async def post(self):
        while not self.is_over:
            self.poster.post()
            await asyncio.sleep(1 / POSTS_A_SECOND)

    async def measured(self, what, cause):
        """All are dropped, and all come back."""
        self.seconds = []
        began = time.monotonic()
        await cause()
        await self.until(lambda: all(one.is_in for one in (self.poster, *self.followers)), "for all to resume")
        ordered = sorted(self.seconds)
        return (f"{self.count} clients {what}: all resumed within {time.monotonic() - began:.2f} s; "
                f"{ordered[len(ordered) // 2]:.2f} s for the one in the middle, {ordered[-1]:.2f} s for the last")

    async def drop(self):
        for follower in self.followers:
            follower.is_in = False
            follower.began = time.monotonic()
            follower.connection.cut()
        self.post_missed()

    def post_missed(self):
        for _ in range(MISSED):
            self.poster.post()

    async def restart(self):
        now = time.monotonic()
        for one in [self.poster, *self.followers]:
            one.is_in, one.began = False, now
        self.is_up.clear()
        self.server.kill()
        self.post_missed()
        await self.start_server()

    async def start_server(self):
        await self.server.start()
        self.is_up.set()

    def are_level(self):
        sent = self.poster.sent - 1
        return all(follower.last >= sent for follower in self.followers)

    def end(self):
        self.is_over = True
        for task in self.tasks:
            task.cancel()
        if self.server.process and self.server.process.poll() is None:
            self.server.kill()


async def storm(folder, count, progress):
    """Returns a summary; throws `Failed`."""
    allow_descriptors(count + SPARE)
    gc.collect()
    gc.freeze()
    return await Storm(folder, count).run(progress)


def allow_descriptors(count):
    """The server inherits them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise Failed(f"{count} open files are needed, and {hard} allowed: ulimit -n")
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count if hard == resource.RLIM_INFINITY else hard, hard))
