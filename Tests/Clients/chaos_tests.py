"""A few rounds of `make chaos`: the server is killed with -9 while clients talk, and thousands are dropped at once."""

import asyncio
import os
import random
import re
import shutil
import sys
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests" / "Chaos"))

from chaos import Chaos, Failed  # noqa: E402
from moments import KINDS  # noqa: E402
from storm import storm  # noqa: E402

ROUNDS = 2 * len(KINDS)
PLANTED_ROUNDS = 3
PLANTED_RUNS = 8  # at most, until a planted fault is found
CLIENTS = 1000


def in_folder(name, run):
    """What is left behind by a run that fails stays there."""
    folder = ROOT / ".build-chaos" / name
    shutil.rmtree(folder, ignore_errors=True)
    print(asyncio.run(run(folder)), flush=True)
    shutil.rmtree(folder)


def test_kills():
    """Killed at all kinds of moments, the server loses and doubles nothing that it acknowledged (P30, P31, P33, P34, P46)"""
    seed = random.SystemRandom().randrange(1_000_000)
    in_folder("kills", lambda folder: Chaos(folder, seed).run(ROUNDS))


def test_storm():
    """1,000 clients dropped at once, and once more by a kill, resume without a gap and without anything twice (P46)"""
    in_folder("storm", lambda folder: storm(folder, CLIENTS, lambda text: print(text, flush=True)))


def complaint(fault, seed=0):
    """The kinds of faults that are found in a stand-in for the router that does wrong in this way, and the account."""
    folder = ROOT / ".build-chaos" / "planted"
    shutil.rmtree(folder, ignore_errors=True)
    with mock.patch.dict(os.environ, ROUTER=str(ROOT / "Tests" / "Chaos" / "stand-in"), FAULT=fault):
        try:
            asyncio.run(Chaos(folder, seed).run(PLANTED_ROUNDS))
        except Failed as failure:
            return {line.split(":")[0] for line in (folder / "faults.txt").read_text().splitlines()}, str(failure)
    return set(), "nothing"


def expect_found(fault, kind):
    """A few rounds need not meet the fault; some more do."""
    for seed in range(PLANTED_RUNS):
        kinds, text = complaint(fault, seed)
        if kind in kinds:
            return
    raise AssertionError(f"planted {fault!r}, found {text}")


def test_faultless():
    """With a stand-in for the router that does all right, nothing is found"""
    kinds, text = complaint("")
    assert not kinds, text


def test_planted_losses():
    """Acknowledged posts that a kill takes with it are found, and so is the first missed post when no replay has it"""
    expect_found("lose", "lost")
    expect_found("gap", "lost")


def test_planted_doubles():
    """Posts that come twice are found: posted once more after a restart, and replayed although they had come"""
    expect_found("forget-keys", "doubled")
    expect_found("again", "doubled")


def test_planted_disorder():
    """Posts in another order are found, and ids that are given out again"""
    expect_found("swap", "order")
    expect_found("behind", "order")
    expect_found("reuse-ids", "ids")


def test_planted_forgetting():
    """Sessions that are not resumed after a restart are found, and rooms that were forgotten"""
    expect_found("forget-sessions", "resume")
    expect_found("forget-rooms", "resume")


def test_planted_in_storm():
    """In a storm, too, a gap is found, and what comes twice"""
    for fault, ahead in (("gap", 2), ("again", 0)):
        folder = ROOT / ".build-chaos" / "planted"
        shutil.rmtree(folder, ignore_errors=True)
        with mock.patch.dict(os.environ, ROUTER=str(ROOT / "Tests" / "Chaos" / "stand-in"), FAULT=fault):
            try:
                asyncio.run(storm(folder, 10, lambda text: None))
                raise AssertionError(f"planted {fault!r}, found nothing")
            except Failed as failure:
                jumps = re.findall(r"got (\d+) as \d+ after (\d+)", str(failure))
                assert ahead in {int(number) - int(last) for number, last in jumps}, failure
