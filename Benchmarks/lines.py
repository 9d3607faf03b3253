"""What is measured: the lines of the table, and the figures to reach in each."""

from dataclasses import dataclass, field

from servers import ALL, RECIPIENT, ROUTER, TICK

DELIVERY = "server_us_per_delivery"
MESSAGE = "server_us_per_message"


@dataclass
class Goal:
    """The router's figure over the other's has to be at most `most`, or the other's over the router's at least `least`."""

    figure: str
    against: str
    most: float | None = None
    least: float | None = None

    def ratio(self, medians):
        ours, theirs = medians[ROUTER][self.figure], medians[self.against][self.figure]
        above, below = (ours, theirs) if self.most is not None else (theirs, ours)
        return above / below if below > 0 else float("inf")

    def reached(self, ratio):
        return ratio <= self.most if self.most is not None else ratio >= self.least

    @property
    def wanted(self):
        return f"at most {self.most:g}" if self.most is not None else f"at least {self.least:g}"

    @property
    def name(self):
        return f"{self.figure}, to the {self.against}'s" if self.most is not None else f"{self.figure}, {self.against} to it"


@dataclass
class Line:
    name: str
    arguments: list
    shown: list  # figures in the table
    goals: list = field(default_factory=list)
    servers: tuple = ALL
    receivers: int = 0  # above 0: a point of the plot


def saturation(name, senders, receivers, goals, window=64):
    arguments = ["flow", "--senders", senders, "--receivers", receivers, "--window", window]
    return Line(name, arguments, [DELIVERY, "deliveries_per_second", "server_load"], goals, receivers=receivers)


def near(most, figure=DELIVERY):
    return Goal(figure, TICK, most=most)


def beyond(least, figure=DELIVERY):
    return Goal(figure, RECIPIENT, least=least)


LINES = [
    saturation("1 to 1", 1, 1, [near(2.5)]),
    saturation("4 to 50", 4, 50, [near(1.5), beyond(40)]),
    saturation("4 to 500", 4, 500, [near(1.5), beyond(40)]),
    saturation("2 to 2000", 2, 2000, [near(1.5), beyond(25)]),
    saturation("50 to 50", 50, 50, [near(1.5)], window=1),
    Line("private pairs", ["private", "--pairs", 8, "--window", 64], [MESSAGE, "messages_per_second", "server_load"],
         [near(2.5, MESSAGE)]),
]

# A run counts only when the yardstick is so much better than write-per-recipient in this line: else the machine was
# busy, or the yardstick is not what it should be.
PROOF, PROOF_RATIO = "4 to 500", 80
