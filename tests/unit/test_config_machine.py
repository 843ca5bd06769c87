"""Settings of the machine: where they come from and what is refused."""

from __future__ import annotations

import pytest

from unspoof.config import MACHINE_SETTINGS, Machine, load_case_settings, load_machine
from unspoof.errors import BadCase

FACTS = '[case]\nreference = "R 1"\nhome = "GB"\ncurrency = "GBP"\n'


def test_a_case_that_says_nothing_runs_on_duckdb_here() -> None:
    """Without a word in file or environment nothing leaves this machine, and the defaults are those of the tuple."""
    made = load_machine(FACTS, environment={})

    assert made == Machine()
    prefix = {"machine": "", "spark": "spark_", "chain": "chain_"}
    given = {prefix[s.table] + s.name: s.default for s in MACHINE_SETTINGS}
    assert {name: getattr(made, name) for name in given} == given


def test_the_file_is_read_and_the_environment_wins() -> None:
    """case.toml names a cluster; a variable of the environment overrides it."""
    text = (
        FACTS
        + '[machine]\nengine = "spark"\n[spark]\nmaster = "spark://10.1.2.3:7077"\nstore = "s3a://b/c"\nwait_s = 5\n'
    )
    text += '[spark.conf]\n"spark.executor.memory" = "16g"\n"spark.executor.cores" = 4\n"spark.authenticate" = true\n'
    made = load_machine(text, {"UNSPOOF_SPARK_MASTER": "local[2]", "UNSPOOF_SPARK_WAIT_S": "7"})

    assert (made.engine, made.spark_master, made.spark_store, made.spark_wait_s) == (
        "spark",
        "local[2]",
        "s3a://b/c",
        7,
    )
    conf = (("spark.executor.memory", "16g"), ("spark.executor.cores", "4"), ("spark.authenticate", "true"))
    assert made.spark_conf == conf


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('[machine]\nmemory = "3GB"', "memory"),
        ('[machine]\nmemory_limit = "much"', "memory_limit"),
        ("[machine]\nmemory_limit = 3", "memory_limit"),
        ('[spark]\nmaster = "the big one"', "master"),
        ('[spark]\nmaster = "local[2] --conf x=y"', "master"),
        ("[spark]\nwait_s = true", "wait_s"),
        ("[spark]\nwait_s = -1", "wait_s"),
        ('[spark]\nstore = "relative/folder"', "store"),
        ('[spark.conf]\nspark.executor.memory = "16g"', "spark"),
        ('[spark.conf]\n"java.home" = "x"', "java.home"),
        ("[machine]\nspark = 1", "spark"),
        ('[chain]\nsource = "https://chain.example.org"', "source"),
        ('[chain]\nurl = "x"', "url"),
        ("[chain]\npassword = 5", "password"),
        ("spark = 1", "spark"),
    ],
)
def test_what_is_wrong_is_named(text: str, names: str) -> None:
    """An unknown name or an impossible value is refused by name, and nothing is guessed."""
    stated = text if text == "spark = 1" else FACTS + text
    with pytest.raises(BadCase, match=names):
        load_machine(stated + ("\n" + FACTS if text == "spark = 1" else ""), environment={})


@pytest.mark.parametrize("setting", MACHINE_SETTINGS, ids=lambda s: s.variable)
def test_a_variable_is_checked_as_the_file_is(setting) -> None:  # type: ignore[no-untyped-def]
    """A value from the environment that cannot be is refused with the variable's name."""
    with pytest.raises(BadCase, match=setting.variable):
        load_machine(FACTS, environment={setting.variable: "Not a value \x00"})


def test_an_unknown_table_of_case_toml_is_refused() -> None:
    """A table whose name is mistyped would else be passed over, with all that it says."""
    with pytest.raises(BadCase, match=r"\[sparks\]"):
        load_case_settings(FACTS + '[sparks]\nmaster = "local[2]"\n', environment={})


def test_a_password_stands_in_no_message_and_no_picture_of_the_settings() -> None:
    """What is wrong with a password is said without it."""
    with pytest.raises(BadCase) as raised:
        load_machine(FACTS, {"UNSPOOF_CHAIN_PASSWORD": "very\nsecret"})
    made = load_machine(FACTS, {"UNSPOOF_CHAIN_PASSWORD": "very-secret"})

    assert "secret" not in str(raised.value)
    assert "very-secret" not in repr(made)
    assert made.chain_password == "very-secret"
