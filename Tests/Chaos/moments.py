"""The moments at which the server is killed: a function each, whose docstring says when. On return all are back."""

import asyncio

from member import STOPS


async def at_any_moment(chaos):
    """at any moment"""
    await asyncio.sleep(chaos.random.uniform(0, 0.5))
    chaos.kill()
    await chaos.restart()


async def at_start(chaos):
    """while it starts"""
    chaos.kill()
    for _ in range(chaos.random.randint(1, 3)):
        chaos.ledger.starts.append(chaos.ledger.now())
        chaos.server.launch()
        await asyncio.sleep(chaos.random.uniform(0, 1.2) * chaos.server.start_seconds[0])
        chaos.kill()
    await chaos.restart()


async def at_resume(chaos):
    """while clients resume"""
    await asyncio.sleep(chaos.random.uniform(0, 0.2))
    chaos.kill()
    for _ in range(chaos.random.randint(1, 2)):
        event = chaos.random.choice(("opened", "resuming", "resumed", "message"))
        count = chaos.random.randint(1, len(chaos.members)) if event != "message" else chaos.random.randint(1, 300)
        chaos.arm(event, count)
        await chaos.start_to_be_killed()
        await chaos.killing()
    await chaos.restart()


async def at_ack(chaos):
    """right after an ack"""
    await chaos.kill_at("ack", chaos.random.randint(1, 200))
    await chaos.restart()


async def at_burst(chaos):
    """under a burst"""
    chaos.all_post(False)
    for member in chaos.members:
        await chaos.soon(member.all_answered(), f"answers to {member.name}")
    chaos.arm(chaos.random.choice(("sent", "ack", "message")), chaos.random.randint(1, 60))
    chaos.all_post(True)
    await chaos.killing()
    await chaos.restart()


async def at_welcome(chaos):
    """right after somebody new was welcomed"""
    newcomer = chaos.come()
    await chaos.kill_at("welcome", 1)
    await chaos.restart()
    await chaos.see_out(newcomer)


async def at_joining(chaos):
    """while a room is joined"""
    newcomer = chaos.come()
    await chaos.soon(newcomer.until(lambda: newcomer.is_in), "a newcomer to come in")
    joining = asyncio.create_task(newcomer.join("gaming"))
    event = chaos.random.choice(("joining", "sent", "message"))
    await chaos.kill_at(event, 1 if event == "joining" else chaos.random.randint(1, 20))
    await chaos.restart()
    await chaos.soon(joining, "a newcomer to join")
    leaving = asyncio.create_task(newcomer.leave("gaming"))
    if chaos.random.random() < 0.5:
        await chaos.kill_at("message", chaos.random.randint(1, 50))
        await chaos.restart()
    await chaos.soon(leaving, "a newcomer to leave")
    await chaos.see_out(newcomer)


async def at_cuts(chaos):
    """while clients are cut off"""
    for _ in range(chaos.random.randint(1, 4)):
        member = chaos.random.choice(chaos.members)
        if member.is_in:
            member.cut(silently=chaos.random.random() < 0.5)
        await asyncio.sleep(chaos.random.uniform(0, 0.1))
    chaos.kill()
    await chaos.restart()


async def at_stop(chaos):
    """while it stops"""
    for member in chaos.members:
        member.expects_close = STOPS
    chaos.server.tell_to_stop()
    await asyncio.sleep(chaos.random.uniform(0, 0.1))
    chaos.kill()
    await chaos.restart()
    for member in chaos.members:
        member.expects_close = set()


KINDS = [at_any_moment, at_resume, at_ack, at_start, at_burst, at_welcome, at_joining, at_cuts, at_stop]
