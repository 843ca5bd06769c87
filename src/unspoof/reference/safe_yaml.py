"""YAML that somebody else wrote, to plain values; aliases, deep nesting and what is no plain value are refused."""

from __future__ import annotations

from typing import Any

import yaml

from unspoof.errors import BadReference

DEEPEST = 20
_HINT = "TagPacks and ActorPacks are plain YAML: mappings, lists and texts."
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(data: bytes) -> Any:
    """Return what a YAML file of one document holds, as dict, list, str, int, float, bool, date, datetime or None.

    Args:
        data: the file, UTF-8 or UTF-16 by its byte-order mark.

    Raises:
        BadReference: it is no YAML, holds an alias (with merge keys a few hundred bytes of them become gigabytes), nests
            deeper than DEEPEST, or holds a tag of a programming language.

    """
    try:
        _refuse_structure(data)
        return yaml.load(data, Loader=_Loader)  # noqa: S506 - a safe loader: it makes plain values alone
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise BadReference(f"not YAML: {str(error.problem)[:80]}", where=place, hint=_HINT) from None
    except (yaml.YAMLError, ValueError, OverflowError, UnicodeError):
        raise BadReference("not YAML: a value or character in it cannot be read", hint=_HINT) from None


def _refuse_structure(data: bytes) -> None:
    """Walk over the file's events, which costs no memory, and refuse what would cost too much as values."""
    depth = documents = 0
    for event in yaml.parse(data, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            raise BadReference("it holds an alias (*name)", where=_line(event), hint=_HINT)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise BadReference(f"nested deeper than {DEEPEST}", where=_line(event), hint=_HINT)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise BadReference("several YAML documents in one file", where=_line(event))


def _line(event: yaml.Event) -> str:
    return f"line {event.start_mark.line + 1}" if event.start_mark else ""


__all__ = ["DEEPEST", "read_yaml"]
