"""The data folder when the router starts: what its first line says, and one clear line for what can be wrong with it."""

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from command_line_tests import expect_one_line, nobody, run
from disks import disk
from journal import Poster, place, router_in
from router import Router

CHAT = ("--config", "config/chat.yaml", "--listen", "127.0.0.1:0")


def start_fails(data, *words, **how):
    """A start with this data folder says so in one line with these words, and ends with 1."""
    ended = run(*how.pop("chat", CHAT), "--data", str(data), **how)
    expect_one_line(ended, *words)
    assert ended.returncode == 1, ended


@contextlib.contextmanager
def written():
    """A data folder with a few posts in it that no router uses any more."""
    with place() as folder:
        with router_in(folder) as router, Poster(router.url) as poster:
            for number in range(3):
                assert poster.post(f"post {number}") is None
        yield folder / "data"


def test_first_line():
    """The first line names the data folder, whatever the log's level: created, without posts yet, or what it holds"""
    with place() as folder:
        data = os.path.realpath(folder / "data")
        with (folder / "chat.yaml").open("a") as file:
            file.write("log: {level: critical}\n")
        for said in ("created", "no posts yet", "1 post in 1 room", "4 posts in 2 rooms"):
            with router_in(folder) as router, Poster(router.url) as poster:
                line = f"data folder {data}, {said}"
                assert router.lines[0].endswith(line) and "listening" in router.lines[1], router.output
                if said == "1 post in 1 room":
                    poster.send("join_room", room="gaming")
                for _ in range({"created": 0, "no posts yet": 1}.get(said, 3)):
                    assert poster.post("hello") is None


def test_folder_is_private():
    """The data folder and its files can be read by the router's user alone"""
    with place() as folder, router_in(folder) as router, Poster(router.url) as poster:
        assert poster.post("hello") is None
        assert (folder / "data").stat().st_mode & 0o777 == 0o700
        names = {path.name: path.stat().st_mode & 0o777 for path in (folder / "data").iterdir()}
        assert set(names) >= {"router.db", "router.db-wal", "router.lock"} and set(names.values()) == {0o600}, names


def test_path_is_relative():
    """Without --data the folder is the one that journal.path names, from the folder of the configuration"""
    with place() as folder, tempfile.TemporaryDirectory() as elsewhere:
        process = subprocess.Popen(
            [os.environ["ROUTER"], "--config", str(folder / "chat.yaml"), "--listen", "127.0.0.1:0"], cwd=elsewhere,
            stdout=subprocess.PIPE, text=True)
        lines = [process.stdout.readline() for _ in range(2)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert os.path.realpath(folder / "data") in lines[0] and (folder / "data" / "router.db").exists(), lines
        assert not os.listdir(elsewhere)


def test_nothing_kept():
    """With store: none, and with an echo server, the first line says that nothing is kept, and no folder is made"""
    with place() as folder:
        (folder / "chat.yaml").write_text("plugins: plugins.yaml\njournal: {store: none}\n")
        for config, why in ((str(folder / "chat.yaml"), "journal.store is none"), ("config/echo.yaml", "echo has no posts")):
            with Router(config, data=folder / "data") as router:
                assert router.lines[0].endswith(f"router: nothing is kept: {why}"), router.output
        assert not (folder / "data").exists()


def test_check_needs_no_folder():
    """`router check` neither needs the data folder nor makes it, and does not mind that another router uses it"""
    with place() as folder:
        config = str(folder / "chat.yaml")
        checked = run("check", "--config", config)
        assert checked.returncode == 0 and not (folder / "data").exists(), checked
        with router_in(folder):
            before = {path.name: path.stat().st_mtime_ns for path in (folder / "data").iterdir()}
            assert run("check", "--config", config).returncode == 0
            assert before == {path.name: path.stat().st_mtime_ns for path in (folder / "data").iterdir()}


def test_empty_data():
    """--data without a folder is refused as an argument"""
    ended = run(*CHAT, "--data", "")
    assert ended.returncode == 64 and "--data" in ended.stderr.splitlines()[0], ended


def test_second_process():
    """A second router on the same folder is refused, and told the first one's process id; the first goes on"""
    with place() as folder, router_in(folder) as router, Poster(router.url) as poster:
        assert poster.post("before") is None
        start_fails(folder / "data", str(folder / "data"), f"process {router.process.pid} uses this folder")
        assert poster.post("after") is None


def test_no_folder():
    """A file in the folder's place, or above it, is one line that names it"""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        file.write_text("mine")
        start_fails(file, str(file), "is no folder")
        start_fails(file / "data", str(file / "data"), "not a directory")
        assert file.read_text() == "mine"


def test_no_permission():
    """A folder that can't be created, or not be written to, is one line that says so"""
    with nobody() as (folder, copy, become), tempfile.TemporaryDirectory() as locked:
        os.chmod(locked, 0o555)
        how = {"prefix": become, "binary": copy, "chat": ("--config", str(folder / "config/chat.yaml"), *CHAT[2:])}
        start_fails(locked, locked, "permission denied", **how)
        start_fails(Path(locked) / "data", f"{locked}/data", "permission denied", **how)
        assert not os.listdir(locked)


def test_newer_version():
    """A file that a newer router has written is refused, and left as it is"""
    with written() as data:
        with contextlib.closing(sqlite3.connect(data / "router.db")) as file:
            file.execute("INSERT INTO grdb_migrations VALUES ('of a later version')")
            file.commit()
        before = (data / "router.db").read_bytes()
        start_fails(data, "router.db", "newer version of this router")
        assert (data / "router.db").read_bytes() == before


def test_damaged():
    """A damaged file, and one that is no database, are refused, and left as they are"""
    for damage, word in ((overwritten, "damaged"), (noise, "not a database"), (foreign, "another program's database")):
        with written() as data:
            file = data / "router.db"
            damage(file)
            before = file.read_bytes()
            start_fails(data, str(file), word)
            assert file.read_bytes() == before, word


def overwritten(file):
    with file.open("r+b") as bytes:
        bytes.seek(2 * 4096)
        bytes.write(b"\xff" * 3 * 4096)


def noise(file):
    file.write_bytes(os.urandom(20_000))


def foreign(file):
    file.unlink()
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE mine (a)")
        other.commit()


def test_full_disk():
    """On a full disk it does not start, and says so in one line; once there is room it does"""
    # Whatever it is that has no room: the file, its log, its tables, its rooms, the first ids.
    for kibibytes in [*range(8, 112, 24), *range(112, 400, 4)]:
        with disk(f"{kibibytes}k") as (folder, resize):
            ended = run(*CHAT, "--data", str(folder / "data"), prefix=["timeout", "2"])
            if ended.returncode == 124:  # it runs
                break
            expect_one_line(ended, str(folder / "data"))
            assert ended.returncode == 1 and re.search("disk is full|No space left", ended.stderr), ended
            resize("4m")
            with Router(data=folder / "data") as router:
                assert str(folder) in router.lines[0], router.output
    assert kibibytes > 64, kibibytes


def test_port_in_use_lets_go():
    """A start that fails for another reason lets go of the data folder, and prints no first line"""
    with place() as folder:
        with Router() as other:
            ended = run("--config", str(folder / "chat.yaml"), "--listen", f"127.0.0.1:{other.port}")
            expect_one_line(ended, "in use")
        assert sorted(os.listdir(folder / "data")) == ["router.db", "router.lock"]
        with router_in(folder) as router:
            assert re.search("no posts yet$", router.lines[0]), router.output
        shutil.rmtree(folder / "data")
