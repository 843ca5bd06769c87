"""Systems as TOML."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadMapping
from unspoof.ingest.system import SECRET_WORDS, load_system, shipped_systems
from unspoof.ingest.system_toml import first_group, settable
from unspoof.model.tables import NORMAL_FORM, table

HEAD = '[source]\nname = "t"\ncontainer = "delimited"\n'
ACME = """
[source]
name = "acme"            # recognised by: container, table names, column names
container = "delimited"
delimiter = "|"
encoding = "utf-8"
header = true            # or columns = ["...", ...]
zone = "Europe/London"   # only where the format itself fixes it; else `--zone` must state it

[table.calls]
from = "pkg_cdr"         # where the container has several tables
call_ref = "uniqueid"
answered_at = {column = "starttime", format = "%Y-%m-%d %H:%M:%S"}   # what a column truly holds: records.md
duration_s = {column = "real_sessiontime", unit = "s"}
outcome = {column = "terminatecauseid", map = {"1" = "answered", "2" = "busy", "3" = "no-answer"}}

[table.payments]
from = "pkg_refill"
txid = {column = "description", pattern = "txid: ([0-9a-f]{64})"}
where = {payment = "1"}  # which rows count

[table.reports]
report_ref = "Crime Ref"
incident_from = {column = ["Date", "Time"], format = ["%d/%m/%Y %H:%M", "%d/%m/%Y"]}   # joined by a space
loss_gross_minor = {column = "Amount", format = "major"}      # "£1,234.50" -> 123450
"""


def test_the_documented_example_loads() -> None:
    """The example of docs/systems.md is a system with three tables."""
    system = load_system(ACME, "acme.toml")

    assert (
        system.name,
        system.containers,
        system.options.delimiter,
        system.options.header,
    ) == ("acme", ("delimited",), "|", True)
    assert [one.table.name for one in system.tables] == ["calls", "payments", "reports"]
    assert {"description", "payment"} == system.tables[1].needs


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[source", r"^bad.toml: not TOML"),
        ("", r"^bad.toml, source.name: is missing"),
        ('[source]\nname = "t"\n', r"source.container: is missing"),
        ("[source]\nname = 3\n", r"source.name: must be a text"),
        (HEAD, r"table: maps nothing\nAllowed: calls, accounts"),
        (HEAD + 'zon = "UTC"\n', r"source.zon: is not known here\nAllowed: columns, comment"),
        (HEAD + 'zone = "Mars"\n', r"source.zone: no time zone is named 'Mars'"),
        (HEAD + 'header = "yes"\n', r"source.header: must be true or false"),
        ("x = 1\n" + HEAD, r"^bad.toml, x: is not known here"),
        (HEAD + "[recognise]\ntable = 'x'\n", r"recognise.table: is not known here"),
        (HEAD + "[recognise]\nvalues = {a = 'x'}\n", r"recognise.values: must be"),
        (HEAD + "[recognise]\nvalues = {1 = '('}\n", r"recognise.values.1: is no regular expression"),
        (HEAD + "[recognise]\ncount = 'x'\n", r"recognise.count: must be"),
        (HEAD + "[recognise]\ncolumns_any = ['x']\n", r"recognise.columns_any: must be"),
        (HEAD + "[table.call]\nx = 'y'\n", r"table.call: is no table of the normal form"),
        (HEAD + "[table.calls]\n", r"table.calls: maps no column"),
        (HEAD + "[table.calls]\ncalled = 'x'\n", r"table.calls.called: is not known here\nAllowed: account_ref"),
        (HEAD + "[table.calls]\ncall_id = 'x'\n", r"table.calls.call_id: is not known here"),
        (HEAD + "[table.calls]\nat = 'x'\n", r"table.calls.at: is not known here"),
        (HEAD + "[table.calls]\ncause = 3\n", r"table.calls.cause: must be a column name"),
        (HEAD + "[table.calls]\ncause = []\n", r"table.calls.cause: is an empty list"),
        (HEAD + "[table.calls]\ncause = {}\n", r"must name either `column` or `value`"),
        (HEAD + "[table.calls]\ncause = {column = 'x', value = 'y'}\n", r"must name either"),
        (HEAD + "[table.calls]\ncause = {colour = 'x'}\n", r"table.calls.cause.colour: is not known here"),
        (HEAD + "[table.calls]\ncause = {column = 'x', unit = 's'}\n", r"table.calls.cause.unit: is not known here"),
        (HEAD + "[table.calls]\nstarted_at = {column = 'x', format = '%Q'}\n", r"started_at.format: '%Q'"),
        (HEAD + "[table.calls]\nstarted_at = {column = 'x', unit = 'h'}\n", r"started_at.unit: 'h' is no unit"),
        (HEAD + "[table.calls]\nstarted_at = {value = '2022'}\n", r"cannot be the same for all rows"),
        (
            HEAD + "[table.calls]\nduration_s = {column = 'x', unit = 'h'}\n",
            r"duration_s.unit: 'h' is no unit of a length",
        ),
        (HEAD + "[table.calls]\nprice_minor = 'x'\n", r"price_minor.format: an amount must say"),
        (HEAD + "[table.calls]\nprice_minor = {column='x', format='major', decimal=';'}\n", r"is no decimal mark"),
        (HEAD + "[table.calls]\noutcome = 'x'\n", r"table.calls.outcome: needs a `map`"),
        (HEAD + "[table.calls]\noutcome = {column = 'x', map = {'1' = 'won'}}\n", r"'won' is no outcome"),
        (HEAD + "[table.calls]\ncause = {column = 'x', map = {'1' = 1}}\n", r"cause.map.1: must be a text"),
        (HEAD + "[table.calls]\ncause = {column = 'x', pattern = 'abc'}\n", r"cause.pattern: needs a group"),
        (HEAD + "[table.calls]\ncause = {column = 'x', pattern = '(?=a)(b)'}\n", r"is no regular expression that RE2"),
        (HEAD + "[[table.calls]]\ncause='x'\n[[table.calls]]\ncase='x'\n", r"table.calls\[2\].case: is not known"),
        (HEAD + "[table.calls]\ncause = 'x'\nwhere = {y = 3}\n", r"where.y: must be a text"),
        (HEAD + "[table.calls]\ncause = 'x'\nwhere = {y = {is = '3'}}\n", r"where.y.is: is not known here"),
        (HEAD + "[table.accounts]\nusername = 'x'\n", r"an account needs its account_ref"),
        (
            HEAD + "[table.accounts]\naccount_ref='x'\nsecret_print={column='p', map={a='b'}}\n",
            r"secret_print: takes one",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(toml: str, message: str) -> None:
    """Each mistake is an error with the path of the key at fault and, where it helps, what is allowed."""
    with pytest.raises(BadMapping, match=message):
        load_system(toml, "bad.toml")


@pytest.mark.parametrize("word", SECRET_WORDS)
@pytest.mark.parametrize(
    "field",
    [
        "[table.calls]\ncause = 'COL'\n",
        "[table.calls]\ncause = ['x', 'COL']\n",
        "[table.calls]\ncause = {column = ['x', 'COL']}\n",
        "[table.calls]\ncause = {column = 'x', when = {COL = '1'}}\n",
        "[table.calls]\ncause = 'x'\nwhere = {COL = '1'}\n",
        "[table.calls]\nended_at = {column = 'x', plus = 'COL'}\n",
    ],
)
def test_a_secret_cannot_be_mapped_in_the_clear(word: str, field: str) -> None:
    """A column named like a secret is refused wherever it would be shown or tested, unless said to be harmless."""
    column = f"My_{word.upper()}_x"
    toml = field.replace("COL", column)
    with pytest.raises(BadMapping, match="may hold a secret by its name"):
        load_system(HEAD + toml, "t")

    assert load_system(HEAD + f'harmless = ["{column.lower()}"]\n' + toml, "t").tables


def test_a_column_named_as_secret_is_one() -> None:
    """`secrets` adds columns to those that their names betray; a password may become a print."""
    with pytest.raises(BadMapping, match="'voucher' may hold a secret"):
        load_system(HEAD + 'secrets = ["Voucher"]\n[table.calls]\ncause = "voucher"\n', "t")

    assert load_system(HEAD + '[table.accounts]\naccount_ref = "id"\nsecret_print = "password"\n', "t")


@pytest.mark.parametrize(
    ("pattern", "marked"),
    [
        ("a(b)c", "a(?P<found>b)c"), ("a(?:b)(c)(d)", "a(?:b)(?P<found>c)(?:d)"), (r"\((x)", r"\((?P<found>x)"),
        ("[(](x)", "[(](?P<found>x)"), ("(?P<n>x)(y)", "(?P<found>x)(?:y)"), ("(?i)a", ""), ("abc", ""),
    ],
)  # fmt: skip
def test_the_first_group_is_found(pattern: str, marked: str) -> None:
    """The first group that captures is the one that is kept, whatever stands before it."""
    assert marked == first_group(pattern)


def test_what_is_worked_out_cannot_be_mapped() -> None:
    """Of a call, ids, provenance and what numbers mean are worked out; the rest is for systems to fill."""
    allowed = settable(table("calls"))

    assert {"presented_raw", "called_raw", "asserted_raw", "oddities", "started_at"} <= set(allowed)
    assert not {"call_id", "account_id", "at", "presented_e164", "asserted_e164", "called_kind", "locator"} & set(
        allowed
    )
    assert "victim_country" in settable(table("reports"))
    assert "victim_phone_country" not in settable(table("reports"))
    assert all(settable(one) for one in NORMAL_FORM)


def test_shipped_systems_have_names_of_their_own() -> None:
    """No two systems that ship share a name, and they come in the order of their names."""
    names = [system.name for system in shipped_systems()]

    assert names == sorted(set(names))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_loader(text: str) -> None:
    """Any text is a system or a bad mapping, never another error."""
    for toml in (text, HEAD + text, HEAD + "[table.calls]\n" + text, HEAD + f"[table.calls]\ncause = {text}"):
        with suppress(BadMapping):
            load_system(toml, "t")
