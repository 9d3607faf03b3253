"""What is told of a run, and what is kept of one in which something was wrong."""

import json
from collections import Counter
from dataclasses import asdict
from statistics import median

SHOWN = 20  # faults


def acknowledged(ledger):
    return sum(bool(message.acks) for message in ledger.messages.values())


def summary(rounds, seed, ledger, server):
    messages = ledger.messages.values()
    private = sum(bool(message.acks) and message.room is None for message in messages)
    again = sum(message.times_sent > 1 for message in messages)
    resumed = sum(len(account.resumptions) for account in ledger.accounts)
    seen = sum(len(account.seen) for account in ledger.accounts)
    starts = sorted(server.start_seconds)
    return (f"{rounds} rounds, {server.starts} starts, seed {seed}: {acknowledged(ledger)} messages acknowledged ({private} "
            f"private), {again} of them sent again, {seen} deliveries compared, {resumed} sessions resumed: 0 lost, 0 "
            f"doubled. From start to the first accepted connection {median(starts):.2f} s in the middle, {starts[-1]:.2f} s at "
            "most.")


def account(faults, seed, ledger, folder):
    """The account of what went wrong; all that is known stays in the folder."""
    with open(folder / "record.jsonl", "w") as file:
        for message in ledger.messages.values():
            print(json.dumps({"message": asdict(message)}), file=file)
        for member in ledger.accounts:
            print(json.dumps({"account": asdict(member)}), file=file)
    texts = [f"{fault.kind}: {fault.text}" for fault in faults]
    with open(folder / "faults.txt", "w") as file:
        print(*texts, sep="\n", file=file)
    counts = ", ".join(f"{count} {kind}" for kind, count in Counter(fault.kind for fault in faults).items())
    return "\n".join([f"{len(faults)} faults with seed {seed} ({counts}), the first of them:",
                      *(text[:1000] for text in texts[:SHOWN]),
                      f"all of them, what each member saw, the logs and the data: {folder}"])
