"""A case's settings, which people edit."""

from __future__ import annotations

from fuzz.target import Target, text_of
from unspoof.config import load_case_settings, load_machine
from unspoof.errors import BadCase

_FACTS = b'[case]\nreference = "OP-1"\nhome = "GB"\ncurrency = "GBP"\n'


def feed(data: bytes) -> None:
    """Read the case's settings and the machine's."""
    text = text_of(data)
    try:
        settings = load_case_settings(text, environment={})
    except BadCase:
        return
    assert settings.reference
    assert settings == load_case_settings(text, environment={})
    try:
        machine = load_machine(text, {})
    except BadCase:
        return
    assert machine.engine
    assert machine.spark_wait_s >= 0


TARGET = Target(
    "case_toml",
    "the text of a case.toml",
    feed,
    (
        _FACTS,
        _FACTS
        + b'[settings]\nanonymity = { value = 3, reason = "x" }\n[machine]\nengine = "spark"\nmemory_limit = "8GB"\n',
        _FACTS + b'[spark]\nmaster = "local[2]"\nwait_s = 5\n[spark.conf]\n"spark.executor.memory" = "16g"\n',
        _FACTS + b"[settings]\nx = 1979-05-27T07:32:00Z\n",
    ),
    words=(
        b"[settings]\n",
        b"[machine]\n",
        b"[spark]\n",
        b"[spark.conf]\n",
        b"value = ",
        b"reason = ",
        b"inf",
        b"nan",
        b"true",
        b'"""',
        b"1979-05-27",
        b"0x",
        b"[[",
        b"wait_s = ",
    ),
    most=2048,
)

__all__ = ["TARGET"]
