"""The judge of `make chaos` finds what it is there to find: records of a faultless run are doctored, one fault at a time."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "Chaos"))

from judge import judge  # noqa: E402
from ledger import Ledger, Page, Resumption, Sighting, Stay  # noqa: E402

ROOM = "general"


class Run:
    """Three members in a room, the third of whom comes back between the second and the third message of each start."""

    def __init__(self, careless=False):
        self.ledger = Ledger()
        self.id = 0
        self.connection = 1
        for user in (1, 2, 3):
            account = self.ledger.account()
            account.user = user
            now = self.ledger.now()
            account.stays.append(Stay(ROOM, now, now))
        self.history = self.ledger.history[ROOM] = []
        for start in (1, 2):
            self.ledger.starts.append(self.ledger.now())
            self.connection = start
            for sender in (0, 1, 0, 1):
                self.post(sender)
            self.private(0, 2)

    def message(self, label):
        return self.ledger.messages[label]

    def post(self, sender):
        label = f"m{sender}-{self.id + 1}"
        message = self.ledger.message(sender, label, room=ROOM, key=label)
        for account in self.ledger.accounts:
            if account.number != sender:
                self.see(account, message, self.id + 1)
        self.history.append((self.id + 1, label, label, sender + 1))
        self.acknowledge(message)

    def private(self, sender, to):
        message = self.ledger.message(sender, f"m{sender}-{self.id + 1}", to=to, key="k")
        self.see(self.ledger.accounts[to], message, self.id + 1)
        message.receipts.append(self.id + 1)
        self.acknowledge(message)

    def acknowledge(self, message):
        self.id += 1
        message.times_sent += 1
        message.acks.append((self.ledger.now(), self.id))

    def see(self, account, message, id):
        account.seen.append(Sighting(
            self.ledger.now(), self.connection, id, message.label, message.content, message.room, message.sender + 1))

    @property
    def third(self):
        """Who only listens."""
        return self.ledger.accounts[2]

    def kinds(self):
        return {fault.kind for fault in judge(self.ledger)}


def expect(kinds, doctor):
    """The judge finds nothing else than this when the records are doctored so."""
    run = Run()
    doctor(run)
    assert run.kinds() == set(kinds), judge(run.ledger)


def test_faultless():
    """The judge has nothing to say about a run without faults"""
    expect([], lambda run: None)


def test_lost_post():
    """The judge finds a post that one member never saw, and says which and between what"""
    def doctor(run):
        del run.third.seen[6]
    expect(["lost"], doctor)
    run = Run()
    doctor(run)
    [fault] = judge(run.ledger)
    for word in ("m1-7 (from 1, general, 1 times sent, first to start 2; acknowledged as 7)", "2 never saw it",
                 "6 on connection 2, 8 on connection 2"):
        assert word in fault.text, fault.text


def test_lost_everywhere():
    """The judge finds an acknowledged post that nobody saw and that is not in the history"""
    def doctor(run):
        for account in run.ledger.accounts:
            account.seen = [sight for sight in account.seen if sight.id != 4]
        run.history[:] = [row for row in run.history if row[0] != 4]
    expect(["lost"], doctor)


def test_lost_private_message():
    """The judge finds a private message that did not arrive"""
    def doctor(run):
        run.third.seen.pop()
    expect(["lost"], doctor)


def test_lost_at_restart():
    """The judge finds that what one member saw is not in the history"""
    def doctor(run):
        del run.history[3]
    expect(["lost"], doctor)


def test_lost_without_answer():
    """The judge finds that of an unanswered post, which one member saw, another did not see anything"""
    def doctor(run):
        run.message("m0-3").acks.clear()
        run.third.seen = [sight for sight in run.third.seen if sight.id != 3]
    expect(["lost"], doctor)


def test_unanswered():
    """The judge lets a post be that was never answered, whether it is there or not"""
    expect([], lambda run: run.message("m0-3").acks.clear())
    expect([], lambda run: run.ledger.message(0, "m0-99", room=ROOM))


def test_seen_twice():
    """The judge finds a post that one member saw twice"""
    def doctor(run):
        run.third.seen.insert(3, run.third.seen[2])
    expect(["doubled", "order"], doctor)


def test_posted_twice():
    """The judge finds a post that is there twice, with two ids"""
    def doctor(run):
        run.id += 1
        message = run.message("m0-8")
        for account in run.ledger.accounts[1:]:
            run.see(account, message, run.id)
        run.history.append((run.id, message.label, message.content, 1))
    expect(["doubled"], doctor)


def test_acknowledged_twice():
    """The judge finds that a message that was sent again with its key was answered with another id"""
    def doctor(run):
        message = run.message("m0-8")
        message.acks.append((run.ledger.now(), run.id + 1))
    expect(["doubled"], doctor)


def test_swapped():
    """The judge finds two posts that one member saw in the other order"""
    def doctor(run):
        run.third.seen[1:3] = reversed(run.third.seen[1:3])
    expect(["order"], doctor)


def test_reused_id():
    """The judge finds an id that was given out again after a restart"""
    def doctor(run):
        last = Sighting(run.ledger.now(), 2, 3, "m1-99", "m1-99", None, 2)
        run.ledger.message(1, "m1-99", to=2).acks.append((run.ledger.now(), 3))
        run.third.seen.append(last)
    expect(["ids", "order"], doctor)


def test_ids_start_again():
    """The judge finds a post after a restart with an id below one that was known before it"""
    def doctor(run):
        run.ledger.starts[1:] = [run.message("m0-1").acks[0][0] + 1, run.ledger.starts[1]]
        run.message("m1-2").start = 3
    expect(["ids"], doctor)


def test_sender_order():
    """The judge finds posts of one sender in another order than it sent them"""
    def doctor(run):
        messages = list(run.ledger.messages.items())
        messages[0], messages[2] = messages[2], messages[0]
        run.ledger.messages = dict(messages)
        run.message("m0-1").first_sent, run.message("m0-3").first_sent = (
            run.message("m0-3").first_sent, run.message("m0-1").first_sent)
    expect(["order"], doctor)


def test_refused_and_there():
    """The judge finds a message that was refused and is there all the same"""
    def doctor(run):
        message = run.message("m0-5")
        message.errors.append((message.acks.pop()[0], "user_not_found"))
    expect(["answers"], doctor)


def test_strange():
    """The judge finds what nobody wrote, a sender's own post, and what is for somebody else"""
    def garbled(run):
        run.third.seen[0].content += "?"
    def own(run):
        run.see(run.ledger.accounts[1], run.message("m1-9"), 9)
    def private(run):
        run.see(run.ledger.accounts[1], run.message("m0-10"), 10)
    def outside(run):
        run.third.stays[0].gone = run.third.stays[0].until = run.ledger.starts[0]
    for doctor in (garbled, own, private, outside):
        expect(["strange"], doctor)


