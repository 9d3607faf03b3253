"""`router schema` against a real validator: what is shipped, and every file of Tests/ConfigCases."""

import functools
import json
import re
import subprocess
from pathlib import Path

import jsonschema
import yaml

import core_yaml
from router import command

RUN_SECONDS = 20
CASES = Path("Tests/ConfigCases")

# What `router check` finds in a file, and what a schema can see of it.
#
# No YAML, or more of YAML than is taken: an editor says so by itself.
NOT_YAML = {
    "R004": "not YAML", "R006": "a second document", "R008": "an alias", "R009": "a tag", "R010": "a key twice",
    "R011": "a key that is no name",
}
# One value, seen by itself: refused.
REFUSED = {
    "R005": "nothing in the file", "R007": "nested too deep", "R012": "no such setting", "R013": "of a wrong type",
    "R014": "out of range", "R015": "no value", "R016": "a value for a group, or the reverse", "R020": "no pipeline",
    "R021": "no entry of a pipeline", "R022": "no such handler", "R024": "types: that a handler does not take",
}
# Several values or another file: only `router check` sees it.
UNSEEN = {
    "R001": "another file can't be read", "R017": "two limits against each other", "R018": "null beyond loopback",
    "R019": "no origin", "R023": "a handler twice", "R025": "a type with two ends", "R026": "never reached",
    "R027": "whole frames beside others", "R028": "partly reached", "R029": "a slip in types:", "R030": "a partner missing",
}
# Files without a YAML text can't be cases.
NO_CASE = {"R002": "too large", "R003": "not UTF-8"}
# Faults of a kind that is refused, but of which a schema sees nothing in these cases.
LOST = {
    "section-is-null": "a null written out and nothing at all are the same value",
    "quoted-units": "a text is the same with quotes and without",
    "wrong-type-port": "a pattern of the ports up to 65535 would tell nobody what is wanted",
    "exempt-addresses-host-bits": "no pattern tells which bits of an address are behind its prefix",
}


def schema(file):
    ended = subprocess.run(
        command("schema", file), capture_output=True, text=True, timeout=RUN_SECONDS, stdin=subprocess.DEVNULL)
    assert ended.returncode == 0 and not ended.stderr, ended
    return json.loads(ended.stdout)


@functools.cache
def validator(file):
    """Of the router's own schema; that of the pipeline also knows the handlers that only the Swift tests have."""
    found = schema(file)
    if file == "plugins":
        choices, ours = (
            plugins["properties"]["pipeline"]["items"]["anyOf"]
            for plugins in (found, json.loads((CASES / "listed.schema.json").read_text())))
        choices[-1]["properties"].update(ours[-1]["properties"])
        choices[:0] = ours[:-1]
    return jsonschema.Draft202012Validator(found)


def read(path):
    return core_yaml.load(path.read_text(encoding="utf-8"))


def faults(file, document):
    """What the schema for the file says of a document."""
    return [f"{fault.json_path}: {fault.message}" for fault in validator(file).iter_errors(document)]


def codes(case):
    """The codes of what is found in the case's own file; some cases name another file that is at fault."""
    report = case.with_suffix(".expected").read_text(encoding="utf-8")
    return set(re.findall(rf"^{re.escape(str(case))}(?::\d+:\d+)?: (?:error|warning)\[(R\d+)\]", report, re.MULTILINE))


def verdict(case):
    """What becomes of a case: "not YAML", "refused" or "taken"."""
    try:
        found = faults("plugins" if case.name.startswith("plugins-") else "config", read(case))
    except (yaml.YAMLError, RecursionError):
        return "not YAML"
    return "refused" if found else "taken"


def expected(case):
    found = codes(case)
    if found & NOT_YAML.keys():
        return "not YAML"
    if case.stem in LOST:
        return "taken"
    return "refused" if found & REFUSED.keys() else "taken"


def test_schemas():
    """Both schemas are valid ones of draft 2020-12"""
    for file in ("plugins", "config"):
        found = schema(file)
        assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema", found["$schema"]
        jsonschema.Draft202012Validator.check_schema(found)


EXAMPLES_OWN = {"dice", "quiet", "remind", "prime"}


def name(entry):
    """The handler of an entry of the pipeline."""
    return entry if isinstance(entry, str) else next(iter(entry))


def test_shipped():
    """Every configuration and pipeline that is shipped is taken"""
    files = [path for folder in ("config", "Examples/dice-router", "Benchmarks", ".") for path in Path(folder).glob("*.yaml")]
    pipelines = [path for path in files if path.name.endswith("plugins.yaml")]
    assert len(pipelines) > 3 and len(files) - len(pipelines) > 3, files
    for path in files:
        document = read(path)
        if path == Path("Examples/dice-router/plugins.yaml"):
            # The handlers that the example adds are in the schema of the example's own router.
            own = [entry for entry in document["pipeline"] if name(entry) in EXAMPLES_OWN]
            assert {name(entry) for entry in own} == EXAMPLES_OWN, path
            document["pipeline"] = [entry for entry in document["pipeline"] if entry not in own]
        assert not (found := faults("plugins" if path in pipelines else "config", document)), (path, found)


def test_cases():
    """Every file of ConfigCases is refused for what a schema can see, and taken otherwise"""
    cases = sorted(CASES.glob("*.yaml"))
    wrong = [
        f"{case.stem} ({', '.join(sorted(codes(case))) or 'no fault'}) is {found}, not {due}"
        for case in cases if (found := verdict(case)) != (due := expected(case))]
    assert not wrong, "\n" + "\n".join(wrong)
    count = {kind: sum(expected(case) == kind for case in cases) for kind in ("not YAML", "refused", "taken")}
    assert all(number > 10 for number in count.values()), count


def test_table():
    """Every code that a case gives stands in exactly one row of the table here"""
    tables = [NOT_YAML, REFUSED, UNSEEN, NO_CASE]
    given = set().union(*(codes(case) for case in CASES.glob("*.yaml")))
    for code in given:
        assert sum(code in table for table in tables) == 1, code
    assert not given & NO_CASE.keys()
    for case in LOST:
        assert codes(CASES / f"{case}.yaml") & REFUSED.keys(), f"{case} has nothing that could be lost"


def test_values():
    """Sizes and times with their unit, addresses and sections are taken as the router takes them"""
    config = validator("config")
    for text in ("limits:", "limits: {max_message_bytes: 64 MiB}", "timeouts: {ping: 100ms, pong: 10m}",
                 "listen: '[::1]:0'", "limits: {max_message_bytes: 10KiB}", "timeouts: {ping: 1h}"):
        assert config.is_valid(core_yaml.load(text)), text
    for text in ("limits: {max_message_bytes: 10 KB}", "timeouts: {ping: 10}", "timeouts: {ping: 1 h}",
                 "listen: localhost", "listen: ':8080'", "[]"):
        assert not config.is_valid(core_yaml.load(text)), text
