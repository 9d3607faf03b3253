"""The measured part of docs/delivery.md, as Benchmarks/plot writes it from the JSON."""

from lines import DELIVERY, LINES, MESSAGE, MIDDLE, TAIL
from servers import RECIPIENT, ROUTER, TICK
from table import TITLES, sentence

BEGIN, END = "<!-- from bench.json by Benchmarks/plot -->\n", "<!-- end -->"
SHOWN = {line.name: line.shown for line in LINES}


def rows(head, body):
    """A Markdown table; all columns but the first are numbers."""
    lines = [head, ["---", *["--:" for _ in head[1:]]], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def number(value, figure):
    return f"{value:,.{TITLES[figure][1]}f}"


def processor_time(report):
    """The lines at saturation: CPU time of each server, and how they compare."""
    body = []
    for line in report["lines"]:
        figure = SHOWN[line["line"]][0]
        if figure not in (DELIVERY, MESSAGE) or TICK not in line["medians"]:
            continue
        ours, theirs, usual = (line["medians"][name][figure] for name in (ROUTER, TICK, RECIPIENT))
        what = line["line"] if figure == DELIVERY else f"{line['line']}, per message"
        body.append([what, number(ours, figure), number(theirs, figure), number(usual, figure),
                     f"{ours / theirs:.2f}", f"{usual / ours:.1f}"])
    return "CPU time of the server at saturation, in µs per delivered message:\n\n" + rows(
        ["senders to receivers", ROUTER, TICK, RECIPIENT, "router / yardstick", "write-per-recipient / router"], body)


def latencies(report, title, chosen):
    """The lines at a fixed rate: latency from when a message was to be sent, and CPU time."""
    figures = (MIDDLE, TAIL, "max_us", DELIVERY)
    body = [[f"{line['line']}: {name}" if len(found := chosen(report)) > 1 else name,
             *[number(median[figure], figure) for figure in figures]]
            for line in chosen(report) for name, median in line["medians"].items()]
    return f"{title}\n\n" + rows(["", *[TITLES[figure][0] for figure in figures]], body)


def others(report):
    """What is told in a sentence each."""
    told = ("compressed to 500", "idle", "come and go", "5000 join", "two loops", "stalled readers")
    return "\n".join(f"- {line['line']}: {sentence(goal)}{'' if goal['reached'] else ', missed'}"
                     for line in report["lines"] if line["line"] in told for goal in line["goals"]) + "\n" + filling(report)


def filling(report):
    stalled = next(line["medians"] for line in report["lines"] if line["line"] == "stalled readers")
    before, after = (max(median[figure] for median in stalled.values()) / 1e3
                     for figure in ("filling_p99_us", "closing_p99_us"))
    return ("\nWhat a thousand stalled readers cost the others is measured while they are stalled: from 0.3 s after the first "
            "post on, until the first of them is closed. Before that the kernel takes some 90 KB for each of them as if they "
            f"were reading, and p99 is {before:.1f} ms; in the seconds after it, when they are closed all at once and the kernel "
            f"still asks each of them for room from time to time, p99 is {after:.1f} ms.\n")


def conditions(report):
    machine = report["machine"]
    runs = max(len(runs) for line in report["lines"] for runs in line["runs"].values())
    return (f"{report['began'][:10]}, {machine['processor']}, {machine['cores']} cores, of which the server has one and the "
            f"load program the other; medians of three, of stalled readers {runs}; 64-byte texts; in this run the yardstick "
            f"beats write-per-recipient {report['yardstick_to_write_per_recipient']:.0f} times at 4 to 500.\n")


def measured(report):
    def paced(report):
        return [line for line in report["lines"] if line["line"].endswith("to 200")]

    def interval(report):
        return [line for line in report["lines"] if line["line"] == "delivery interval"]

    return "\n".join([
        conditions(report), processor_time(report), "![CPU time per delivered message](bench.svg)\n",
        latencies(report, "At a fixed rate, from one sender to 200 receivers; latencies in µs, corrected for coordinated "
                          "omission:", paced),
        "And, with the figure to reach behind each:\n", others(report),
        latencies(report, "`delivery_interval` at 2,000 messages a second to 200 receivers:", interval),
        "![What a delivery interval buys](bench-interval.svg)\n"])


def updated(page, report):
    """The page with what was measured between its two marks."""
    return between_marks(page, measured(report))


def between_marks(page, text):
    start = page.index(BEGIN) + len(BEGIN)
    return page[:start] + text + page[page.index(END, start):]
