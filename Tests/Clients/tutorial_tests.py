"""A client that knows the tutorial's messages alone, among others that use everything that is shipped."""

from chat import Client
from library_tests import BROADCAST, DIRECT, expect_keys
from router import Router

CAT = "https://example.com/cat.png"
# What it gets besides the tutorial's frames, and need not know: each is news that it can do without.
IGNORED = {"history", "image", "typing", "room_join", "room_leave"}
KEYS = {
    "welcome": DIRECT, "users": DIRECT, "name_changed": DIRECT, "error": DIRECT, "message": BROADCAST,
    "private_message": BROADCAST, "user_renamed": BROADCAST, "leave": BROADCAST,
    "private_message_sent": ["type", "to_id", "to_name", "content", "timestamp"]}


def say(client, type, **fields):
    """Sends a message, and waits until it is routed: whatever another client sends next comes after it."""
    client.send(type, ref=1, **fields)
    client.until("ack")


def test_plain_client():
    """A plain client gets the tutorial's frames, in its order and with its keys, and besides them only what it ignores"""
    with Router() as router, Client(router.url) as eve, Client(router.url) as fay:
        eve.admitted()
        fay.admitted()
        say(eve, "message", content="before")
        say(eve, "image", url=CAT)
        with Client(router.url) as ada:
            talk(ada, eve, fay)
            known = [frame for frame in ada.frames if frame["type"] not in IGNORED]
            assert [told(frame) for frame in known[2:]] == [
                ("message", 1, "hi 😄 :no_such_code:"),
                ("name_changed", None, {"old_name": "User3", "new_name": "Ada"}),
                ("user_renamed", 2, {"user_id": 2, "old_name": "User2", "new_name": "Fay"}),
                ("private_message", 1, "psst 👋"),
                ("private_message_sent", None, "psst back"),
                ("leave", 0, {"user_id": 2, "user_name": "Fay", "users_online": 2}),
                ("error", None, {"message": "Unknown message type: whisper", "code": "unknown_type"})]
            assert [frame["type"] for frame in known[:2]] == ["welcome", "users"]
            for frame in known:
                expect_keys(frame, KEYS[frame["type"]], ["id", "room"])
            assert {frame["type"] for frame in ada.frames} == IGNORED | set(KEYS), ada.frames


def told(frame):
    return frame["type"], frame.get("from_id"), frame["content"]


def talk(ada, eve, fay):
    """Ada says what the tutorial's clients say; the others use rooms, pictures, emoji, and are typing."""
    assert ada.admitted() == 3
    say(eve, "typing", is_typing=True)
    say(eve, "message", content="hi :smile: :no_such_code:")
    say(eve, "image", url=CAT)
    say(fay, "join_room", room="gaming")
    say(fay, "message", content="not for ada")
    ada.send("message", content="hi all")
    ada.send("set_name", name="Ada")
    ada.until("name_changed")
    assert eve.until("message")["content"] == "hi all"
    say(fay, "leave_room")
    say(fay, "set_name", name="Fay")
    say(eve, "private_message", to_id=3, content="psst :wave:")
    ada.send("private_message", to_id=1, content="psst back")
    ada.until("private_message_sent")
    fay.socket.close()
    eve.until("leave")
    ada.send("whisper")
    ada.until("error")
