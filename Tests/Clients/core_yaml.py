"""Reads YAML as editors' validators and the router do: by the core schema of YAML 1.2, and no more of YAML than that.

PyYAML alone follows YAML 1.1, in which `on` is a switch and `12:30` a number. The router takes neither aliases nor
tags nor a key given twice; a file with one is none for this reader either.
"""

import re

import yaml


class CoreLoader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}

    def compose_node(self, parent, index):
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise yaml.composer.ComposerError(None, None, "an anchor or alias", event.start_mark)
        if getattr(event, "tag", None) is not None:
            raise yaml.composer.ComposerError(None, None, "a tag", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        for number, (key, _) in enumerate(node.value):
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a key that is no name", key.start_mark)
            if key.value in keys[:number]:
                raise yaml.constructor.ConstructorError(None, None, "a key given twice", key.start_mark)
        # Keys are names, whatever they look like.
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}


def number(text):
    for prefix, base in (("0x", 16), ("0o", 8)):
        if text.startswith(prefix):
            return int(text[2:], base)
    return int(text)


def scalar(tag, pattern, first, read):
    """A kind of plain scalar: what it looks like, the characters it starts with, and its value."""
    CoreLoader.add_implicit_resolver(tag, re.compile(pattern), first)
    CoreLoader.add_constructor(tag, lambda loader, node: read(node.value))


# YAML 1.2.2, section 10.3.2.
scalar("tag:yaml.org,2002:null", r"^(null|Null|NULL|~|)$", ["n", "N", "~", ""], lambda text: None)
scalar("tag:yaml.org,2002:bool", r"^(true|True|TRUE|false|False|FALSE)$", list("tTfF"), lambda text: text[0] in "tT")
scalar("tag:yaml.org,2002:int", r"^([-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789"), number)
scalar(
    "tag:yaml.org,2002:float", r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$", list("-+.0123456789"), float)
CoreLoader.add_constructor(
    "tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))


def load(text):
    """The one document of a text; raises yaml.YAMLError when it is not one."""
    return yaml.load(text, CoreLoader)
