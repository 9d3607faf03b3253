"""What a member takes from the frames that it hears: all goes into the ledger, and what can't be right is complained of."""

import asyncio
import json

from ledger import Page, Resumption, Sighting, Stay

REFUSED_SECONDS = 0.05  # before what was refused is sent again
FIRST_ROOM = "general"


class Hearing:
    """The part of a `Member` that listens."""

    def heard(self, connection, payload):
        if connection is not self.connection:
            return
        frame = json.loads(payload)
        take = getattr(self, "on_" + frame["type"], None)
        if take:
            take(frame)

    def complain(self, kind, text):
        self.ledger.complain(kind, f"{self.account.number}, connection {self.connections}: {text}")

    def on_welcome(self, frame):
        content = frame["content"]
        if self.token:
            return self.complain("resume", f"resumed after {self.after}, and was welcomed as {content['user_id']}")
        self.token, self.account.user = content["resume"], content["user_id"]
        self.rooms[FIRST_ROOM] = Stay(FIRST_ROOM, self.set_out, self.ledger.now())
        self.account.stays.append(self.rooms[FIRST_ROOM])
        self.came_in("welcome")

    def on_resumed(self, frame):
        content = frame["content"]
        if content["user_id"] != self.account.user:
            self.complain("resume", f"is {self.account.user}, and was resumed as {content['user_id']}")
        self.token = content["resume"]
        self.account.resumptions.append(
            Resumption(self.connections, self.asked, self.sent_after, content["replayed"], len(self.account.seen)))
        self.take_rooms({room if isinstance(room, str) else room["room"] for room in content["rooms"]})
        self.came_in("resumed")

    def came_in(self, event):
        self.is_in = True
        connection = self.connection
        self.told(event, self)
        if connection is not self.connection:
            return
        self.send_again()
        self.fill()
        self.change.set()

    def take_rooms(self, rooms):
        """Compares the rooms that it is resumed in with those that it was told it is in."""
        now = self.ledger.now()
        for room, stay in list(self.rooms.items()):
            if room in rooms:
                if stay.until is not None:
                    stay = self.rooms[room] = Stay(room, stay.until)
                    self.account.stays.append(stay)
                stay.since = stay.since or now
            elif stay.since and stay.until is None:
                self.complain("resume", f"was told that it is in {room}, and is resumed in {sorted(rooms)}")
            else:
                self.out_of(room)
        for room in rooms - set(self.rooms):
            self.complain("resume", f"is resumed in {room}, which it has left or never joined")

    def out_of(self, room):
        self.rooms.pop(room).gone = self.ledger.now()

    def on_resume_failed(self, frame):
        self.complain("resume", f"resume failed after {self.after}: {frame}")
        self.told("failed", self)

    def on_message(self, frame):
        self.saw(frame, frame["room"])

    def on_private_message(self, frame):
        self.saw(frame, None)

    def saw(self, frame, room):
        content, label = frame["content"], frame["content"].split(" ", 1)[0]
        sight = Sighting(self.ledger.now(), self.connections, frame["id"], label, content, room, frame["from_id"])
        self.account.seen.append(sight)
        self.after = max(self.after, sight.id)
        self.told("message", self)

    def on_history(self, frame):
        rows = [(row["id"], row["content"].split(" ", 1)[0], row["sender_id"]) for row in frame["content"]]
        self.account.pages.append(Page(self.connections, frame["room"], rows, len(self.account.seen)))

    def on_private_message_sent(self, frame):
        message = self.ledger.messages.get(frame["content"].split(" ", 1)[0])
        if message is None or message.sender != self.account.number:
            return self.complain("strange", f"got a receipt for what it did not send: {frame}")
        message.receipts.append(frame["id"])

    def on_ack(self, frame):
        pending = self.pending.pop(frame["ref"], None)
        if pending is None:
            return self.complain("answers", f"got an answer to nothing, or once more: {frame}")
        if isinstance(pending, asyncio.Future):
            pending.set_result(frame)
        else:
            pending.acks.append((self.ledger.now(), frame["content"]["id"]))
            self.told("ack", self)
        self.fill()
        self.change.set()

    def on_error(self, frame):
        code = frame["content"]["code"]
        if frame["content"].get("close") in self.expects_close:
            return
        if code == "resume_failed":
            return self.on_resume_failed(frame)
        message = self.pending.pop(frame.get("ref"), None)
        if isinstance(message, asyncio.Future):
            return message.set_exception(AssertionError(f"{self.name} got {frame}"))
        if message is None or code not in ("user_not_found", "unavailable"):
            return self.complain("answers", f"got {frame}")
        message.errors.append((self.ledger.now(), code))
        if self.keeps_on(message, code):
            self.refused.append(message)
            asyncio.get_running_loop().call_later(REFUSED_SECONDS, self.retry, message)
        self.fill()
        self.change.set()

    def keeps_on(self, message, code):
        """Whether it sends what was refused again; every other private message to somebody who is away it gives up."""
        return not self.careless and (code == "unavailable" or self.random.random() < 0.5)

    def retry(self, message):
        """Sends what was refused again, with the same key."""
        if not self.is_in:
            asyncio.get_running_loop().call_later(REFUSED_SECONDS, self.retry, message)
            return
        self.refused.remove(message)
        self.transmit(message)
