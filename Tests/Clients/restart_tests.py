"""What is left when a router has ended, in order or with kill -9, and another one is started on its data folder."""

import contextlib
import re
import sqlite3
import threading
import time

from websockets.exceptions import ConnectionClosed

from journal import Poster, place, router_in

ROUNDS = 3


def restarted(end):
    """Lets a router with two users and a few posts end, several times; checks what the next one has of it."""
    with place() as folder:
        posts, users, ids = [], [], []
        for round in range(ROUNDS):
            with router_in(folder) as router, Poster(router.url) as poster, Poster(router.url) as other:
                held = re.search(r"(\d+) posts? in", router.lines[0])
                assert (int(held.group(1)) if held else 0) == len(posts), router.output
                assert min(poster.id, other.id) > max(users, default=0), (poster.id, other.id, users)
                users += [poster.id, other.id]
                assert poster.history() == posts
                if posts:  # who comes is shown them without asking
                    assert [frame["type"] for frame in poster.frames[:3]] == ["welcome", "users", "history"]
                for number in range(3):
                    assert poster.post(f"{round} {number}") is None
                posts += poster.kept
                ids += [id for id, _ in poster.kept] + [private(poster, other)]
                assert ids == sorted(set(ids)), ids
                assert other.history() == posts
                end(router)
        with router_in(folder) as router, Poster(router.url) as poster:
            assert poster.history() == posts and f"{len(posts)} posts in 1 room" in router.lines[0], router.output


def private(poster, other):
    poster.send("private_message", to_id=other.id, content="psst")
    id = other.until("private_message")["id"]
    assert poster.until("private_message_sent")["id"] == id
    return id


def test_ended():
    """After SIGTERM ids of users, posts and private messages go on above those given out (P1, P33); the posts are there"""
    restarted(lambda router: router.stop())


def test_killed():
    """After kill -9 likewise"""
    restarted(lambda router: router.kill())


def test_files_of_ended():
    """A router that was ended in order leaves one file with all of it, and its lock"""
    with place() as folder:
        with router_in(folder) as router, Poster(router.url) as poster:
            for number in range(3):
                assert poster.post(str(number)) is None
        assert sorted(path.name for path in (folder / "data").iterdir()) == ["router.db", "router.lock"]
        (folder / "data" / "router.db").rename(folder / "moved.db")
        (folder / "elsewhere").mkdir()
        (folder / "moved.db").rename(folder / "elsewhere" / "router.db")
        with router_in(folder, folder / "elsewhere") as router, Poster(router.url) as after:
            assert after.history() == poster.kept


class Stream:
    """A client that posts without waiting until its connection ends; and what was acknowledged of that."""

    WINDOW = 32

    def __init__(self, url):
        self.poster = Poster(url)
        self.kept = {}
        self.asked = 0
        self.first_acks = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        with contextlib.suppress(ConnectionClosed):
            for _ in range(self.WINDOW):
                self.ask()
            while True:
                frame = self.poster.next()
                if frame["type"] == "ack":
                    self.kept[frame["content"]["id"]] = f"{self.poster.id} {frame['ref']}"
                    if len(self.kept) == 200:
                        self.first_acks.set()
                    self.ask()

    def ask(self):
        self.asked += 1
        self.poster.send("message", content=f"{self.poster.id} {self.asked}", ref=self.asked)


def ended_amid_posts(end):
    """Several clients post as fast as they can while the router ends: all that was acknowledged is there afterwards, and
    all that anybody saw."""
    with place() as folder:
        with router_in(folder) as router:
            streams = [Stream(router.url) for _ in range(4)]
            for stream in streams:
                stream.thread.start()
            for stream in streams:
                assert stream.first_acks.wait(20)
            end(router)
            for stream in streams:
                stream.thread.join(10)
                assert not stream.thread.is_alive()
        with router_in(folder) as router, Poster(router.url) as after:
            posts = after.history()
            there = dict(posts)
            assert len(there) == len(posts) and list(there) == sorted(there), "a post is there twice, or out of order"
            for stream in streams:
                assert stream.kept.items() <= there.items(), f"lost: {stream.kept.items() - there.items()}"
                seen = stream.poster.seen()
                assert dict(seen).items() <= there.items(), f"seen and lost: {set(seen) - there.items()}"
                # Each got all posts of the others up to the last one that it saw, once and in order.
                own = f"{stream.poster.id} "
                others = [(id, text) for id, text in posts if not text.startswith(own)]
                assert seen == others[:len(seen)]


