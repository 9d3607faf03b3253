"""Compares what members saw with what the server acknowledged.

What may not be asserted: a message whose answer never came may exist or not, but only once; and a member need not get
what was posted while it may not have been in the room yet, or not any more. What anybody has seen exists, for all.
"""

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from itertools import islice, takewhile


@dataclass(frozen=True)
class Fault:
    kind: str  # lost, doubled, order, ids, strange, history, resume, answers
    text: str


def judge(ledger):
    """All that is wrong with what the ledger holds."""
    return Judge(ledger).faults()


class Judge:
    def __init__(self, ledger):
        self.ledger = ledger
        self.found = [Fault(kind, text) for kind, text in ledger.complaints]
        self.users = {account.user: account for account in ledger.accounts if account.user is not None}
        self.ids = {}  # by label: the ids under which anybody knows it
        self.known = {}  # by label: the moment from which anybody knew its id
        self.collect()

    def fault(self, kind, text):
        self.found.append(Fault(kind, text))

    def faults(self):
        for check in (self.identities, self.sights, self.order, self.losses, self.refusals, self.restarts, self.senders,
                      self.read_back, self.pages, self.replays):
            check()
        return self.found

    def collect(self):
        for message in self.ledger.messages.values():
            for moment, id in message.acks:
                self.know(message.label, id, moment)
            for id in message.receipts:
                self.ids.setdefault(message.label, set()).add(id)
        for account in self.ledger.accounts:
            for sight in account.seen:
                self.know(sight.label, sight.id, sight.moment)
        for rows in self.ledger.history.values():
            for id, label, _, _ in rows:
                self.ids.setdefault(label, set()).add(id)

    def know(self, label, id, moment):
        self.ids.setdefault(label, set()).add(id)
        if moment < self.known.get(label, moment + 1):
            self.known[label] = moment

    def id(self, label):
        return min(self.ids[label])

    def described(self, message):
        answers = [f"acknowledged as {id}" for _, id in message.acks] + [f"refused: {code}" for _, code in message.errors]
        return (f"{message.label} (from {message.sender}, {message.place}, "
                f"{message.times_sent} times sent, first to start {message.start}; {', '.join(answers) or 'never answered'})")

    def identities(self):
        """One message has one id, and one id is one message's."""
        owners = {}
        for label, ids in self.ids.items():
            message = self.ledger.messages.get(label)
            if len(ids) > 1:
                self.fault("doubled", f"{self.described(message) if message else label} is there as {sorted(ids)}")
            for id in ids:
                owners.setdefault(id, []).append(label)
        for id, labels in owners.items():
            if len(labels) > 1:
                self.fault("ids", f"id {id} was given to {sorted(labels)}")

    def sights(self):
        """Nobody sees anything twice, its own, what is for somebody else, or what nobody wrote."""
        for account in self.ledger.accounts:
            for label, count in Counter(sight.label for sight in account.seen).items():
                if count > 1:
                    where = [(sight.connection, sight.id) for sight in account.seen if sight.label == label]
                    self.fault("doubled", f"{account.number} saw {label} {count} times, as (connection, id) {where}")
            for sight in account.seen:
                if reason := self.strange(account, sight):
                    self.fault("strange", f"{account.number} saw {sight.label} as {sight.id} on connection "
                                          f"{sight.connection}: {reason}")

    def strange(self, account, sight):
        message = self.ledger.messages.get(sight.label)
        if message is None or message.content != sight.content:
            return f"nobody wrote {sight.content[:80]!r}"
        if message.room != sight.room or sight.from_id != self.ledger.accounts[message.sender].user:
            return f"room {sight.room}, from {sight.from_id}, but it is {self.described(message)}"
        if message.sender == account.number:
            return "it is its own"
        if message.room is None:
            return None if message.to == account.number else f"it is {message.place}"
        latest = min((moment for moment, _ in message.acks), default=sight.moment)
        possible = any(stay.room == message.room and stay.asked < latest
                       and (stay.gone is None or stay.gone > message.first_sent) for stay in account.stays)
        return None if possible else "it was not in the room"

    def order(self):
        """A member's ids only grow, over all its connections."""
        for account in self.ledger.accounts:
            for first, second in zip(account.seen, account.seen[1:]):
                if second.id <= first.id:
                    self.fault("order", f"{account.number} saw {second.label} as {second.id} on connection "
                                        f"{second.connection} after {first.label} as {first.id} on {first.connection}")

    def losses(self):
        """What exists was seen by everybody who was surely in its room, and by whom it was for."""
        messages = list(self.ledger.messages.values())  # in the order in which they were first sent
        private = [message for message in messages if message.room is None]
        for account in self.ledger.accounts:
            seen = {sight.label for sight in account.seen}
            due = {message.label for message in private if message.to == account.number}
            for stay in account.stays:
                if stay.since is not None:
                    due.update(self.during(stay, messages, account.number))
            for label in sorted(due - seen, key=lambda label: self.ledger.messages[label].first_sent):
                if label in self.ids:
                    message, id = self.ledger.messages[label], self.id(label)
                    self.fault("lost", f"{self.described(message)} is {id}; {account.number} never saw it: "
                                       f"{self.around(account, id)}")

    def during(self, stay, messages, number):
        """What others posted to a room while somebody was surely in it."""
        for place in range(bisect_right(messages, stay.since, key=lambda message: message.first_sent), len(messages)):
            message = messages[place]
            if stay.until is not None and message.first_sent >= stay.until:
                return
            if message.room != stay.room or message.sender == number:
                continue
            done = min((moment for moment, _ in message.acks), default=self.known.get(message.label))
            if stay.until is None or (done is not None and done < stay.until):
                yield message.label

    def around(self, account, id):
        place = bisect_right([sight.id for sight in account.seen], id)
        near = account.seen[max(0, place - 1):place + 1]
        told = ", ".join(f"{sight.id} on connection {sight.connection}" for sight in near) or "nothing"
        return f"next to it, it saw {told}"

    def refusals(self):
        """What was refused, and never acknowledged, does not exist."""
        for label in self.ids:
            message = self.ledger.messages.get(label)
            if message and message.errors and not message.acks:
                self.fault("answers", f"{self.described(message)} is there all the same, as {self.id(label)}")

    def restarts(self):
        """What was first sent after a restart has an id above all that anybody knew of before."""
        known = sorted((moment, self.id(label)) for label, moment in self.known.items())
        newest, place, bounds = 0, 0, []
        for moment in self.ledger.starts:
            while place < len(known) and known[place][0] < moment:
                newest = max(newest, known[place][1])
                place += 1
            bounds.append(newest)
        for label in self.ids:
            message = self.ledger.messages.get(label)
            if message and 0 < message.start <= len(bounds) and self.id(label) <= bounds[message.start - 1]:
                self.fault("ids", f"{self.described(message)} is {self.id(label)}, and start {message.start} came after "
                                  f"id {bounds[message.start - 1]}")

    def senders(self):
        """What one member posted has ids in the order in which it was sent.

        A private message may have been refused without the sender hearing of it, and be accepted when it comes again.
        """
        last = {}
        for label, message in self.ledger.messages.items():
            if label not in self.ids or message.room is None or message.errors:
                continue
            earlier = last.get(message.sender)
            if earlier and self.id(earlier) > self.id(label):
                self.fault("order", f"{label} is {self.id(label)}, and {earlier}, sent before it, is {self.id(earlier)}")
            last[message.sender] = label

    def read_back(self):
        """The history of a room holds what exists, in the order of the ids."""
        for room, rows in self.ledger.history.items():
            read = [id for id, _, _, _ in rows]
            if read != sorted(set(read)):
                self.fault("history", f"{room}: the ids read back do not grow")
            for id, label, content, user in rows:
                message = self.ledger.messages.get(label)
                if message is None or (message.room, message.content) != (room, content):
                    self.fault("history", f"{room}: nobody posted {content[:80]!r} here, which is read back as {id}")
                elif user != self.ledger.accounts[message.sender].user:
                    self.fault("history", f"{room}: {label} is read back as from {user}")
            labels = {label for _, label, _, _ in rows}
            for label in self.ids:
                message = self.ledger.messages.get(label)
                if message and message.room == room and label not in labels:
                    self.fault("lost", f"{self.described(message)} is {self.id(label)}; "
                                       f"the history of {room} does not have it")

    def pages(self):
        """A history that is shown on coming or joining has no gap, neither inside nor before what is seen next."""
        for room, rows in self.ledger.history.items():
            ids = [row[0] for row in rows]
            users = {row[0]: row[3] for row in rows}
            for account in self.ledger.accounts:
                for page in account.pages:
                    if page.room == room:
                        self.page(account, page, ids, users)

    def page(self, account, page, ids, users):
        shown = [row[0] for row in page.rows]
        end = bisect_right(ids, shown[-1]) if shown else None
        if shown and ids[end - len(shown):end] != shown:
            self.fault("history", f"{account.number} was shown {shown[0]} to {shown[-1]} of {page.room} on connection "
                                  f"{page.connection}, with something missing or too much")
            return
        following = (sight for sight in islice(account.seen, page.place, None) if sight.room == page.room)
        sight = next(following, None)
        if not shown or sight is None or sight.connection != page.connection:
            return
        # P35: what comes live may overtake a page that is read from the disk.
        before = {s.id for s in account.seen[:page.place] if (s.room, s.connection) == (page.room, page.connection)}
        expected = next((id for id in ids[end:] if users[id] != account.user and id not in before), None)
        if sight.id != expected:
            self.fault("history", f"{account.number} was shown {page.room} up to {shown[-1]} on connection "
                                  f"{page.connection}; then came {sight.id}, and not {expected}")

    def replays(self):
        """`replayed` counts at least what was known to anybody before the member asked to resume."""
        for account in self.ledger.accounts:
            for resumption in account.resumptions:
                after = islice(account.seen, resumption.place, None)
                on_it = takewhile(lambda sight: sight.connection == resumption.connection, after)
                for sight in islice(on_it, resumption.replayed, None):
                    if self.known[sight.label] < resumption.asked:
                        self.fault("resume", f"{account.number} got {sight.id} on connection {resumption.connection} "
                                             f"behind the {resumption.replayed} said to be replayed, but it was there "
                                             "before")
                        break
