"""What the router says of itself and of its configuration: `check --json`, `handlers`."""

import json
import subprocess
import tempfile
from pathlib import Path

from router import command

RUN_SECONDS = 20
CASES = Path("Tests/ConfigCases")
DIAGNOSTIC = ["file", "line", "column", "length", "severity", "code", "message", "help", "source_line"]


def run(*arguments):
    return subprocess.run(
        command(*arguments), capture_output=True, text=True, timeout=RUN_SECONDS, stdin=subprocess.DEVNULL)


def check(config, plugins="plugins.yaml"):
    """The exit code of `check --json`, and its document: all that it prints."""
    ended = run("check", "--config", str(config), "--plugins", str(plugins), "--json")
    assert not ended.stderr, ended
    return ended.returncode, json.loads(ended.stdout)


def test_check_right():
    """check --json of what is right: ok, the handlers in their order, exit code 0"""
    code, report = check("config/chat.yaml")
    assert code == 0 and report["ok"] is True and report["diagnostics"] == [], report
    assert report["handlers"][0] == "rate-limit" and "broadcast" in report["handlers"], report


def test_check_errors():
    """check --json of what is wrong: every diagnostic with its place, however many, exit code 1 and no handlers"""
    code, report = check(CASES / "more-than-twenty.yaml")
    assert code == 1 and report["ok"] is False and "handlers" not in report, report
    found = report["diagnostics"]
    assert len(found) > 20, len(found)
    for fault in found:
        assert list(fault) == DIAGNOSTIC and fault["severity"] == "error" and fault["code"].startswith("R"), fault
        line = Path(fault["file"]).read_text().splitlines()[fault["line"] - 1]
        assert line == fault["source_line"] and 0 < fault["column"] <= len(line) and fault["length"] > 0, fault


def test_check_warnings():
    """check of what works but is not meant: exit code 0, and nothing that says all is well, with --json and without"""
    arguments = ("--config", "config/chat.yaml", "--plugins", str(CASES / "plugins-partly-unreachable.yaml"))
    code, report = check("config/chat.yaml", CASES / "plugins-partly-unreachable.yaml")
    assert code == 0 and [fault["severity"] for fault in report["diagnostics"]] == ["warning"], report
    ended = run("check", *arguments)
    assert ended.returncode == 0 and not ended.stdout and "warning[R028]" in ended.stderr, ended


def test_check_unreadable():
    """check --json of a file that can't be read: exit code 2, a diagnostic of the file as a whole"""
    for path in ("config/nowhere.yaml", "config"):
        code, report = check(path)
        assert code == 2 and report["ok"] is False, report
        fault = report["diagnostics"][0]
        assert (fault["file"], fault["line"], fault["code"], fault["source_line"]) == (path, 0, "R001", None), fault


def test_handlers():
    """handlers lists every handler with one line, --json with all that is declared; each can be explained alone"""
    lines = run("handlers").stdout.splitlines()
    described = json.loads(run("handlers", "--json").stdout)
    assert len(lines) == len(described) > 5, lines
    for line, handler in zip(lines, described):
        assert line.split() == [handler["name"], *handler["summary"].split()], line
        explained = run("handlers", handler["name"])
        assert explained.returncode == 0 and not explained.stderr, explained
        assert explained.stdout.startswith(f"{handler['name']}: {handler['summary']}\n"), explained
        for setting in handler["settings"]:
            assert f"      # {setting['help']}\n" in explained.stdout, (setting, explained.stdout)
            assert f"      {setting['name']}: " in explained.stdout, (setting, explained.stdout)
        assert json.loads(run("handlers", handler["name"], "--json").stdout) == handler


def test_handlers_as_pipeline():
    """What handlers prints of a handler can be put into plugins.yaml as it is"""
    text = run("handlers", "rename").stdout
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as plugins:
        plugins.write("pipeline:\n" + text[text.index("  - rename:"):])
        plugins.flush()
        code, report = check("config/chat.yaml", plugins.name)
    assert code == 0 and report["handlers"] == ["rename"] and not report["diagnostics"], report


def test_unknown_handler():
    """A handler that there is not: exit code 1, and which one may have been meant"""
    for arguments in (["renam"], ["renam", "--json"]):
        ended = run("handlers", *arguments)
        assert ended.returncode == 1 and not ended.stdout, ended
        assert 'no handler is named "renam"' in ended.stderr and 'did you mean "rename"?' in ended.stderr, ended


def test_limits():
    """limits lists every limit; with --markdown it writes the tables of a page anew, or says that there are none"""
    ended = run("limits")
    assert ended.returncode == 0 and "  max_connections_per_address: 100\n" in ended.stdout, ended
    page = Path("docs/limits.md").read_text(encoding="utf-8")
    with tempfile.NamedTemporaryFile("w+", suffix=".md", encoding="utf-8") as file:
        file.write(page.replace("| 10 KiB |", "| 11 KiB |"))
        file.flush()
        ended = run("limits", "--markdown", file.name)
        assert ended.returncode == 0 and not ended.stdout, ended
        assert Path(file.name).read_text(encoding="utf-8") == page
        for name, reason in ((file.name, "there is no table"), ("no/such/page.md", "can't be read and written")):
            if name == file.name:
                Path(name).write_text("# Nothing\n", encoding="utf-8")
            ended = run("limits", "--markdown", name)
            assert ended.returncode == 1 and reason in ended.stderr, ended
