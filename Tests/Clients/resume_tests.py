"""Resuming a session (P46), client by client: what comes, in what order, what the others see, and who is not resumed."""

import asyncio
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "Tests" / "Chaos"))

from reader import Reader  # noqa: E402
from server import Server  # noqa: E402


def served(play, **settings):
    """Runs a play of single clients against a router that nobody else uses."""
    folder = ROOT / ".build-chaos" / "served"
    shutil.rmtree(folder, ignore_errors=True)

    async def run():
        server = Server(folder, settings)
        await server.start()
        try:
            await play(server)
            await server.stop()
        finally:
            if server.process.poll() is None:
                server.process.kill()
        assert not server.faults, server.faults
    asyncio.run(run())
    shutil.rmtree(folder)


async def arrive(server):
    """A new client; its `id` and `token` are set."""
    reader = await Reader.open(server.port)
    return remember(reader, await reader.until("welcome"))


def remember(reader, welcome):
    reader.id, reader.token = welcome["content"]["user_id"], welcome["content"]["resume"]
    return reader


async def back(server, token, after=0, **fields):
    """A client that wants to resume, and the first frame that it gets."""
    reader = await Reader.open(server.port, "/?resume")
    reader.say("resume", token=token, after=after, **fields)
    return reader, await reader.next()


async def resumed(server, token, after=0, **fields):
    reader, frame = await back(server, token, after, **fields)
    assert frame["type"] == "resumed", frame
    reader.replayed = frame["content"]["replayed"]
    return remember(reader, frame)


async def expect_failure(server, token, after=0, not_as=None):
    """The session can't be resumed: the client is told so, and served as anyone."""
    reader, frame = await back(server, token, after)
    assert frame["type"] == "error" and frame["content"]["code"] == "resume_failed", frame
    welcome = await reader.next()
    assert welcome["type"] == "welcome" and welcome["content"]["user_id"] != not_as, welcome
    assert (await reader.next())["type"] == "users"
    remember(reader, welcome)
    return reader


async def post(reader, content, **fields):
    """Posts; returns the id once it is acknowledged."""
    reader.say("message", content=content, ref=content, **fields)
    while (ack := await reader.until("ack"))["ref"] != content:
        pass
    return ack["content"]["id"]


async def caught_up(reader):
    """Everything that was sent to this client before the call; two rounds, as direct answers may overtake."""
    frames = []
    for _ in range(2):
        reader.say("get_stats")
        while (frame := await reader.next())["type"] != "stats":
            frames.append(frame)
    return frames


def comings(frames):
    return [(frame["type"], frame["content"]["user_id"]) for frame in frames if frame["type"] in ("join", "leave")]


# MARK: - What comes back

def test_resumed():
    """`resumed` comes first, then what was missed, others' only, then the ack, then live posts"""
    async def play(server):
        mine, other = await arrive(server), await arrive(server)
        mine.say("set_name", name="Ada")
        mine.say("join_room", room="gaming", stay=True, ref=0)
        await mine.until("ack")
        first = await post(other, "seen")
        assert (await mine.until("message"))["id"] == first
        await post(mine, "of my own")
        mine.connection.cut()
        missed = [await post(other, "missed 1"), await post(other, "missed 2")]
        again, frame = await back(server, mine.token, first, ref=7)
        content = frame["content"]
        assert frame["type"] == "resumed", frame
        assert list(content) == ["user_id", "user_name", "rooms", "resume", "replayed"], frame
        assert (content["user_id"], content["user_name"], content["replayed"]) == (mine.id, "Ada", 2), content
        assert sorted(content["rooms"]) == ["gaming", "general"] and content["resume"] != mine.token, content
        replay = [await again.next() for _ in range(3)]
        assert [frame.get("id") for frame in replay[:2]] == missed, replay
        assert [frame["content"] for frame in replay[:2]] == ["missed 1", "missed 2"], replay
        assert (replay[2]["type"], replay[2]["ref"]) == ("ack", 7), replay
        live = await post(other, "live")
        assert (await again.until("message"))["id"] == live
    served(play)


def test_replayed_frames():
    """What is replayed is the frame that who was there got: a picture, too, under the name that its sender had then"""
    async def play(server):
        mine, other, witness = await arrive(server), await arrive(server), await arrive(server)
        mine.connection.cut()
        await post(other, "missed \"\\\u0000\U0001F600")
        other.say("image", url="https://example.com/cat.png")
        other.say("set_name", name="Ada")
        last = await post(other, "missed, too")
        there = [frame for frame in await caught_up(witness) if "id" in frame]
        for _ in range(2):  # from memory, and then from the journal
            again = await resumed(server, mine.token)
            assert [await again.next() for _ in range(3)] == there, there
            again.connection.cut()
            server.kill()
            await server.start()
        again = await resumed(server, mine.token, after=last)
        assert again.replayed == 0
    served(play)


