"""The measured part of docs/journal.md, as Benchmarks/plot writes it from the JSON."""

from delivery_page import between_marks, number, rows
from lines import WITH_AND_WITHOUT, named
from table import TITLES, sentence

LINES = named(["durable", "history", "resumed", "crash"])


def tables(measured):
    """The lines with and without a journal side by side, figure by figure."""
    for line in LINES:
        if line.subjects != WITH_AND_WITHOUT:
            continue
        medians = measured[line.name]["medians"]
        names = [subject.name for subject in line.subjects]
        body = [[TITLES[figure][0], *(number(medians[name][figure], figure) for name in names)] for figure in line.shown]
        yield rows([line.name, *names], body)


def goals(measured):
    return "".join(f"- {line.name}: {sentence(goal)}{'' if goal['reached'] else ', missed'}\n"
                   for line in LINES for goal in measured[line.name]["goals"])


def updated(page, report):
    """The page with what was measured between its two marks; None when some of its lines were not."""
    measured = {line["line"]: line for line in report["lines"]}
    if any(line.name not in measured for line in LINES):
        return None
    machine = report["machine"]
    conditions = (f"{report['began'][:10]}, {machine['processor']}, {machine['cores']} cores, of which the router has one and "
                  f"the load program the other; posts are on {report['data']}; 64-byte texts; load average before it "
                  f"{machine['load_average_before']:.2f}.\n")
    return between_marks(page, "\n".join([
        conditions, *tables(measured), "With the figure to reach behind each:\n", goals(measured)]))
