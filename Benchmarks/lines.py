"""What is measured: the lines of the table, who is measured in each, and the figures to reach."""

from dataclasses import dataclass, field

from servers import RECIPIENT, ROUTER, TICK, Subject

DELIVERY, MESSAGE, LOAD = "server_us_per_delivery", "server_us_per_message", "server_load"
MIDDLE, TAIL = "p50_us", "p99_us"


@dataclass
class Goal:
    """What one subject's figure has to be: in itself, or as a ratio to another subject's, or by how much beyond it.

    The ratio is taken so that smaller is better for `most`, and bigger is better for `least`.
    """

    figure: str
    most: float | None = None
    least: float | None = None
    against: str | None = None
    of: str = ROUTER
    more_is_better: bool = False  # such as a rate
    is_difference: bool = False

    def value(self, medians):
        ours = medians[self.of][self.figure]
        if self.against is None:
            return ours
        theirs = medians[self.against][self.figure]
        if self.is_difference:
            return ours - theirs
        above, below = (ours, theirs) if (self.most is not None) != self.more_is_better else (theirs, ours)
        return above / below if below > 0 else float("inf")

    def reached(self, value):
        return value <= self.most if self.most is not None else value >= self.least


@dataclass
class Line:
    name: str
    mode: str      # of the load program
    options: dict  # for it
    shown: list    # figures in the table
    goals: list = field(default_factory=list)
    subjects: list = field(default_factory=list)
    runs: int = 0  # at least so many
    quick: dict = field(default_factory=dict)  # options of a quick run
    plotted_at: int = 0  # receivers; 0 for a line that is no point of the plot
    is_run_once: bool = False


def own(kind, name=None):
    return Subject(name or kind, kind)


ROUTER_AND_YARDSTICK = [own(ROUTER), own(TICK)]
ALL = [own(ROUTER), own(TICK), own(RECIPIENT)]


def near(most, figure=DELIVERY, **options):
    return Goal(figure, most=most, against=TICK, **options)


def beyond(least):
    return Goal(DELIVERY, least=least, against=RECIPIENT)


def saturation(name, senders, receivers, goals, window=64, plotted=True):
    return Line(name, "flow", {"senders": senders, "receivers": receivers, "window": window},
                [DELIVERY, "deliveries_per_second", LOAD], goals, ALL, plotted_at=receivers if plotted else 0)


def paced(name, rate, subjects, goals=()):
    return Line(name, "paced", {"senders": 1, "receivers": 200, "rate": rate},
                [MIDDLE, TAIL, "max_us", DELIVERY, LOAD], list(goals), subjects)


def private(name, pairs, goal):
    """Each message is delivered to its receiver, and as a receipt to its sender."""
    return Line(name, "private", {"pairs": pairs, "window": 64}, [MESSAGE, "messages_per_second", LOAD], [goal], ALL)


def durable(name, senders, receivers, goals, runs=0):
    """Posts with an ack each; latencies are from sending a post to its ack."""
    return Line(name, "acked", {"senders": senders, "receivers": receivers, "window": 64},
                ["messages_per_second", MESSAGE, MIDDLE, TAIL, "max_us", LOAD], goals, WITH_AND_WITHOUT, runs=runs)


def intervals():
    """The same load with less and less frequent deliveries, to see what a millisecond's patience buys."""
    for microseconds, setting in ((0, "0s"), (1000, "1ms"), (2000, "2ms"), (5000, "5ms")):
        yield Subject(f"router {setting}", ROUTER, added={"delivery_interval": setting} if microseconds else {})
        yield Subject(f"yardstick {setting}", TICK, options=["--delivery-interval", str(microseconds)])


# The limits of the shipped configuration: Benchmarks/bench.yaml raises them.
SHIPPED_LIMITS = ("max_outbox_bytes", "write_stall", "max_write_stall")
STALLED, NOBODY_STALLED = "router, 1,000 stalled", "router, nobody stalled"
PLAIN, COMPRESSED = "as it is", "compressed"
ONE_LOOP, TWO_LOOPS = "one loop", "two loops"
DURABLE, IN_MEMORY = "journal on disk", "journal none"
ON_DISK = Subject(DURABLE, ROUTER, journal="store: sqlite")
WITH_AND_WITHOUT = [ON_DISK, own(ROUTER, IN_MEMORY)]
COST_OF_DISK = Goal(MESSAGE, most=4, of=DURABLE, against=IN_MEMORY, is_difference=True)
FIXED_RATE = [near(1.4, MIDDLE), near(1.6, TAIL), near(1.4)]

