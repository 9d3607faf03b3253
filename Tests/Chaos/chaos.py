"""Kills the server again and again while clients talk, and looks for what was lost or doubled."""

import asyncio
import contextlib
import json
import random
import time
from collections import Counter
from dataclasses import asdict
from statistics import median

from judge import Fault, judge
from ledger import Ledger
from member import Member
from reader import Reader
from server import Server

ROOMS = ["general", "random", "gaming"]
MEMBERS = 6
BACK_SECONDS = 30  # all have to be back so long after a start
STOPS = {1001, 1012}  # with which the server closes when it stops
TRIGGER_SECONDS = 3  # after which the server is killed although what was waited for has not come


def settings(random):
    """A configuration: with and without grace, with all that is missed in memory or nearly nothing, on one thread or more."""
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
        self.settings = settings(self.random)
        self.server = Server(folder, self.settings)
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
                began = time.monotonic()
                await kind(self)
                progress(f"round {number} of {rounds}: killed {kind.__doc__} "
                         f"({time.monotonic() - began:.1f} s, {self.acknowledged} acknowledged)")
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
            raise Failed(self.account_of(faults))
        return self.summary(rounds)

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
        raise AssertionError(f"waited for {what}, " + ("but there is one who can't be resumed" if done else f"{BACK_SECONDS} s"))

    async def restart(self):
        await self.start()
        await self.all_back()

    # MARK: - Moments to kill at

    async def at_any_moment(self):
        """at any moment"""
        await asyncio.sleep(self.random.uniform(0, 0.5))
        self.kill()
        await self.restart()

    async def at_start(self):
        """while it starts"""
        self.kill()
        for _ in range(self.random.randint(1, 3)):
            self.ledger.starts.append(self.ledger.now())
            self.server.launch()
            await asyncio.sleep(self.random.uniform(0, 1.2) * self.server.start_seconds[0])
            self.kill()
        await self.restart()

    async def at_resume(self):
        """while clients resume"""
        await asyncio.sleep(self.random.uniform(0, 0.2))
        self.kill()
        for _ in range(self.random.randint(1, 2)):
            event = self.random.choice(("opened", "resuming", "resumed", "message"))
            count = self.random.randint(1, MEMBERS) if event != "message" else self.random.randint(1, 300)
            self.arm(event, count)
            await self.start_to_be_killed()
            await self.killing()
        await self.restart()

    async def start_to_be_killed(self):
        """As `start`, but the kill may come first."""
        self.ledger.starts.append(self.ledger.now())
        self.server.launch()
        accepting = asyncio.create_task(self.server.accepting())
        await asyncio.wait({accepting, self.killed}, return_when=asyncio.FIRST_COMPLETED)
        accepting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await accepting

    async def at_ack(self):
        """right after an ack"""
        await self.kill_at("ack", self.random.randint(1, 200))
        await self.restart()

    async def at_burst(self):
        """under a burst"""
        self.all_post(False)
        for member in self.members:
            await self.soon(member.all_answered(), f"answers to {member.name}")
        self.arm(self.random.choice(("sent", "ack", "message")), self.random.randint(1, 60))
        self.all_post(True)
        await self.killing()
        await self.restart()

    async def at_welcome(self):
        """right after somebody new was welcomed"""
        newcomer = self.come()
        await self.kill_at("welcome", 1)
        await self.restart()
        await self.see_out(newcomer)

    async def at_joining(self):
        """while a room is joined"""
        newcomer = self.come()
        await self.soon(newcomer.until(lambda: newcomer.is_in), "a newcomer to come in")
        joining = asyncio.create_task(newcomer.join("gaming"))
        event = self.random.choice(("joining", "sent", "message"))
        await self.kill_at(event, 1 if event == "joining" else self.random.randint(1, 20))
        await self.restart()
        await self.soon(joining, "a newcomer to join")
        leaving = asyncio.create_task(newcomer.leave("gaming"))
        if self.random.random() < 0.5:
            await self.kill_at("message", self.random.randint(1, 50))
            await self.restart()
        await self.soon(leaving, "a newcomer to leave")
        await self.see_out(newcomer)

    async def at_cuts(self):
        """while clients are cut off"""
        for _ in range(self.random.randint(1, 4)):
            member = self.random.choice(self.members)
            if member.is_in:
                member.cut(silently=self.random.random() < 0.5)
            await asyncio.sleep(self.random.uniform(0, 0.1))
        self.kill()
        await self.restart()

    async def at_stop(self):
        """while it stops"""
        for member in self.members:
            member.expects_close = STOPS
        self.server.tell_to_stop()
        await asyncio.sleep(self.random.uniform(0, 0.1))
        self.kill()
        await self.restart()
        for member in self.members:
            member.expects_close = set()

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

    # MARK: - What is told of it

    @property
    def acknowledged(self):
        return sum(bool(message.acks) for message in self.ledger.messages.values())

    @property
    def described_settings(self):
        limits, timeouts = self.settings["limits"], self.settings["timeouts"]
        return (f"{self.settings['io_threads']} threads, grace {timeouts['grace']}, {limits['max_room_posts']} posts of a room in "
                "memory")

    def summary(self, rounds):
        messages = self.ledger.messages.values()
        private = sum(bool(message.acks) and message.room is None for message in messages)
        again = sum(message.times_sent > 1 for message in messages)
        resumed = sum(len(account.resumptions) for account in self.ledger.accounts)
        seen = sum(len(account.seen) for account in self.ledger.accounts)
        starts = sorted(self.server.start_seconds)
        return (f"{rounds} rounds, {self.server.starts} starts, seed {self.seed} ({self.described_settings}): {self.acknowledged} messages acknowledged "
                f"({private} private), {again} of them sent again, {seen} deliveries compared, {resumed} sessions resumed: "
                f"0 lost, 0 doubled. From start to the first accepted connection {median(starts):.2f} s in the middle, "
                f"{starts[-1]:.2f} s at most.")

    def account_of(self, faults):
        """The account of what went wrong; all that is known stays in the folder."""
        with open(self.server.folder / "record.jsonl", "w") as file:
            for message in self.ledger.messages.values():
                print(json.dumps({"message": asdict(message)}), file=file)
            for account in self.ledger.accounts:
                print(json.dumps({"account": asdict(account)}), file=file)
        with open(self.server.folder / "faults.txt", "w") as file:
            print(*(f"{fault.kind}: {fault.text}" for fault in faults), sep="\n", file=file)
        counts = ", ".join(f"{count} {kind}" for kind, count in Counter(fault.kind for fault in faults).items())
        first = [f"{fault.kind}: {fault.text}"[:1000] for fault in faults[:20]]
        return "\n".join([f"{len(faults)} faults with seed {self.seed} ({self.described_settings}; {counts}), the first of them:", *first,
                          f"all of them, what each member saw, the logs and the data: {self.server.folder}"])


KINDS = [Chaos.at_any_moment, Chaos.at_resume, Chaos.at_ack, Chaos.at_start, Chaos.at_burst, Chaos.at_welcome,
         Chaos.at_joining, Chaos.at_cuts, Chaos.at_stop]