def test_ended_amid_posts():
    """SIGTERM while many post: what is in flight is committed, and nothing that was acknowledged or seen is lost"""
    ended_amid_posts(lambda router: router.stop())


def test_killed_amid_posts():
    """kill -9 while many post: nothing that was acknowledged or seen is lost"""
    ended_amid_posts(lambda router: router.kill())


def test_backup():
    """What SQLite copies while many post is one moment, with all that was acknowledged before; a router starts on it"""
    with place() as folder:
        with router_in(folder) as router:
            streams = [Stream(router.url) for _ in range(2)]
            for stream in streams:
                stream.thread.start()
            for stream in streams:
                assert stream.first_acks.wait(20)
            kept = dict(post for stream in streams for post in list(stream.kept.items()))
            (folder / "backup").mkdir()
            with contextlib.closing(sqlite3.connect(folder / "data" / "router.db")) as running:
                with contextlib.closing(sqlite3.connect(folder / "backup" / "router.db")) as copy:
                    running.backup(copy)
            acknowledged = sum(len(stream.kept) for stream in streams)
            deadline = time.monotonic() + 10
            while sum(len(stream.kept) for stream in streams) < acknowledged + 100:
                assert time.monotonic() < deadline, "nobody could post after the copy"
                time.sleep(0.01)
            router.stop()
        with router_in(folder) as router, Poster(router.url) as after:
            posts = after.history()
        with router_in(folder, folder / "backup") as router, Poster(router.url) as after:
            saved = after.history()
        assert saved == posts[:len(saved)] and kept.items() <= dict(saved).items()
        assert len(saved) < len(posts)


def rows(folder, question):
    with contextlib.closing(sqlite3.connect(folder / "data" / "router.db")) as file:
        return file.execute(question).fetchall()


def until_rows(folder, question, wanted):
    deadline = time.monotonic() + 10
    while (found := rows(folder, question)) != wanted:
        assert time.monotonic() < deadline, f"{question}: {found}"
        time.sleep(0.05)


def configure(folder, journal):
    (folder / "chat.yaml").write_text(f"plugins: plugins.yaml\njournal: {{path: data, {journal}}}\n")


def test_retention():
    """Of each room `keep_posts` are kept, the newest, and none that is older than `keep_for`"""
    with place() as folder:
        configure(folder, "keep_posts: 50")
        with router_in(folder) as router, Poster(router.url) as poster:
            for number in range(80):
                assert poster.post(str(number)) is None
        with router_in(folder):
            until_rows(folder, "SELECT id FROM posts ORDER BY id", [(id,) for id, _ in poster.kept[-50:]])
        with contextlib.closing(sqlite3.connect(folder / "data" / "router.db")) as file:
            file.execute(f"UPDATE posts SET timestamp = timestamp - 7200 WHERE id < {poster.kept[-20][0]}")
            file.commit()
        configure(folder, "keep_for: 1h")
        with router_in(folder):
            until_rows(folder, "SELECT id FROM posts ORDER BY id", [(id,) for id, _ in poster.kept[-20:]])
        with router_in(folder) as router, Poster(router.url) as after:
            assert after.history() == poster.kept[-20:]


def test_private_messages():
    """Private messages are kept only where `keep_private_messages` says so; otherwise only that one with a key was sent"""
    for journal, kept in (("keep_private_messages: false", [(None, "k")]),
                          ("keep_private_messages: true", [('"plain"', None), ('"keyed"', "k")])):
        with place() as folder:
            configure(folder, journal)
            with router_in(folder) as router, Poster(router.url) as poster, Poster(router.url) as other:
                for message in ({"content": "plain"}, {"content": "keyed", "key": "k"}):
                    assert poster.ask("private_message", to_id=other.id, **message)["type"] == "ack"
            assert rows(folder, "SELECT content, key FROM private_messages ORDER BY id") == kept