def test_history():
    """The judge finds a history with strange rows, in the wrong order, or with another sender"""
    def stranger(run):
        run.history.append((99, "m9-9", "m9-9", 1))
    def swapped(run):
        run.history[1:3] = reversed(run.history[1:3])
    def sender(run):
        run.history[1] = (*run.history[1][:3], 3)
    for doctor in (stranger, swapped, sender):
        expect(["history"], doctor)


def page(run, first, last, place):
    rows = [row[:2] + row[3:] for row in run.history if first <= row[0] <= last]
    run.third.pages.append(Page(1, ROOM, rows, place))
    return rows


def test_pages():
    """The judge finds a gap in what is shown on joining, and one between that and what comes then"""
    expect([], lambda run: page(run, 1, 2, 2))
    expect(["history"], lambda run: page(run, 1, 4, 4).pop(1))
    expect([], lambda run: page(run, 1, 2, 3))  # P35: the third has overtaken a page from the disk
    def gap(run):
        page(run, 1, 2, 2)
        del run.third.seen[2]
    expect(["history", "lost"], gap)


def test_replayed():
    """The judge finds a count of replayed messages that leaves some out"""
    def doctor(run, replayed):
        run.third.resumptions.append(Resumption(2, run.ledger.starts[1], 3, replayed, 3))
        for sight in run.third.seen[3:5]:
            sight.connection = 2
    expect([], lambda run: doctor(run, 2))
    expect([], lambda run: doctor(run, 3))
    expect(["resume"], lambda run: doctor(run, 1))


def test_complaints():
    """What a member found wrong itself is a fault"""
    expect(["resume"], lambda run: run.ledger.complain("resume", "resume failed"))
