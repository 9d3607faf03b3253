"""The tutorial's page in two tabs of Chromium, opened from a file, against config/chat.yaml as it is shipped.

The page connects to 127.0.0.1:8080. It redraws its list of users on `users` frames only, which it never asks for,
and shows no message of its own unless the router were to send it back.
"""

import contextlib
import re
import socket

from chat import Client
from page import Browser
from router import Router
from tutorial_tests import CAT, IGNORED, say

PORT = 8080
RETRY_SECONDS = 15  # the page tries again 5 s after a close; Chromium slows timers of tabs in the background
WELCOME = "Welcome to the chat room!"
SYSTEM = {"kinds": ["system"], "sender": None}


def chat():
    """The router as `make run` starts it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError as error:
            raise AssertionError(f"the page needs port {PORT}, and that is taken: {error}") from None
    router = Router(listen=None)
    assert router.port == PORT, f"config/chat.yaml listens on {router.port}, the page connects to {PORT}"
    return router


@contextlib.contextmanager
def opened():
    """User1 and User2 in two tabs."""
    with chat() as router, Browser() as browser:
        first = browser.tab()
        first.wait(lambda shown: shown["name"] == "User1" and shown["users"])
        second = browser.tab()
        second.wait(lambda shown: shown["name"] == "User2" and len(shown["users"]) == 2)
        first.wait_phrase("join", user_name="User2")
        yield router, browser, first, second


@contextlib.contextmanager
def two_tabs():
    """User1 and User2 in two tabs; afterwards nothing odd may stand on the page or in the consoles."""
    with opened() as (router, browser, first, second):
        yield router, first, second
        first.ask_users()
        first.wait(lambda shown: shown["count"] == str(len(shown["users"])) != "0")
        expect_no_noise(browser, [first.shown()])


def expect_no_noise(browser, tabs, allowed="\0"):
    console = browser.console()
    assert any("Received:" in line for line in console), "the console was not recorded"
    noise = [line for line in console if allowed not in line and (
        line.startswith("SEVERE") or "Unknown message type" in line)]
    assert not noise, noise
    for shown in tabs:
        for message in shown["messages"]:
            assert "undefined" not in str(message) and "[object" not in str(message), message


def people(shown):
    return [(user["name"], user["initial"], user["own"]) for user in shown["users"]]


def test_names_and_list():
    """Two tabs become User1 and User2; each is named in its box and in the list"""
    with two_tabs() as (_, first, second):
        assert first.shown()["status"] == second.shown()["status"] == "connected"
        assert second.texts() == [WELCOME]
        assert first.texts() == [WELCOME, first.phrase("join", user_name="User2")]
        assert people(first.shown()) == [("User1", "U", True)]
        assert people(second.shown()) == [("User1", "U", False), ("User2", "U", True)]
        first.ask_users()
        shown = first.wait(lambda shown: shown["count"] == "2")
        assert people(shown) == [("User1", "U", True), ("User2", "U", False)]


def test_rename():
    """A name set in one tab is confirmed there, told to the other and in the next list; a bad one is refused"""
    with two_tabs() as (_, first, second):
        first.rename("Ada")
        first.wait_phrase("name_changed", new_name="Ada")
        renamed = second.wait_phrase("user_renamed", old_name="User1", new_name="Ada")
        first.rename("<b>Ada</b>")
        first.wait_phrase("error", message="Invalid name (1-20 characters required)")
        second.ask_users()
        shown = second.wait(lambda shown: people(shown)[0] == ("Ada", "A", False))
        assert [message["text"] for message in shown["messages"]] == [WELCOME, renamed]
        second.write("hello, Ada")
        first.wait(lambda shown: shown["messages"][-1]["text"] == "hello, Ada")


def test_messages():
    """Messages appear once in the other tab, as they were typed, and never in their sender's"""
    with two_tabs() as (_, first, second):
        first.write("<b>hi</b> & \"so on\" 'é'")
        heard = second.wait(lambda shown: len(shown["messages"]) == 2)["messages"][-1]
        assert heard == {"kinds": [], "sender": "User1", "text": "<b>hi</b> & \"so on\" 'é'"}
        second.write("and back", enter=False)
        third = {"kinds": [], "sender": "User2", "text": "and back"}
        shown = first.wait(lambda shown: third in shown["messages"])
        assert len(shown["messages"]) == 3 and shown["messages"][-1] == third, shown
        first.write("last")
        shown = second.wait(lambda shown: shown["messages"][-1]["text"] == "last")
        assert [message["text"] for message in shown["messages"]] == [WELCOME, heard["text"], "last"]