def test_old_token():
    """The token of before is good until something is sent behind `resumed`, and replaces the earlier connection (4005)"""
    async def play(server):
        first = await arrive(server)
        second = await resumed(server, first.token)
        assert await first.closed() == 4005
        third = await resumed(server, first.token)
        error = await second.until("error")
        assert (error["content"]["code"], error["content"]["close"]) == ("replaced", 4005), error
        assert await second.closed() == 4005
        assert first.id == second.id == third.id and third.token not in (first.token, second.token)
        await caught_up(third)
        for token in (first.token, second.token):
            await expect_failure(server, token, not_as=first.id)
        await caught_up(third)  # it is still there
        await resumed(server, third.token)
        assert await third.closed() == 4005
    served(play)


def test_old_token_over_restart():
    """A token counts over kill -9, and so does the one of before as long as nothing was sent behind `resumed`"""
    async def play(server):
        first = await arrive(server)
        second = await resumed(server, first.token)
        server.kill()
        await server.start()
        third = await resumed(server, first.token)
        await caught_up(third)
        server.kill()
        await server.start()
        await expect_failure(server, first.token)
        await expect_failure(server, second.token)
        assert (await resumed(server, third.token)).id == first.id
    served(play)


def test_at_once():
    """Of ten connections that show one token at once one gets the session, and the others are closed (4005)"""
    async def play(server):
        mine, other = await arrive(server), await arrive(server)
        readers = [await Reader.open(server.port, "/?resume") for _ in range(10)]
        for reader in readers:
            reader.say("resume", token=mine.token, after=0)
        everybody = [mine, *readers]
        deadline = time.monotonic() + 5
        while sum(reader.connection.is_over for reader in everybody) < 10 and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
        codes = [reader.connection.code for reader in everybody if reader.connection.is_over]
        assert codes == [4005] * 10, codes
        live = await post(other, "live")
        [last] = [reader for reader in everybody if not reader.connection.is_over]
        assert (await last.until("message"))["id"] == live
    served(play)


def test_ahead():
    """What a client sends without waiting for `resumed` is taken behind the replay, once"""
    async def play(server):
        mine, other = await arrive(server), await arrive(server)
        mine.connection.cut()
        missed = [await post(other, f"missed {number}") for number in range(50)]
        again = await Reader.open(server.port, "/?resume")
        again.say("resume", token=mine.token, after=0, ref="back")
        again.say("message", content="ahead", key="ahead", ref="ahead")
        again.say("message", content="ahead", key="ahead", ref="again")
        frames = [await again.next() for _ in range(54)]
        assert frames[0]["type"] == "resumed" and [frame["id"] for frame in frames[1:51]] == missed, frames
        assert [frame.get("ref") for frame in frames[51:]] == ["back", "ahead", "again"], frames[51:]
        seen = [frame["id"] for frame in await caught_up(other) if frame["type"] == "message"]
        assert seen == [frames[52]["content"]["id"]] == [frames[53]["content"]["id"]], (seen, frames[52:])
    served(play)


def test_too_many_sessions():
    """When more are away than `max_resumable_sessions`, who has been for longest is not resumed"""
    async def play(server):
        readers, other = [await arrive(server) for _ in range(3)], await arrive(server)
        for reader in readers:
            reader.connection.cut()
            while (await other.until("leave"))["content"]["user_id"] != reader.id:
                pass
        for reader in readers[1:]:
            assert (await resumed(server, reader.token)).id == reader.id
        await expect_failure(server, readers[0].token, not_as=readers[0].id)
    served(play, limits={"max_resumable_sessions": 2})


def test_unknown_token():
    """Whose token is unknown or none, or whose last id nothing can have, is told so, and served as anyone"""
    async def play(server):
        mine = await arrive(server)
        for token in ("0" * len(mine.token), "", "?", mine.token + "0", None, 7):
            await expect_failure(server, token, not_as=mine.id)
        await expect_failure(server, mine.token, after=1 << 52, not_as=mine.id)
    served(play)


def test_expired():
    """After `timeouts.resume` a session can't be resumed any more"""
    async def play(server):
        mine, other = await arrive(server), await arrive(server)
        mine.connection.cut()
        await other.until("leave")
        await asyncio.sleep(1.2)
        await expect_failure(server, mine.token, not_as=mine.id)
    served(play, timeouts={"resume": "1s"})


def test_too_many_missed():
    """Who has missed `max_missed` is resumed, who has missed more is not"""
    async def play(server):
        mine, late, other = await arrive(server), await arrive(server), await arrive(server)
        for reader in (mine, late):
            reader.connection.cut()
        for number in range(10):
            await post(other, f"missed {number}")
        assert (await resumed(server, mine.token)).replayed == 10
        await post(other, "one too many")
        await expect_failure(server, late.token, not_as=late.id)
    served(play, limits={"max_missed": 10})


def test_too_old():
    """Whose last id is older than what is kept is not resumed, whose is not, is"""
    async def play(server):
        early, late, other = await arrive(server), await arrive(server), await arrive(server)
        early.connection.cut()
        for number in range(300):
            last = await post(other, f"{number}")
        late.connection.cut()
        await caught_up(other)
        server.kill()
        await server.start()
        await expect_failure(server, early.token, not_as=early.id)
        assert (await resumed(server, late.token, after=last)).id == late.id
    served(play, journal={"keep_posts": 100}, limits={"max_room_posts": 100})


