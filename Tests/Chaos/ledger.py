"""What was sent, answered and seen, as the judge needs it. Moments are numbers that only grow, one for each event."""

import itertools
from dataclasses import dataclass, field


@dataclass(slots=True)
class Message:
    """A post or private message that a member has sent, once or again and again."""

    label: str  # the first word of its content; no two messages have the same
    content: str
    sender: int  # the number of the member
    room: str | None  # None for a private message
    to: int | None  # the number of the member it is for
    key: str | None
    first_sent: int
    start: int  # which start of the server it was first sent to
    times_sent: int = 0
    acks: list = field(default_factory=list)  # pairs of moment and id
    errors: list = field(default_factory=list)  # pairs of moment and code
    receipts: list = field(default_factory=list)  # ids

    @property
    def place(self):
        return self.room or f"private to {self.to}"


@dataclass(slots=True)
class Sighting:
    """A post or private message that a member got, live or in a replay."""

    moment: int
    connection: int
    id: int
    label: str
    content: str
    room: str | None
    from_id: int


@dataclass(slots=True)
class Stay:
    """A member in a room: surely from `since` to `until`, possibly from `asked` to `gone`; None is open."""

    room: str
    asked: int
    since: int | None = None
    until: int | None = None
    gone: int | None = None


@dataclass(slots=True)
class Resumption:
    """A `resumed` that a member got: `replayed` is what it says, `place` how much the member had seen by then."""

    connection: int
    asked: int
    after: int
    replayed: int
    place: int


@dataclass(slots=True)
class Page:
    """A `history` that came on connecting or joining; `place` is how much the member had seen by then."""

    connection: int
    room: str
    rows: list  # (id, label, sender's user id)
    place: int


@dataclass
class Account:
    """One member as the ledger knows it: a session, from welcome to the end."""

    number: int
    user: int | None = None
    seen: list = field(default_factory=list)
    stays: list = field(default_factory=list)
    resumptions: list = field(default_factory=list)
    pages: list = field(default_factory=list)


class Ledger:
    def __init__(self):
        self.moments = itertools.count(1)
        self.messages = {}  # by label
        self.accounts = []  # by number
        self.history = {}  # by room: (id, label, content, sender's user id), oldest first, read at the end
        self.starts = []  # the moments at which the server was started
        self.complaints = []  # what members found wrong themselves: (kind, text)

    def now(self):
        return next(self.moments)

    def account(self):
        account = Account(len(self.accounts))
        self.accounts.append(account)
        return account

    def message(self, sender, label, padding="", room=None, to=None, key=None):
        content = f"{label} {padding}" if padding else label
        start = len(self.starts)
        self.messages[label] = message = Message(label, content, sender, room, to, key, self.now(), start)
        return message

    def complain(self, kind, text):
        self.complaints.append((kind, text))
