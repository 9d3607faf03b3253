"""Files of the data folder that go while a router runs, or between two runs: nothing is acknowledged that would be lost."""

import contextlib
import os
import shutil
import time
from pathlib import Path

from journal import Poster, place, router_in
from journal_disk_tests import expect_kept, expect_unavailable
from journal_start_tests import start_fails, written
from router import Router
from suite import Skipped

NAMES = ("router.db", "router.db-wal", "router.db-shm", "router.lock")
NOTICE_SECONDS = 3  # it looks once a second


def refused(poster, seconds=NOTICE_SECONDS):
    """Posts until one is refused; returns the error."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if error := poster.post("is it there"):
            return error
    raise AssertionError(f"no post was refused in {seconds} s")


def expect_refusals(router, poster, path):
    """Posts are refused within seconds, then all of them, and one line says which file is gone."""
    expect_unavailable(refused(poster))
    router.line(f"error: posts can't be saved, their senders are told so: {path} was removed or replaced: put it back")
    for _ in range(20):
        expect_unavailable(poster.post("refused"))
    assert len([line for line in router.lines if "removed or replaced" in line]) == 1, router.output


def test_moved():
    """With a file moved away posts are refused, and the log says which it is; put back, they go on and none is missing"""
    for name in NAMES:
        with place() as folder, router_in(folder) as router, Poster(router.url) as poster, Poster(router.url) as watcher:
            path = folder / "data" / name
            assert poster.post("before") is None
            path.rename(folder / "elsewhere")
            expect_refusals(router, poster, path)
            (folder / "elsewhere").rename(path)
            assert poster.post("after") is None
            router.line("posts are saved again")
            watcher.caught_up()
            expect_kept(poster, watcher)


def test_folder_moved():
    """With the whole folder moved away, likewise"""
    with place() as folder, router_in(folder) as router, Poster(router.url) as poster:
        assert poster.post("before") is None
        (folder / "data").rename(folder / "elsewhere")
        expect_refusals(router, poster, folder / "data" / "router.db")
        (folder / "elsewhere").rename(folder / "data")
        assert poster.post("after") is None


def test_log_removed():
    """Of a log that was removed nothing is lost once the log says so, not even after kill -9"""
    with place() as folder:
        with router_in(folder) as router, Poster(router.url) as poster:
            for number in range(50):
                assert poster.post(str(number)) is None
            (folder / "data" / "router.db-wal").unlink()
            expect_refusals(router, poster, folder / "data" / "router.db-wal")
            router.kill()
        with router_in(folder) as router, Poster(router.url) as after:
            assert after.history() == poster.kept and after.post("goes on") is None


def test_removed():
    """A file that was removed can be copied from the process, with its log, as docs/journal.md says: nothing is missing"""
    with place() as folder:
        with router_in(folder) as router, Poster(router.url) as poster:
            for number in range(50):
                assert poster.post(str(number)) is None
            data = folder / "data"
            data.rename(folder / "old")
            shutil.rmtree(folder / "old")
            expect_refusals(router, poster, data / "router.db")
            data.mkdir()
            for name in ("router.db", "router.db-wal"):
                shutil.copyfile(open_file(router.process.pid, name), data / name)
            router.kill()
        with router_in(folder) as router, Poster(router.url) as after:
            assert after.history() == poster.kept


def open_file(process, name):
    """Where a file can be read that a process has open, though no folder lists it any more."""
    for file in Path(f"/proc/{process}/fd").glob("*"):
        if os.readlink(file).removesuffix(" (deleted)").endswith("/" + name):
            return file
    raise Skipped(f"that {name} can be copied from the process was NOT tested: there is no /proc here")


def test_lock_removed():
    """With its lock removed, and another router on the same folder, only the other one takes posts"""
    with place() as folder, router_in(folder) as router, Poster(router.url) as poster:
        assert poster.post("before") is None
        (folder / "data" / "router.lock").unlink()
        with router_in(folder) as other, Poster(other.url) as newcomer:
            expect_refusals(router, poster, folder / "data" / "router.lock")
            assert newcomer.post("mine") is None


def test_log_missing():
    """A start without the log of a router that was killed is refused, until the operator has said that he knows"""
    with killed() as (data, _):
        (data / "router.db-wal").unlink()
        for _ in range(2):
            start_fails(data, str(data / "router.db"), "lacks what was saved last", "router.lock")
        (data / "router.lock").unlink()
        with Router(data=data) as router:
            assert router.lines[0].endswith("no posts yet"), router.output


def test_log_put_back():
    """With the log put back nothing of it is missing"""
    with killed() as (data, kept):
        (data / "router.db-wal").rename(data / "elsewhere")
        start_fails(data, "lacks what was saved last")
        (data / "elsewhere").rename(data / "router.db-wal")
        with router_in(data.parent) as router, Poster(router.url) as poster:
            assert poster.history() == kept


def test_file_missing():
    """A start without the file is refused, whether the router was killed or ended in order, and leaves what there is"""
    for folder in (killed, written):
        with folder() as data:
            data = data[0] if isinstance(data, tuple) else data
            (data / "router.db").unlink()
            before = sorted(path.name for path in data.iterdir())
            start_fails(data, str(data / "router.db"), "it is missing")
            assert before == sorted(path.name for path in data.iterdir())


def test_upwards():
    """A folder by way of another that is not there, and back, is made at once"""
    with place() as folder:
        for said in ("created", "no posts yet"):
            with Router(data=folder / "nowhere" / ".." / "posts") as router:
                assert router.lines[0].endswith(f"{folder.resolve()}/posts, {said}"), router.output


@contextlib.contextmanager
def killed():
    """The data folder of a router that was killed, and what it had acknowledged."""
    with place() as folder:
        with router_in(folder) as router, Poster(router.url) as poster:
            for number in range(3):
                assert poster.post(f"post {number}") is None
            router.kill()
        yield folder / "data", poster.kept
