"""One run of a line: a fresh server, and what the load program is asked for."""

import resource
import shutil

import crash
import servers

RESERVED_FILES = 200  # of the open-file limit, for all that is no connection


def raise_file_limit():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def load_options(line, subject, quick):
    """The options for the load program; no more connections than the open-file limit allows, and that is said."""
    length = {"milliseconds": 200, "warmup": 50} if quick else {"milliseconds": 2000, "warmup": 500}
    chosen = {"seconds": 300, **length, **line.options, **(line.quick if quick else {}), **subject.load}
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - RESERVED_FILES
    if chosen.get("connections", 0) > most:
        print(f"{line.name}: the limit on open files allows only {most} of {chosen['connections']} connections here")
        chosen["connections"] = most
    return chosen


def one(line, subject, router, added, quick):
    """What was measured, by name."""
    options = load_options(line, subject, quick)
    try:
        if line.mode == "crash":
            return crash.measured(subject, router, added, options)
        with servers.Server(subject, router, added) as server:
            return server.load(line.mode, options)
    finally:
        shutil.rmtree(servers.DATA, ignore_errors=True)


def unknown_settings(subjects, router):
    """The settings that a line is about and that this router does not have."""
    wanted = {name: value for subject in subjects for name, value in subject.settings().items()}
    return [name for name, value in wanted.items() if not servers.takes(router, name, value)]


def settings_for_all(router, io_threads=None, delivery_interval=None):
    """What is added to Benchmarks/bench.yaml in every line."""
    added = {}
    if delivery_interval:
        added["delivery_interval"] = delivery_interval
    if io_threads or servers.takes(router, "io_threads", 1):
        added["io_threads"] = io_threads or 1  # one core, so one loop
    return added
