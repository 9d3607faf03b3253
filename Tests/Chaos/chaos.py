"""Kills the server again and again while clients talk, and looks for what was lost or doubled."""

import asyncio
import random
import time

from judge import Fault, judge
from ledger import Ledger
from member import Member
from moments import KINDS
from reader import Reader
from report import account, acknowledged, summary
from server import Server

ROOMS = ["general", "random", "gaming"]
MEMBERS = 6
BACK_SECONDS = 30  # all have to be back so long after a start
TRIGGER_SECONDS = 3  # after which the server is killed although what was waited for has not come


def settings(random):
    """For the next start: with grace or without, all that is missed in memory or nearly nothing, one thread or more."""
    return {
        "io_threads": random.choice((0, 1, 3)),
        "limits": {"max_outbox_bytes": "64 MiB", "max_room_posts": random.choice((1000, 20))},
        "timeouts": {"resume": "10m", "grace": random.choice(("0s", "2s"))},
    }


class Failed(Exception):
    """Something was lost, doubled or went wrong otherwise; the text is the account of it."""


class Chaos:
    """Members that talk all the time, and the server that they talk through."""

    def __init__(self, folder, seed):
        self.seed = seed
        self.random = random.Random(seed)
        self.server = Server(folder, settings(self.random))
        self.ledger = Ledger()
        self.members = []  # who stay to the end
        self.tasks = {}
        self.waits_for = None  # the event at which the server is killed, and how many of them until then
        self.killed = None
        self.hopeless = asyncio.Event()  # a member will never be back

    # MARK: - The rounds

    async def run(self, rounds, progress=lambda text: None):
        """So many kills or a few more; then all that was seen is compared. Returns a summary, throws `Failed`."""
        try:
            await self.start()
            await self.populate()
            for number in range(1, rounds + 1):
                kind = KINDS[(number - 1 + self.seed) % len(KINDS)]
                self.server.configure(settings(self.random))
                began = time.monotonic()
                await kind(self)
                progress(f"round {number} of {rounds}: killed {kind.__doc__} "
                         f"({time.monotonic() - began:.1f} s, {acknowledged(self.ledger)} acknowledged)")
            await self.settle()
            progress("comparing what was seen with what was acknowledged")
            faults = self.faults()
        except (AssertionError, TimeoutError, EOFError) as error:
            faults = [Fault("server", f"{type(error).__name__}: {error}"), *self.faults()]
        finally:
            await self.disband()
            if self.server.process and self.server.process.poll() is None:
                self.server.process.kill()
        if faults:
            raise Failed(account(faults, self.seed, self.ledger, self.server.folder))
        return summary(rounds, self.seed, self.ledger, self.server)

    async def start(self):
        self.ledger.starts.append(self.ledger.now())
        await self.server.start()

    async def populate(self):
        """The members come in; each joins the second room, every other one the third."""
        for number in range(MEMBERS):
            self.members.append(self.come(careless=number == MEMBERS - 1))
        for member in self.members:
            member.others = [other for other in self.members if other is not member]
            await self.soon(member.join("random"), "a member to join")
            if member.account.number % 2:
                await self.soon(member.join("gaming"), "a member to join")
        self.all_post(True)

    def come(self, careless=False):
        member = Member(self.ledger, self.server.port, random.Random(self.random.random()), self.told,
                        window=self.random.choice((4, 16, 32)), careless=careless)
        self.tasks[member] = asyncio.create_task(member.live())
        return member

    def all_post(self, do):
        for member in self.members:
            member.is_posting = do
            member.fill()

    def told(self, event, member):
        if event == "failed":
            self.hopeless.set()
        if self.waits_for and self.waits_for[0] == event:
            self.waits_for[1] -= 1
            if self.waits_for[1] <= 0:
                self.kill()

    def kill(self):
        self.waits_for = None
        self.server.kill()
        if self.killed and not self.killed.done():
            self.killed.set_result(None)

    def arm(self, event, count):
        """The server is killed when the members have met so many of these events."""
        self.killed = asyncio.get_running_loop().create_future()
        self.waits_for = [event, count]

    async def kill_at(self, event, count):
        self.arm(event, count)
        await self.killing()

    async def killing(self):
        """Returns when the server was killed, which happens after a while in any case."""
        await asyncio.wait({self.killed}, timeout=TRIGGER_SECONDS)
        if not self.killed.done():
            self.kill()

    async def all_back(self):
        for member in self.members:
            await self.soon(member.until(lambda: member.is_in), f"{member.name} to be back")

    async def soon(self, work, what):
        work, hopeless = asyncio.ensure_future(work), asyncio.ensure_future(self.hopeless.wait())
        done, _ = await asyncio.wait({work, hopeless}, timeout=BACK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        hopeless.cancel()
        if work in done:
            return work.result()
        work.cancel()
        reason = "but there is one who can't be resumed" if done else f"{BACK_SECONDS} s"
        raise AssertionError(f"waited for {what}, {reason}")

    async def restart(self):
        await self.start()
        await self.all_back()

    async def start_to_be_killed(self):
        """As `start`, but the kill may come first."""
        self.ledger.starts.append(self.ledger.now())
        self.server.launch()
        accepting = asyncio.create_task(self.server.accepting())
        await asyncio.wait({accepting, self.killed}, return_when=asyncio.FIRST_COMPLETED)
        accepting.cancel()
        try:
            await accepting
        except asyncio.CancelledError:
            pass
        except AssertionError:
            if not self.killed.done():
                raise

    # MARK: - The end

    async def see_out(self, member):
        """A member ends when it has got all that it was owed until then."""
        await self.soon(member.until(lambda: member.is_in), f"{member.name} to be back")
        now = self.ledger.now()
        for stay in member.account.stays:
            stay.until = stay.until or now
        await self.soon(member.caught_up(), f"{member.name} to catch up")
        self.tasks.pop(member).cancel()

    async def settle(self):
        """Nobody posts any more, all is answered and has arrived; then the history is read back."""
        self.all_post(False)
        for member in self.members:
            await self.soon(member.all_answered(), f"answers to {member.name}")
        for member in self.members:
            await self.soon(member.caught_up(), f"{member.name} to catch up")
        reader = await Reader.open(self.server.port)
        for room in ROOMS:
            reader.say("join_room", room=room, ref="join")
            await reader.until("ack")
            self.ledger.history[room] = await reader.history(room)
        await self.disband()
        await self.server.stop()

    async def disband(self):
        for task in self.tasks.values():
            task.cancel()
        results = await asyncio.gather(*self.tasks.values(), return_exceptions=True)
        self.tasks = {}
        for result in results:
            if isinstance(result, Exception):
                raise result

    def faults(self):
        return [Fault("server", text) for text in self.server.faults] + judge(self.ledger)
