"""The report: a table on the terminal, and the same as JSON."""

import dataclasses
import datetime
import json
import os
import platform
import statistics
from pathlib import Path

import lines
from servers import DATA, LOAD_CORE, RECIPIENT, SERVER_CORE, TICK, file_system

# Of each figure: its name in the table, and its decimals.
TITLES = {
    "server_us_per_delivery": ("µs CPU/delivery", 4),
    "server_us_per_message": ("µs CPU/message", 3),
    "server_us_per_connection": ("µs CPU/connection", 1),
    "loop_us_per_join": ("µs of loop/join", 1),
    "server_us_per_join": ("µs CPU/join", 1),
    "server_us_per_resume": ("µs CPU/resume", 1),
    "deliveries_per_second": ("deliveries/s", 0),
    "messages_per_second": ("messages/s", 0),
    "connections_per_second": ("connections/s", 0),
    "joins_per_second": ("joins/s", 0),
    "resumes_per_second": ("resumes/s", 0),
    "connections": ("connections", 0),
    "messages": ("acked posts", 0),
    "ready_ms": ("ready in ms", 0),
    "cold_ready_ms": ("cold disk, ms", 0),
    "log_bytes": ("bytes of log", 0),
    "resident_per_connection": ("bytes/connection", 0),
    "resident_growth": ("bytes more", 0),
    "ended": ("closed", 0),
    "p50_us": ("p50 µs", 1),
    "p99_us": ("p99 µs", 1),
    "max_us": ("max µs", 1),
    "filling_p99_us": ("p99 before µs", 1),
    "closing_p99_us": ("p99 after µs", 1),
    "server_load": ("of a core", 2),
}


def medians(runs):
    """The median of each figure over the runs, by server."""
    return {kind: {figure: statistics.median(run[figure] for run in all_runs) for figure in all_runs[0]}
            for kind, all_runs in runs.items()}


def section(line, result):
    """A line's rows: one per subject, then one per figure to reach."""
    head = f"{line.name:<24}" + "".join(f"{TITLES[figure][0]:>18}" for figure in line.shown)
    rows = [f"  {name:<22}" + "".join(f"{median[figure]:>18,.{TITLES[figure][1]}f}" for figure in line.shown)
            for name, median in result["medians"].items()]
    goals = [f"  {'reached' if goal['reached'] else 'MISSED':<8} {sentence(goal)}" for goal in result["goals"]]
    return "\n".join([head, *rows, *goals, ""])


def sentence(goal):
    """A figure to reach, in words."""
    wanted = f"at most {goal['most']:,.10g}" if goal["most"] is not None else f"at least {goal['least']:,.10g}"
    title = TITLES[goal["figure"]][0]
    if goal["against"] is None:
        return f"{title} of {goal['of']}: {goal['value']:,.0f} ({wanted})"
    if goal.get("is_difference"):  # a report may be older than this
        return f"{title}, {goal['of']} beyond {goal['against']}: {goal['value']:.2f} ({wanted})"
    pair = [goal["of"], goal["against"]]
    if (goal["most"] is not None) == goal["more_is_better"]:
        pair.reverse()
    return f"{title}, {pair[0]} to {pair[1]}: {goal['value']:.2f} times ({wanted})"


class Report:
    def __init__(self, configuration, is_quick):
        self.configuration = configuration
        self.is_quick = is_quick
        self.began = datetime.datetime.now(datetime.timezone.utc)
        self.load_average = os.getloadavg()[0]
        self.results = []
        self.failures = []
        self.data = file_system(DATA)

    def preface(self):
        busy = "This machine is busy with other things: times say little.\n" if self.load_average > 0.7 else ""
        return (busy + f"Server on core {SERVER_CORE}, load program on core {LOAD_CORE}; 64-byte texts; "
                f"load average {self.load_average:.2f}; posts that are kept are on {self.data}.\nThe router's configuration, with the pipeline of Benchmarks/plugins.yaml:\n\n"
                + "".join(f"    {line}\n" for line in self.configuration.splitlines()))

    def add(self, line, runs):
        middle = medians(runs)
        goals = []
        for goal in line.goals:
            value = goal.value(middle)
            goals.append({**dataclasses.asdict(goal), "value": value, "reached": goal.reached(value)})
        result = {"line": line.name, "mode": line.mode, "options": line.options, "plotted_at": line.plotted_at,
                  "runs": runs, "medians": middle, "goals": goals}
        self.results.append(result)
        return result

    def add_failure(self, line, failure):
        """A line that was not measured to its end, because a server or a check of the load program failed."""
        self.failures.append((line.name, str(failure)))

    def proof(self):
        """By how much the yardstick beats write-per-recipient; None when that was not measured."""
        for result in self.results:
            if result["line"] == lines.PROOF:
                middle = result["medians"]
                return middle[RECIPIENT][lines.DELIVERY] / middle[TICK][lines.DELIVERY]
        return None

    def objection(self):
        """Why this run does not count, or None."""
        proof = self.proof()
        if self.failures:
            return f"a check failed in {', '.join(line for line, _ in self.failures)}"
        if self.is_quick:
            return "it was a quick one"
        if self.data == "tmpfs":
            return "posts were kept in memory: DATA names a folder on a disk"
        if proof is None:
            return f"{lines.PROOF} was not measured"
        if proof < lines.PROOF_RATIO:
            return (f"the yardstick beats write-per-recipient {proof:.0f} times at {lines.PROOF}, "
                    f"and has to {lines.PROOF_RATIO} times")
        return None

    def closing(self):
        goals = [(result["line"], goal) for result in self.results for goal in result["goals"]]
        missed = [f"  {line}: {sentence(goal)}" for line, goal in goals if not goal["reached"]]
        verdict = f"{len(goals) - len(missed)} of {len(goals)} figures reached" + (", missed:" if missed else "")
        if objection := self.objection():
            counts = f"This run does not count: {objection}."
        else:
            counts = (f"The yardstick beats write-per-recipient {self.proof():.0f} times at {lines.PROOF}: "
                      "this run counts.")
        return "\n".join([verdict, *missed, counts])

    def write(self, path):
        Path(path).write_text(json.dumps({
            "began": self.began.isoformat(timespec="seconds"),
            "machine": {"system": platform.platform(), "processor": processor(), "cores": os.cpu_count(),
                        "load_average_before": self.load_average, "load_average_after": os.getloadavg()[0]},
            "data": self.data,
            "configuration": self.configuration,
            "yardstick_to_write_per_recipient": self.proof(),
            "counts": self.objection() is None,
            "failures": self.failures,
            "lines": self.results,
        }, indent=2) + "\n")


def processor():
    try:
        names = [line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                 if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.machine()
