"""`router new-handler`: what it writes, and what it refuses. That what it writes works is tested by Examples/run."""

import re
import subprocess
import tempfile
from pathlib import Path

from router import command

RUN_SECONDS = 20
ROOT = Path.cwd()


def run(*arguments, folder="."):
    return subprocess.run(
        command(*arguments), cwd=folder, capture_output=True, text=True, timeout=RUN_SECONDS, stdin=subprocess.DEVNULL)


def files(folder):
    """The text of every file below a folder, by its path from there."""
    found = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


def written(folder, *arguments):
    """What is written into a folder when all goes well, and what was said."""
    ended = run("new-handler", *arguments, folder=folder)
    assert ended.returncode == 0 and not ended.stderr, ended
    return files(folder), ended.stdout


def repository(folder):
    """As much of this repository as the command has to find."""
    for name in ("Package.swift", "plugins.yaml", "Sources/Handlers/BundledHandlers.swift"):
        copy = Path(folder) / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((ROOT / name).read_text())


def test_in_the_repository():
    """new-handler in the repository: handler, test and conversation; the two lines to add, and where they go"""
    with tempfile.TemporaryDirectory() as folder:
        repository(folder)
        before = files(folder)
        after, said = written(folder, "slow-mode", "--type", "slow")
        assert sorted(after.keys() - before.keys()) == [
            "Sources/Handlers/SlowMode.swift", "Tests/Conversations/slow-mode.chat",
            "Tests/HandlersTests/SlowModeTests.swift"], after.keys()
        assert all(after[name] == before[name] for name in before), "a file that was there has changed"
        places = re.findall(r"^(\S+), after line (\d+) \((.*)\):\n(.*)$", said, re.M)
        assert [place[0] for place in places] == ["Sources/Handlers/BundledHandlers.swift", "plugins.yaml"], said
        assert [place[3].strip() for place in places] == ["SlowMode.self,", "- slow-mode: {max_length: 100}"], said
        for name, line, text, _ in places:
            assert before[name].splitlines()[int(line) - 1].strip() == text, (name, line, text)


def test_same_handler_in_a_package():
    """new-handler writes the same handler into a package, where it need not be public"""
    with tempfile.TemporaryDirectory() as folder:
        repository(folder)
        inside = written(folder, "dice")[0]["Sources/Handlers/Dice.swift"]
        package = written(folder, "dice", "--package", "../" + Path(folder).name + "/mine")[0]
        alone = package["mine/Sources/mine/Dice.swift"]
        assert inside.replace("public init() {}\n\n    ", "").replace("public ", "") == alone, (inside, alone)
        assert '.package(name: "router", path: "..")' in package["mine/Package.swift"], package["mine/Package.swift"]


def test_format():
    """new-handler writes Swift in this repository's format, with short names and with the longest"""
    for name in ("dice", "d" * 20):
        with tempfile.TemporaryDirectory() as folder:
            repository(folder)
            written(folder, name)
            written(folder, name, "--package", "mine", "--router", "https://example.org/router.git")
            ended = subprocess.run(
                ["swift", "format", "lint", "--strict", "--recursive", "--configuration", ROOT / ".swift-format",
                 "Sources/Handlers", "Tests", "mine"], cwd=folder, capture_output=True, text=True)
            assert ended.returncode == 0, ended.stderr


def test_nothing_overwritten():
    """new-handler overwrites nothing: with one file there already it writes none, and says which"""
    with tempfile.TemporaryDirectory() as folder:
        repository(folder)
        there = Path(folder) / "Tests" / "Conversations" / "dice.chat"
        there.parent.mkdir(parents=True)
        there.write_text("mine")
        before = files(folder)
        ended = run("new-handler", "dice", folder=folder)
        assert ended.returncode == 1 and not ended.stdout, ended
        assert "Tests/Conversations/dice.chat is there already; nothing was written" in ended.stderr, ended
        assert files(folder) == before


def test_nothing_half_written():
    """new-handler that can't write the last of its files leaves none behind, and no folder"""
    with tempfile.TemporaryDirectory() as folder:
        repository(folder)
        (Path(folder) / "Tests").write_text("in the way of a folder")
        before = files(folder)
        ended = run("new-handler", "dice", folder=folder)
        assert ended.returncode == 1 and not ended.stdout and "nothing was written" in ended.stderr, ended
        assert files(folder) == before


def test_refused_names():
    """new-handler refuses names that are none, are taken, or mean something else in Swift; exit code 1, nothing written"""
    refused = {
        "Dice": "is no name for a handler", "5-dice": "is no name for a handler", "a--b": "is no name for a handler",
        "": "is no name for a handler", "d" * 21: "is no name for a handler", "../x": "is no name for a handler",
        "switch": "means something else", "message": "means something else", "lobby": 'there is a handler "lobby"',
    }
    for name, reason in refused.items():
        refuses([name], reason)
    refuses(["dice", "--type", "message"], 'messages of type "message" are answered by broadcast already')
    refuses(["dice", "--type", "Roll Dice"], "is no message type")
    refuses(["dice", "--router", "."], "--router goes with --package")
    refuses(["dice", "--package", "x", "--router", "nowhere"], "nowhere is not the router's repository")
    refuses(["dice", "--package", "my dice"], "is no name for a package")
    for package in ["class", "Testing", "Swift"]:
        refuses(["dice", "--package", package], f'"{package}" means something else in Swift already')


def refuses(arguments, reason):
    with tempfile.TemporaryDirectory() as folder:
        repository(folder)
        before = files(folder)
        ended = run("new-handler", *arguments, folder=folder)
        assert ended.returncode == 1 and not ended.stdout and reason in ended.stderr, ended
        assert files(folder) == before


def test_outside():
    """new-handler outside of the repository asks for --package, and then for --router"""
    with tempfile.TemporaryDirectory() as folder:
        ended = run("new-handler", "dice", folder=folder)
        assert ended.returncode == 1 and "--package DIR" in ended.stderr, ended
        ended = run("new-handler", "dice", "--package", "mine", folder=folder)
        assert ended.returncode == 1 and "--router PATH-or-URL" in ended.stderr, ended
        package, _ = written(
            folder, "dice", "--package", "mine", "--router", "https://example.org/some/chat-router.git")
        manifest = package["mine/Package.swift"]
        assert '.package(url: "https://example.org/some/chat-router.git", branch: "main")' in manifest, manifest
        assert manifest.count('package: "chat-router"') == 2, manifest


def test_readme():
    """Every command that README lists under "Asking the router" does what it does with exit code 0"""
    rows = re.findall(r"^\| `router (.*?)` \|", (ROOT / "README.md").read_text(), re.M)
    assert len(rows) == 6, rows
    for row in rows:
        if not row.startswith("new-handler"):
            ended = subprocess.run(
                f"{command()[0]} {row}", shell=True, capture_output=True, text=True, timeout=RUN_SECONDS)
            assert ended.returncode == 0 and ended.stdout, ended
