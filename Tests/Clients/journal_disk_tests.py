"""A disk that fails while the router runs: posts are refused, nothing that was acknowledged is lost, and it recovers."""

import contextlib
import shutil

from chat import Client
from disks import disk, failing_disk, read_only
from journal import Poster, place, router_in
from router import Router

LONG = "x" * 9_000


def refused(poster, number, most=2_000):
    """Posts until one is refused; returns the error."""
    for number in range(number, number + most):
        if error := poster.post(f"{number} {LONG}"):
            return error
    raise AssertionError(f"{most} posts and none was refused")


def expect_unavailable(error):
    assert error["code"] == "unavailable" and error["retry_after_ms"] > 0, error


def expect_outage(router, reason):
    """One line says that posts can't be saved and why, one that they are again, however many were refused."""
    begins = [line for line in router.lines if "posts can't be saved" in line]
    ends = [line for line in router.lines if "posts are saved again" in line]
    assert len(begins) == 1 and reason in begins[0] and len(ends) == 1, router.output
    # What is moved between the files, or pruned, may fail beside that; it is not said each time either.
    assert len([line for line in router.lines if "warning:" in line]) <= 2, router.output


def expect_kept(poster, watcher):
    """What was acknowledged is in the history, in order, and what the other client has seen; nothing else is."""
    assert watcher.history() == poster.kept
    assert watcher.seen() == poster.kept
    assert [id for id, _ in poster.kept] == sorted({id for id, _ in poster.kept})


def fails(router, poster, breaks):
    """Breaks the disk behind a router: what is posted then is refused, and who comes meanwhile is served."""
    for number in range(5):
        assert poster.post(str(number)) is None
    breaks()
    for _ in range(20):
        expect_unavailable(refused(poster, 100))
    router.line("posts can't be saved")
    with Poster(router.url) as newcomer:
        assert newcomer.history() == poster.kept
        expect_unavailable(refused(newcomer, 200, most=1))


def recovers(router, poster, repairs):
    repairs()
    for number in range(300, 305):
        assert poster.post(str(number)) is None
    router.line("posts are saved again")


def fails_and_recovers(folder, breaks, repairs, reason, data=None):
    with router_in(folder, data) as router:
        with Poster(router.url) as poster, Poster(router.url) as watcher:
            fails(router, poster, breaks)
            recovers(router, poster, repairs)
            watcher.caught_up()
            expect_kept(poster, watcher)
        expect_outage(router, reason)
        router.kill()
    with router_in(folder, data) as router, Poster(router.url) as after:
        assert after.history() == poster.kept
        assert after.post("after") is None and after.kept[0][0] > poster.kept[-1][0]


def test_full_disk():
    """On a disk that is full posts are refused with `unavailable`; nothing acknowledged is lost; with room they go on"""
    with disk("2m") as (small, resize), place() as folder:
        fails_and_recovers(folder, lambda: None, lambda: resize("8m"), "disk is full", small / "data")


SHORT = "x" * 1_200


def posted(poster, most):
    """Posts until one is refused, or so many are acknowledged; returns how many were."""
    for number in range(most):
        if error := poster.post(f"{number} {SHORT}"):
            expect_unavailable(error)
            return number
    return most


def test_small_disk():
    """A small disk is filled by posts, not by the log beside them: then they are refused, and a start is not"""
    with disk("6m") as (small, _), place() as folder:
        with router_in(folder, small / "data") as router, Poster(router.url) as poster:
            assert posted(poster, 10_000) * len(SHORT) > 4 << 20, router.output
            for _ in range(20):
                expect_unavailable(poster.post(SHORT))
                with Poster(router.url):
                    pass  # its session is saved, and that is no news of posts
            assert not [line for line in router.lines if "saved again" in line], router.output
        for end in (Router.stop, Router.kill):
            with router_in(folder, small / "data") as router, Poster(router.url) as after:
                assert after.history() == poster.kept
                expect_unavailable(after.post(SHORT))
                end(router)


def test_small_disk_with_few_posts():
    """Where few posts are kept they never fill a small disk; nor do they any longer when that is set later"""
    with disk("3m") as (small, _), place() as folder, place(keep_posts=300) as sparing:
        with router_in(sparing, small / "data") as router, Poster(router.url) as poster:
            assert posted(poster, 3_000) == 3_000, router.output
            assert not [line for line in router.lines if "warning:" in line], router.output
        with router_in(folder, small / "data") as router, Poster(router.url) as poster:
            assert 500 < posted(poster, 3_000) < 3_000, router.output
        with router_in(sparing, small / "data") as router, Poster(router.url) as poster:
            while poster.post("is there room again"):
                pass
            assert posted(poster, 2_000) == 2_000, router.output


def test_read_only():
    """With files that can't be written to any more, likewise"""
    with place() as folder, contextlib.ExitStack() as flags:
        files = [folder / "data" / name for name in ("router.db", "router.db-wal")]
        fails_and_recovers(
            folder, lambda: flags.enter_context(read_only(*files)), flags.close, "Operation not permitted")


def test_failed_disk():
    """With a disk that the system no longer writes to, likewise; with another disk in its place nothing is lost"""
    with failing_disk() as (mounted, breaks), place() as folder:
        with router_in(folder, mounted / "data") as router:
            with Poster(router.url) as poster, Poster(router.url) as watcher:
                fails(router, poster, breaks)
                watcher.caught_up()
                expect_kept(poster, watcher)
            router.kill()
        shutil.copytree(mounted / "data", folder / "data")
        with router_in(folder) as router, Poster(router.url) as after:
            assert after.history() == poster.kept


def token_of(client):
    return client.frames[0]["content"]["resume"]


def resumes(router, token):
    """Tries to resume a session; returns the client, whose first frame says what came of it."""
    client = Client(f"{router.url}/?resume")
    client.send("resume", token=token, after=0)
    client.next()
    return client


def test_tokens():
    """Tokens that were given while nothing could be saved count until the process dies; then those count that were saved"""
    with place() as folder, contextlib.ExitStack() as flags:
        files = [folder / "data" / name for name in ("router.db", "router.db-wal")]
        with router_in(folder) as router:
            with Poster(router.url) as early:
                assert early.post("saved") is None
                old = token_of(early)
            flags.enter_context(read_only(*files))
            with Poster(router.url) as newcomer, resumes(router, old) as again:
                expect_unavailable(newcomer.post("refused"))
                assert again.frames[0]["type"] == "resumed", again.frames
                new, late = token_of(again), token_of(newcomer)
                again.caught_up()
            with resumes(router, late) as newcomer, resumes(router, new) as again:
                assert [newcomer.frames[0]["type"], again.frames[0]["type"]] == ["resumed", "resumed"]
            router.kill()
        flags.close()
        with router_in(folder) as router:
            for token, outcome in ((late, "error"), (new, "error"), (old, "resumed")):
                with resumes(router, token) as client:
                    assert client.frames[0]["type"] == outcome, (token, client.frames)
