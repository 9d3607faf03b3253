"""The tutorial's command-line client `websocat` talks to the chat and to the echo server."""

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path

from chat import Client
from router import Router

LINE_SECONDS = 5
WEBSOCAT = Path(sys.executable).parent / "websocat"


class Websocat:
    """A running websocat: one line in is one message out, and back."""

    def __init__(self, url):
        self.process = subprocess.Popen(
            [WEBSOCAT, "--exit-on-eof", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.arrivals = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.arrivals.put(line.rstrip("\n"))

    def send(self, line):
        self.process.stdin.write(line + "\n")

    def line(self):
        return self.arrivals.get(timeout=LINE_SECONDS)

    def message(self, type):
        message = json.loads(self.line())
        assert message["type"] == type, message
        return message["content"]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        try:
            self.process.wait(LINE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def test_chat():
    """websocat chats with the lines that the tutorial shows"""
    with Router() as router, Client(router.url) as witness:
        witness.admitted()
        with Websocat(router.url) as terminal:
            id = terminal.message("welcome")["user_id"]
            assert [user["id"] for user in terminal.message("users")] == [witness.id, id]
            terminal.send('{"type":"message","content":"Hello from terminal!"}')
            heard = witness.until("message")
            assert (heard["from_name"], heard["content"]) == (f"User{id}", "Hello from terminal!")
            terminal.send('{"type":"set_name","name":"Terminal User"}')
            assert terminal.message("name_changed")["new_name"] == "Terminal User"
            witness.send("private_message", to_id=id, content="Hello, terminal!")
            assert terminal.message("private_message") == "Hello, terminal!"
            terminal.send("no JSON at all")
            assert terminal.message("error")["message"] == "Invalid message format"
        left = witness.until("leave")["content"]
        assert (left["user_id"], left["user_name"], left["users_online"]) == (id, "Terminal User", 1)


def test_echo():
    """The echo server answers `Echo: hi`, raw and without a welcome (P28)"""
    with Router("config/echo.yaml") as router, Websocat(router.url) as terminal:
        for text in ("hi", "Grüße 🙂", '{"type":"get_users"}'):
            terminal.send(text)
            assert terminal.line() == f"Echo: {text}"