def test_private_message():
    """A click on a user makes the next messages private, with a receipt, until that is cancelled"""
    with two_tabs() as (router, first, second), Client(router.url) as eve:
        eve.admitted()
        second.wait_phrase("join", user_name="User3")
        second.click("#userList > .user-item:not(.active)")
        assert second.shown()["private"] == "User1"
        second.write("psst")
        told = {"kinds": ["private"], "sender": "User2", "text": "psst"}
        first.wait(lambda shown: shown["messages"].count(told) == 1)
        receipt = second.wait(lambda shown: shown["messages"][-1]["text"] == "psst")["messages"][-1]
        assert receipt["kinds"] == ["own", "private"] and receipt["sender"].endswith(" User1"), receipt
        second.click("#privateMode")
        assert second.shown()["private"] is None
        second.write("to all")
        assert eve.until("message")["content"] == "to all"
        first.wait(lambda shown: shown["messages"][-1] == {"kinds": [], "sender": "User2", "text": "to all"})
        assert not eve.received("private_message") and not eve.received("private_message_sent")


def test_private_message_to_one_who_left():
    """A private message to a user who has left is answered by an error on the page"""
    with two_tabs() as (_, first, second):
        second.click("#userList > .user-item:not(.active)")
        first.close()
        second.wait_phrase("leave", user_name="User1")
        second.write("anybody?")
        second.wait_phrase("error", message="User not found or offline")
        first.handle = second.handle  # the closing look is at the tab that is left


def test_leave():
    """A closed tab is told to the other once, and is gone from the next list"""
    with two_tabs() as (_, first, second):
        second.close()
        left = first.wait_phrase("leave", user_name="User2")
        first.ask_users()
        first.wait(lambda shown: people(shown) == [("User1", "U", True)])
        assert first.texts().count(left) == 1


def test_unknown_types():
    """What the page does not know (history, pictures, typing, rooms) it logs by its type, and shows nothing of it"""
    with chat() as router, Client(router.url) as eve, Browser() as browser:
        eve.admitted()
        say(eve, "message", content="before")
        tab = browser.tab()
        tab.wait(lambda shown: shown["name"] == "User2" and len(shown["users"]) == 2)
        say(eve, "typing", is_typing=True)
        say(eve, "image", url=CAT)
        say(eve, "join_room", room="gaming")
        say(eve, "leave_room")
        say(eve, "message", content="hello :smile:")
        shown = tab.wait(lambda shown: shown["messages"][-1]["text"] == "hello 😄")
        assert [message["text"] for message in shown["messages"]] == [WELCOME, "hello 😄"]
        logged = re.findall(r'Unknown message type:"? "?(\w+)', "\n".join(browser.console()))
        assert set(logged) == IGNORED, logged
        expect_no_noise(browser, [shown], allowed="Unknown message type")


def test_restart():
    """When the router stops, both tabs show it; when it runs again, both come back by themselves and chat"""
    with opened() as (router, browser, first, second):
        assert router.stop() == 0
        for tab in (first, second):
            shown = tab.wait(lambda shown: shown["status"] == "disconnected")
            goodbye = [message for message in shown["messages"] if message["kinds"] == ["system"]][-1]["text"]
            assert "undefined" not in goodbye and goodbye not in (WELCOME, tab.phrase("join", user_name="User2"))
        with chat():
            for tab in (first, second):
                tab.wait(lambda shown: shown["status"] == "connected" and shown["users"], RETRY_SECONDS)
                tab.wait(lambda shown: [m["text"] for m in shown["messages"]].count(WELCOME) == 2)
            assert {first.shown()["name"], second.shown()["name"]} == {"User1", "User2"}
            first.write("back again")
            second.wait(lambda shown: [m["text"] for m in shown["messages"]].count("back again") == 1)
            assert "back again" not in first.texts()
            expect_no_noise(browser, [first.shown(), second.shown()], allowed="ERR_CONNECTION_REFUSED")
