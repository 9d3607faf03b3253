"""`router schema` and `router check` must agree on every setting, value by value."""

import json
import re
import subprocess
import tempfile

import jsonschema

import core_yaml
from router import command
from schema_tests import REFUSED, RUN_SECONDS, schema

# Values of every kind, right and wrong, as they are written.
VALUES = [
    "0", "1", "5", "-1", "1.5", "300", "100000000000", "text", "info", "true", "'5'", "~", "", "10s", "0s", "10 KiB",
    "10 KB", "ten s", "127.0.0.1:8080", "localhost", "[]", "[5]", "[~]", "[[]]", "{}", "{a: b}", "[no_such_type]",
]


def documents(found, value):
    """For each file that the schema is for: every setting there is, and one that there is not, with this value."""
    pipeline = found["properties"].get("pipeline")
    owners = pipeline["items"]["anyOf"][-1]["properties"] if pipeline else found["properties"]
    lines = ["pipeline:"] if pipeline else [f"no_such_setting: {value}"]
    places = [("no_such_setting",)] if not pipeline else [None]
    for number, (owner, members) in enumerate(owners.items()):
        if "properties" not in members:
            lines.append(f"{owner}: {value}")
            places.append((owner,))
            continue
        lines.append(f"  - {owner}:" if pipeline else f"{owner}:")
        places.append(None)
        for name in dict.fromkeys([*members["properties"], *(["types"] if pipeline else []), "no_such_setting"]):
            lines.append(f"{' ' * 8}{name}: {value}")
            places.append(("pipeline", number, owner, name) if pipeline else (owner, name))
    return "\n".join(lines) + "\n", places


def refused_by_router(file, text, places):
    """The settings that `check` finds fault with in themselves."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as written:
        written.write(text)
        written.flush()
        arguments = ["--plugins", written.name] if file == "plugins" else ["--config", written.name]
        ended = subprocess.run(
            command("check", "--json", *arguments), capture_output=True, text=True, timeout=RUN_SECONDS,
            stdin=subprocess.DEVNULL)
        found = json.loads(ended.stdout)["diagnostics"]
        return {
            places[fault["line"] - 1] for fault in found
            if fault["file"] == written.name and fault["code"] in REFUSED}


def refused_by_schema(found, text, places):
    """The settings that the schema finds fault with, each by itself."""
    document = core_yaml.load(text)
    rules = jsonschema.Draft202012Validator(found)
    return {place for place in places if place and not rules.is_valid(alone(document, place))}


def alone(document, place):
    """The document with nothing but what stands at a place."""
    key, *rest = place
    if isinstance(document, list):
        return [alone(document[key], rest)]
    return {key: alone(document[key], rest) if rest else document[key]}


def edges(node):
    """The least and the largest numbers that a schema names and their neighbours outside, its words, lists of these."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("minimum", "maximum"):
                yield from (str(value), str(value - 1 if key == "minimum" else value + 1))
            elif key == "enum":
                yield from (text for word in value for text in (word, f"[{word}]", f"[{word}, {word}]"))
            else:
                yield from edges(value)
    elif isinstance(node, list):
        for value in node:
            yield from edges(value)


def test_every_setting():
    """The schema refuses a value of a setting when the router does, but for the range of a size or time with its unit"""
    for file in ("plugins", "config"):
        found = schema(file)
        for value in VALUES + sorted(set(edges(found))):
            text, places = documents(found, value)
            router, seen = refused_by_router(file, text, places), refused_by_schema(found, text, places)
            assert not seen - router, f"{file}: {value} is right for {seen - router}"
            has_unit = re.fullmatch(r"[0-9]+ ?(ms|s|m|h|d|[KMG]iB)", value)
            assert has_unit or not router - seen, f"{file}: {value} is wrong for {router - seen}"
