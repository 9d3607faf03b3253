"""A short conversation over the Python package `websockets`: frames exact to the key, closing, pings, offers."""

import signal

from chat import Client
from router import Router

DIRECT = ["type", "content", "timestamp"]
BROADCAST = ["type", "from_id", "from_name", "content", "timestamp"]
USER = ["user_id", "user_name", "users_online"]


def pair():
    """A router with two clients, both admitted."""
    router = Router()
    ada, bob = Client(router.url), Client(router.url)
    ada.admitted()
    bob.admitted()
    ada.until("join")
    return router, ada, bob


def expect_keys(frame, keys, added=()):
    """The tutorial's keys all there and in its order; besides them only those that we add."""
    assert [key for key in frame if key in keys] == keys, list(frame)
    assert set(frame) - set(keys) <= set(added), list(frame)
    assert type(frame.get("timestamp", 0)) is int, frame


def test_arrival():
    """A client gets welcome, then users; the others get join (P6, P7, P8, P16, P47)"""
    with Router() as router, Client(router.url) as ada:
        welcome, users = ada.next(), ada.next()
        expect_keys(welcome, DIRECT)
        content = welcome["content"]
        expect_keys(content, ["user_id", "user_name", "message", "server_stats"], ["types", "limits", "resume"])
        assert (content["user_id"], content["user_name"]) == (1, "User1")
        assert content["message"] == "Welcome to the chat room!"
        assert list(content["server_stats"]) == ["users_online", "uptime_seconds", "server_time"]
        assert "message" in content["types"] and content["limits"]["max_message_bytes"] == 10240
        expect_keys(users, DIRECT)
        assert [list(user) for user in users["content"]] == [["id", "name", "connected_at"]]
        with Client(router.url) as bob:
            bob.admitted()
            assert [user["name"] for user in bob.frames[1]["content"]] == ["User1", "User2"]
            join = ada.next()
            expect_keys(join, BROADCAST)
            assert (join["type"], join["from_id"], join["from_name"]) == ("join", 2, "User2")
            assert list(join["content"].items()) == list(zip(USER, [2, "User2", 2]))
        leave = ada.next()
        expect_keys(leave, BROADCAST)
        assert (leave["type"], leave["from_id"], leave["from_name"]) == ("leave", 0, "System")
        assert list(leave["content"].items()) == list(zip(USER, [2, "User2", 1]))


def test_messages():
    """A message goes to everyone else and never to its sender (P2, P10)"""
    router, ada, bob = pair()
    with router, ada, bob:
        for sender, receiver, text in ((ada, bob, "hi"), (bob, ada, 'tab\t "quoted" \\ \u2028 🙂')):
            sender.send("message", content=text)
            frame = receiver.until("message")
            expect_keys(frame, BROADCAST, ["id", "room"])
            assert (frame["from_id"], frame["from_name"]) == (sender.id, f"User{sender.id}")
            assert frame["content"] == text
            sender.caught_up()
        assert len(ada.received("message")) == len(bob.received("message")) == 1


def test_reference():
    """A ref is answered by one ack, or by the error that carries it (P30)"""
    router, ada, bob = pair()
    with router, ada, bob:
        for ref in ("first", 7):
            ada.send("message", content="hi", ref=ref)
            ack = ada.next()
            assert list(ack) == ["type", "ref", "content", "timestamp"] and ack["type"] == "ack", ack
            assert (ack["ref"], ack["content"]) == (ref, {"id": bob.until("message")["id"]}), ack
        ada.send("dance", ref="odd")
        error = ada.next()
        assert (error["type"], error["ref"]) == ("error", "odd"), error
        assert error["content"]["message"] == "Unknown message type: dance"
        ada.caught_up()
        assert (len(ada.received("ack")), len(ada.received("error"))) == (2, 1)


