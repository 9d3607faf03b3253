"""A client that is cut off at every step of resuming (P46), and over restarts, while others post 1,000 times a second.

What everybody saw is compared at the end, as in `make chaos`.
"""

import asyncio
import random
import shutil
import signal
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests" / "Chaos"))

from member import STOPS  # noqa: E402
from stage import MISSED, Stage, cutting  # noqa: E402

STEPS = ["opened", "resuming", "resumed", "message", "sent"]


def on_stage(play, settings=None):
    """Runs a play; what it leaves behind stays only when something was wrong."""
    folder = ROOT / ".build-chaos" / "resume"
    shutil.rmtree(folder, ignore_errors=True)

    async def run():
        async with Stage(folder, random.SystemRandom().randrange(1_000_000), settings) as stage:
            await play(stage)
    asyncio.run(run())
    shutil.rmtree(folder)


def test_reset_at_every_step():
    """Reset before `resume`, after it, behind `resumed`, in mid-replay and before the first ack: no gap, nothing twice"""
    async def play(stage):
        for step in STEPS:
            await stage.cut_at(step, silently=False)
    on_stage(play)


def test_silence_at_every_step():
    """The same for a client that vanishes silently: its old connection is still there when it comes back on another"""
    async def play(stage):
        for step in STEPS:
            await stage.cut_at(step, silently=True)
    on_stage(play)


def test_without_journal():
    """The same with posts in memory alone"""
    async def play(stage):
        for step in STEPS:
            await stage.cut_at(step, silently=stage.random.random() < 0.5)
    on_stage(play, {
        "journal": {"store": "none"},
        "limits": {"max_room_posts": 10_000, "max_room_bytes": "16 MiB", "max_outbox_bytes": "64 MiB"},
    })


def test_long_replay():
    """Cut off twice in the middle of some 2,000 missed posts, a client gets the rest, and what is posted meanwhile"""
    async def play(stage):
        for silently in (False, True):
            await stage.cut_at("message", silently, missed=2000)
    on_stage(play)


def test_many_cuts():
    """Cut off wherever it is, 30 times in a row, a client misses nothing and sees nothing twice"""
    async def play(stage):
        stage.subject.is_posting = True
        stage.subject.fill()
        for _ in range(30):
            step, silently = stage.random.choice(STEPS[1:]), stage.random.random() < 0.5
            stage.subject.told = cutting(step, stage.random.randint(1, 10), silently)
            connections = stage.subject.connections
            await stage.soon(stage.subject.until(lambda: stage.subject.connection), "the subject to connect")
            stage.subject.cut(silently=stage.random.random() < 0.5)
            is_back = stage.subject.until(lambda: stage.subject.connections > connections)
            await stage.soon(is_back, "the subject to be back")
            await asyncio.sleep(stage.random.uniform(0, 0.05))
        stage.subject.told = cutting("", 1, False)
        await stage.soon(stage.subject.until(lambda: stage.subject.is_in), "the subject to be back")
    on_stage(play)


def over(with_signal):
    async def play(stage):
        for member in stage.members:
            member.expects_close = STOPS
        stage.subject.is_posting = True
        stage.subject.fill()
        for _ in range(2):
            await stage.soon(stage.posted(MISSED), "posts")
            stage.subject.may_come.clear()
            if with_signal == signal.SIGKILL:
                stage.server.kill()
            else:
                await stage.server.stop(with_signal)
            await stage.start()
            await stage.soon(stage.posted(MISSED), "posts")
            stage.subject.may_come.set()
            await stage.all_back()
    return play


def test_restart():
    """Over a restart by SIGTERM nothing is missing, and nothing comes twice"""
    on_stage(over(signal.SIGTERM))


def test_kill():
    """Over kill -9 nothing is missing, and nothing comes twice"""
    on_stage(over(signal.SIGKILL))
