"""Others post 1,000 times a second while one client is cut off, at the step of resuming that a test says."""

import asyncio
import time

from chaos import Chaos
from report import account, acknowledged

TALKERS = 4
POSTS_A_SECOND = 1000
MISSED = 200  # posts that who is away misses at least
MOST_PENDING = 200  # keys that are surely remembered (P31)


class Stage(Chaos):
    """Talkers who post all the time, and one more, who is cut off. What all saw is compared at the end.

    `settings` come in the place of those that the seed chooses.
    """

    def __init__(self, folder, seed, settings=None):
        super().__init__(folder, seed)
        if settings:
            self.server.configure(settings)

    async def __aenter__(self):
        await self.start()
        for _ in range(TALKERS + 1):
            self.members.append(self.come())
            await self.soon(self.members[-1].join("random"), "a member to join")
        self.subject = self.members[-1]
        self.talking = [asyncio.create_task(self.talk(member)) for member in self.members[:-1]]
        return self

    async def talk(self, member):
        """Posts in rooms alone: nothing that could be refused because somebody is away."""
        due, last = 0.0, time.monotonic()
        while True:
            await asyncio.sleep(0.01)
            now = time.monotonic()
            due, last = min(due + (now - last) * POSTS_A_SECOND / TALKERS, MOST_PENDING), now
            while due >= 1 and member.is_in and len(member.pending) < MOST_PENDING:
                due -= 1
                member.transmit(member.compose())

    async def __aexit__(self, kind, error, trace):
        for task in self.talking:
            task.cancel()
        try:
            if error is None:
                await self.settle()
                faults = self.faults()
                assert not faults, account(faults, self.seed, self.ledger, self.server.folder)
        finally:
            await self.disband()
            if self.server.process.poll() is None:
                self.server.process.kill()

    async def posted(self, count):
        """Returns when so many more posts have been acknowledged."""
        count += acknowledged(self.ledger)
        while acknowledged(self.ledger) < count:
            await asyncio.sleep(0.01)

    async def cut_at(self, step, silently, missed=MISSED):
        """The subject misses some posts, is cut off at this step of coming back, and comes back all the same."""
        self.subject.is_posting = step == "sent"
        self.subject.may_come.clear()
        self.subject.cut()
        await self.soon(self.posted(missed), "posts")
        self.subject.small = step == "message"
        self.subject.told = cutting(step, self.random.randint(2, missed // 2) if step == "message" else 1, silently)
        self.subject.may_come.set()
        before = self.subject.connections
        await self.soon(self.subject.until(lambda: self.subject.is_in and self.subject.connections > before + 1),
                        f"the subject to be back, cut at {step}")


def cutting(step, count, silently):
    """Cuts a member off when it meets this event so often, once."""
    left = [count]

    def told(event, member):
        if event == step and left[0]:
            left[0] -= 1
            if not left[0]:
                member.cut(silently)
    return told
