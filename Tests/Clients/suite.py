"""Finds the tests in this folder, runs them one after another and counts them.

A test is a function `test_…` in a file `…_tests.py`; its docstring is the rule it checks. It passes by returning.
"""

import importlib
import os
import signal
import sys
import time
import traceback
from pathlib import Path

TEST_SECONDS = 90  # a test still running then has failed: nothing here may hang


class Skipped(Exception):
    """What the test needs is not on this machine; the text says what."""


class TookTooLong(BaseException):
    """The test's time is up. Not an Exception, so no `except` in a test takes it for something else."""


def out_of_time(signal_number, frame):
    raise TookTooLong(f"still running after {TEST_SECONDS} s")


def tests(words):
    """The tests in the order of their files and lines, as (file name, function)."""
    for path in sorted(Path(__file__).parent.glob("*_tests.py")):
        module = importlib.import_module(path.stem)
        for name, function in list(vars(module).items()):
            if not name.startswith("test_") or function.__module__ != path.stem:
                continue
            if not words or any(word in path.stem or word in name for word in words):
                yield path.stem, function


def outcome(function):
    """Runs one test; returns its outcome and what there is to say about it."""
    signal.alarm(TEST_SECONDS)
    try:
        function()
        return "passed", ""
    except Skipped as reason:
        return "skipped", str(reason)
    except (Exception, TookTooLong):
        return "failed", traceback.format_exc()
    finally:
        signal.alarm(0)


def main(words):
    signal.signal(signal.SIGALRM, out_of_time)
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    print(f"clients against {os.environ['ROUTER']}", flush=True)
    for file, function in tests(words):
        started = time.monotonic()
        result, text = outcome(function)
        counts[result] += 1
        rule = (function.__doc__ or function.__name__).strip().splitlines()[0]
        print(f"{result:8}{time.monotonic() - started:6.2f} s  {file}: {rule}", flush=True)
        if result == "skipped":
            print(f"*** SKIPPED: {text} ***", flush=True)
        if result == "failed":
            failures.append(f"{file}.{function.__name__}")
            print(text, flush=True)
    for failure in failures:
        print(f"failed: {failure}")
    print(", ".join(f"{number} {result}" for result, number in counts.items()))
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    # Tests import this file as `suite`; without the alias their Skipped would be another class than ours.
    sys.modules["suite"] = sys.modules["__main__"]
    sys.exit(main(sys.argv[1:]))