def test_private_message():
    """A private message reaches one user, its sender gets a receipt (P3, P11, P12)"""
    router, ada, bob = pair()
    with router, ada, bob, Client(router.url) as eve:
        eve.admitted()
        ada.send("private_message", to_id=str(bob.id), content="psst")
        told, receipt = bob.until("private_message"), ada.until("private_message_sent")
        expect_keys(told, BROADCAST, ["id"])
        expect_keys(receipt, ["type", "to_id", "to_name", "content", "timestamp"], ["id"])
        assert (told["from_id"], told["content"]) == (ada.id, "psst")
        assert (receipt["to_id"], receipt["to_name"], receipt["content"]) == (bob.id, "User2", "psst")
        eve.caught_up()
        assert not eve.received("private_message")


def test_rename():
    """A new name is confirmed to its owner and told to the others (P4, P13)"""
    router, ada, bob = pair()
    with router, ada, bob:
        ada.send("set_name", name="Ada")
        changed, renamed = ada.next(), bob.until("user_renamed")
        expect_keys(changed, DIRECT)
        assert changed["type"] == "name_changed"
        assert list(changed["content"].items()) == [("old_name", "User1"), ("new_name", "Ada")]
        expect_keys(renamed, BROADCAST)
        assert (renamed["from_id"], renamed["from_name"]) == (1, "Ada")
        assert list(renamed["content"].items()) == [("user_id", 1), ("old_name", "User1"), ("new_name", "Ada")]
        assert [user["name"] for user in bob.users()] == ["Ada", "User2"]
        ada.caught_up()
        assert not ada.received("user_renamed")


def test_stop():
    """SIGTERM tells every client shutting_down, closes with 1001 and exits 0 (P48, P49)"""
    router, ada, bob = pair()
    with router, ada, bob:
        assert router.stop(signal.SIGTERM) == 0
        for client in (ada, bob):
            assert client.until_closed()[0] == 1001
            last = client.frames[-1]
            assert last["type"] == "error" and last["content"]["code"] == "shutting_down", last
            assert last["content"]["close"] == 1001 and last["content"]["message"], last
            assert not client.received("leave"), client.frames


def test_close_handshake():
    """A client's close is answered with its code (RFC 6455 section 7.4)"""
    for code in (1000, 1001, 3000):
        with Router() as router, Client(router.url) as client:
            client.admitted()
            client.socket.close(code, "bye")
            assert client.until_closed()[0] == code


def test_ping():
    """A ping is answered by a pong with its data (RFC 6455 section 5.5.3)"""
    with Router() as router, Client(router.url) as client:
        client.admitted()
        for data in (b"", b"x" * 125):
            assert client.socket.ping(data).wait(5), data


def test_offers():
    """A library's offer to compress is taken, subprotocols are not; compressed and plain clients talk to each other"""
    with Router() as router, Client(router.url) as plain:
        plain.admitted()
        with Client(router.url, compression="deflate", subprotocols=["chat", "mqtt"]) as client:
            headers = client.socket.response.headers
            assert headers["Sec-WebSocket-Extensions"].startswith("permessage-deflate"), headers
            assert "Sec-WebSocket-Protocol" not in headers and client.socket.subprotocol is None, headers
            client.admitted()
            for size in (1, 100, 2000, 9000):
                text = " ".join(str(number) for number in range(size))[:size]
                client.send("message", content=text)
                assert plain.until("message")["content"] == text
                plain.send("message", content=text)
                assert client.until("message")["content"] == text


def test_compressed_echo():
    """Compressed texts come back as they were, whatever their size, also in fragments"""
    with Router("config/echo.yaml") as router, Client(router.url, compression="deflate", max_size=None) as client:
        assert "Sec-WebSocket-Extensions" in client.socket.response.headers
        for size in (0, 1, 125, 126, 1000, 65535, 65536, 1000000):
            text = " ".join(str(number * number) for number in range(size))[:size]
            client.socket.send(text)
            assert client.socket.recv(timeout=10) == f"Echo: {text}"
        client.socket.send(["in ", "three ", "fragments"])
        assert client.socket.recv(timeout=5) == "Echo: in three fragments"


def test_echo():
    """The echo server sends every text back behind its prefix, empty and large ones too (P28)"""
    with Router("config/echo.yaml") as router, Client(router.url) as client:
        for text in ("hi", "", "x" * 100_000, '{"type":"get_users"}'):
            client.socket.send(text)
            assert client.socket.recv(timeout=5) == f"Echo: {text}"