LINES = [
    saturation("1 to 1", 1, 1, [near(2.5)]),
    saturation("4 to 50", 4, 50, [near(1.5), beyond(40)]),
    saturation("4 to 500", 4, 500, [near(1.5), beyond(40)]),
    saturation("2 to 2000", 2, 2000, [near(1.5), beyond(25)]),
    saturation("50 to 50", 50, 50, [near(1.5)], window=1, plotted=False),
    Line("compressed to 500", "flow", {"senders": 4, "receivers": 500, "window": 64},
         [DELIVERY, "deliveries_per_second", LOAD],
         [Goal(DELIVERY, most=1.5, of=COMPRESSED, against=PLAIN)],
         [Subject(PLAIN, ROUTER),
          Subject(COMPRESSED, ROUTER, added={"compress_from": "0"}, load={"compressed": 1})]),
    private("private pair", 1, near(2.5, MESSAGE)),
    # In microseconds: 2.5 times what the yardstick needs for a single pair. For eight it needs half of that, as it reads
    # hundreds of messages at once; what is done for each of them by itself does not get less by that.
    private("private pairs", 8, Goal(MESSAGE, most=2.5 * 0.5)),
    paced("200/s to 200", 200, ALL, FIXED_RATE),
    paced("2000/s to 200", 2000, ROUTER_AND_YARDSTICK, FIXED_RATE),  # one write each is too slow for this rate
    Line("idle", "idle", {"connections": 10000, "sources": 16}, ["connections", "resident_per_connection"],
         [Goal("resident_per_connection", most=6 * 1024)], [own(ROUTER)], quick={"connections": 300}),
    Line("come and go", "accept", {"connections": 10000, "sources": 16},
         ["connections_per_second", "server_us_per_connection"],
         [near(2, "connections_per_second", more_is_better=True)], ROUTER_AND_YARDSTICK, quick={"connections": 300}),
    Line("5000 join", "join", {"connections": 5000, "sources": 16},
         ["connections", "connections_per_second", "server_us_per_connection"],
         [Goal("connections_per_second", least=1000)], ROUTER_AND_YARDSTICK, quick={"connections": 300}),
    Line("two loops", "flow", {"senders": 2, "receivers": 2000, "window": 64},
         [DELIVERY, "deliveries_per_second", LOAD],
         [Goal(DELIVERY, most=1.2, of=TWO_LOOPS, against=ONE_LOOP)],
         [Subject(ONE_LOOP, ROUTER, added={"io_threads": 1}),
          Subject(TWO_LOOPS, ROUTER, added={"io_threads": 2}, on_all_cores=True)]),
    Line("stalled readers", "stalled",
         {"senders": 4, "receivers": 20, "rate": 10000, "stalled": 1000, "milliseconds": 10000},
         [MIDDLE, TAIL, "max_us", "filling_p99_us", "closing_p99_us", "resident_growth", "ended"],
         [Goal("resident_growth", most=20e6, of=STALLED), Goal("ended", least=1000, of=STALLED),
          Goal(TAIL, most=1.3, of=STALLED, against=NOBODY_STALLED)],
         [Subject(NOBODY_STALLED, ROUTER, left_out=SHIPPED_LIMITS, load={"stalled": 0, "milliseconds": 400}),
          Subject(STALLED, ROUTER, left_out=SHIPPED_LIMITS)], runs=5, quick={"milliseconds": 1200}),
    durable("durable posts", 50, 0, [Goal("messages_per_second", least=50_000, of=DURABLE), COST_OF_DISK]),
    durable("durable 1 to 1", 1, 1, [COST_OF_DISK], runs=5),
    Line("history joined", "rooms", {}, ["joins_per_second", "loop_us_per_join", "server_us_per_join"],
         [Goal("loop_us_per_join", most=1_000, of=DURABLE)], WITH_AND_WITHOUT),
    Line("resumed", "resume", {"connections": 1000, "posts": 100}, ["resumes_per_second", "server_us_per_resume"],
         [], WITH_AND_WITHOUT),
    Line("ready after crash", "crash", {"senders": 50, "receivers": 0, "posts": 1_000_000},
         ["messages", "messages_per_second", "log_bytes", "ready_ms", "cold_ready_ms"],
         [Goal("ready_ms", most=2_000, of=DURABLE), Goal("cold_ready_ms", most=2_000, of=DURABLE)],
         [Subject(DURABLE, ROUTER, journal="store: sqlite, keep_posts: 2000000")], quick={"posts": 20_000},
         is_run_once=True),
    paced("delivery interval", 2000, list(intervals())),
]

# A run counts only when the yardstick is so much better than write-per-recipient in this line: else the machine was
# busy, or the yardstick is not what it should be.
PROOF, PROOF_RATIO = "4 to 500", 80


def named(words):
    """The lines whose name contains one of these; all of them without any."""
    return [line for line in LINES if not words or any(f" {word} " in f" {line.name} " for word in words)]