def test_nothing_before():
    """Before it says what it wants, a client that comes to resume is served nothing, and nobody hears of it"""
    async def play(server):
        witness = await arrive(server)
        visitor = await Reader.open(server.port, "/?resume")
        assert not comings(await caught_up(witness))
        await post(witness, "for nobody")
        witness.say("get_users")
        assert [user["id"] for user in (await witness.until("users"))["content"]] == [witness.id]
        assert visitor.frames.empty(), visitor.frames
        visitor.connection.cut()
        assert not comings(await caught_up(witness))
    served(play)


def test_silent():
    """Who comes to resume and does not say what, is told that it is not resumed, and served as anyone"""
    async def play(server):
        witness = await arrive(server)
        visitor = await Reader.open(server.port, "/?resume")
        began = time.monotonic()
        assert (await visitor.next())["content"]["code"] == "resume_failed"
        assert time.monotonic() - began > 0.7, "it had no time to say it"
        newcomer = await visitor.until("welcome")
        assert comings([await witness.until("join")]) == [("join", newcomer["content"]["user_id"])]
    served(play, timeouts={"handshake": "1s"})


def test_other_first_message():
    """Whose first message is another one is told that it is not resumed, served as anyone, and its message is taken"""
    async def play(server):
        witness = await arrive(server)
        for message, answer in (('{"type":"message","content":"hello","ref":1}', "ack"), ("nonsense", "error")):
            visitor = await Reader.open(server.port, "/?resume")
            visitor.connection.say(message)
            frame = await visitor.next()
            assert frame["content"]["code"] == "resume_failed", frame
            assert [(await visitor.next())["type"] for _ in range(2)] == ["welcome", "users"]
            await visitor.until(answer)
        assert (await witness.until("message"))["content"] == "hello"
    served(play)


# MARK: - What the others see

def test_no_grace():
    """Without grace the others see `leave`, and `join` with the old id; a private message meanwhile is refused (P20)"""
    async def play(server):
        mine, other = await arrive(server), await arrive(server)
        await caught_up(other)
        mine.connection.cut()
        leave = (await other.until("leave"))["content"]
        assert leave == {"user_id": mine.id, "user_name": f"User{mine.id}", "users_online": 1}, leave
        other.say("private_message", to_id=mine.id, content="psst", ref=1)
        refusal = await other.until("error")
        assert (refusal["content"]["code"], refusal["ref"]) == ("user_not_found", 1), refusal
        again = await resumed(server, mine.token)
        join = await other.until("join")
        assert join["from_id"] == mine.id and join["content"]["users_online"] == 2, join
        assert again.replayed == 0
        assert not [frame for frame in await caught_up(again) if frame["type"] in ("private_message", "join", "leave")]
    served(play)


def test_grace():
    """Within its grace time nobody sees a client leave or join, and a private message to it is accepted and replayed"""
    async def play(server):
        mine, other = await arrive(server), await arrive(server)
        await caught_up(other)
        mine.connection.cut()
        other.say("private_message", to_id=mine.id, content="psst", ref=1)
        receipt = await other.until("private_message_sent")
        posted = await post(other, "to all")
        again = await resumed(server, mine.token)
        frames = [await again.next(), await again.next()]
        assert [(frame["type"], frame["id"], frame["content"]) for frame in frames] == [
            ("private_message", receipt["id"], "psst"), ("message", posted, "to all")], frames
        assert not comings(await caught_up(other))
        other.say("get_users")
        assert [user["id"] for user in (await other.until("users"))["content"]] == [mine.id, other.id]
    served(play, timeouts={"grace": "30s"})


def test_grace_over():
    """When its grace time is over the others see one `leave`; resumed later, `join` with the old id"""
    async def play(server):
        mine, other = await arrive(server), await arrive(server)
        await caught_up(other)
        mine.connection.cut()
        began = time.monotonic()
        assert (await other.until("leave"))["content"]["user_id"] == mine.id
        assert time.monotonic() - began > 1.5, "the leave came too early"
        await resumed(server, mine.token)
        assert comings(await caught_up(other)) == [("join", mine.id)]
    served(play, timeouts={"grace": "2s"})


def test_grace_without_private_messages():
    """When private messages are not kept, one to a client in its grace time is refused (P20)"""
    async def play(server):
        mine, other = await arrive(server), await arrive(server)
        await caught_up(other)
        mine.connection.cut()
        while "waited for" not in server.log.read_text():  # nothing else tells that the router knows that it is gone
            await asyncio.sleep(0.01)
        other.say("private_message", to_id=mine.id, content="psst", ref=1)
        assert (await other.until("error"))["content"]["code"] == "user_not_found"
        again = await resumed(server, mine.token)
        assert not comings(await caught_up(other))
        other.say("private_message", to_id=again.id, content="there you are", ref=2)
        assert (await again.until("private_message"))["content"] == "there you are"
    served(play, timeouts={"grace": "30s"}, journal={"keep_private_messages": False})
