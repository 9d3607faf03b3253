"""`router explain`: the shipped pipeline says what it does with a message, for people and for programs."""

import json
import subprocess
import tempfile

from router import command


def explain(*arguments):
    return subprocess.run(
        command("explain", *arguments), capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)


def explained(*arguments):
    ended = explain(*arguments)
    assert ended.returncode == 0 and not ended.stderr, ended
    return ended.stdout


def test_text():
    """A new name: which handler ends it, what it says, and what both users get"""
    said = explained('{"type":"set_name","name":"Ada"}')
    for line in ["rate-limit  passes it on", "lobby       does not take set_name", "rename      ends it",
                 "            rename to Ada", "broadcast   does not take set_name"]:
        assert line in said.splitlines(), (line, said)
    assert 'User1 gets {"type":"name_changed","content":{"old_name":"User1","new_name":"Ada"}' in said, said
    assert 'User2 gets {"type":"user_renamed","from_id":1,"from_name":"Ada"' in said, said


def test_change():
    """A short code: emoji changes the content before broadcast posts it"""
    said = explained('{"type":"message","content":"hi :wave:"}', "--users", "3")
    assert 'changes content to "hi 👋"' in said and 'post message "hi 👋"' in said, said
    assert said.count('"content":"hi 👋"') == 2, said


def test_hooks():
    """A change of rooms: what handlers say when they are told of it"""
    said = explained('{"type":"join_room","room":"gaming"}')
    assert "is told: exited general" in said and "is told: entered gaming" in said, said
    assert 'User2 gets {"type":"room_leave"' in said, said


def test_json():
    """--json says the same to programs, with frames as JSON and what a refusal was"""
    said = json.loads(explained('{"type":"private_message","to_id":9,"content":"x","ref":1}', "--json"))
    assert said["error"]["code"] == "user_not_found", said
    outcomes = {handler["name"]: handler["outcome"] for handler in said["handlers"]}
    assert outcomes["rate-limit"] == "passes" and outcomes["private"] == "refuses", outcomes
    assert outcomes["broadcast"] is None, outcomes
    sender, other = said["received"]
    assert [frame["type"] for frame in sender["frames"]] == ["error"] and sender["frames"][0]["ref"] == 1, sender
    assert other == {"user": "User2", "frames": [], "close": None}, other


def test_refused():
    """What is no request is refused before any handler, and that is an explanation too"""
    for message, reason in [("{", "invalid_message"), ('{"type":"nope"}', "unknown_type"), ("", "invalid_message")]:
        assert f"the router refuses it: {reason}" in explained(message), message


def test_echo():
    """A pipeline of whole frames gets whatever the message is"""
    said = explained("hi", "--config", "config/echo.yaml")
    assert "echo  takes whole frames" in said and "User1 gets Echo: hi" in said, said
    said = json.loads(explained('"', "--config", "config/echo.yaml", "--json"))
    assert said["received"][0]["frames"] == ['Echo: "'], said


def test_exit_codes():
    """1 for a configuration with errors, 2 for one that can't be read, 64 for wrong arguments"""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as plugins:
        plugins.write("pipeline:\n  - nobody\n")
        plugins.flush()
        assert explain("{}", "--plugins", plugins.name).returncode == 1
    assert explain("{}", "--config", "nowhere.yaml").returncode == 2
    assert explain().returncode == 64
    assert explain("{}", "--users", "0").returncode == 64
