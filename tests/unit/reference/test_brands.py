"""The directory of brands and the folder that keeps its versions; numbers are drama numbers, brands are made up."""

import contextlib
import datetime as dt
import hashlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadReference, BadRequest
from unspoof.model.arrow import schema
from unspoof.reference import (
    BRANDS,
    TABLES,
    ReferenceStore,
    Version,
    default_folder,
    load_number_ranges,
    read_reference,
)
from unspoof.reference.brands import load_brands
from unspoof.reference.given import Given, SourceFile

HEADER = "number,brand,sector,source,from,to\n"
ONE = HEADER + "+442079460001,Northgate Bank,bank,its web page,2021-03-01,\n"
TWO = HEADER + "+442079460002,Southgate Bank,bank,its web page,,\n"


def load_text(text: str, home: str = "GB") -> list[dict[str, object]]:
    """Load a directory's text and return its rows."""
    table = load_brands(text.encode(), home)
    assert table.schema == schema(BRANDS)
    return table.to_pylist()


def numbers_of(cell: str, home: str = "GB") -> tuple[object, object]:
    """Load one row with this number cell and return its first and last number."""
    quoted = '"' + cell.replace('"', '""') + '"'
    (row,) = load_text(f"{HEADER}{quoted},Northgate Bank,,web,,\n", home)
    return row["number_from"], row["number_to"]


def fault_of(text: str) -> str:
    """Return the message with which a directory is refused."""
    with pytest.raises(BadReference) as caught:
        load_text(text)
    return str(caught.value)


def test_a_row_becomes_a_row() -> None:
    """Number, brand, sector, source and dates arrive as they are meant."""
    assert load_text(HEADER + "020 7946 0001,Northgate Bank,bank,its web page,2021-03-01,01/06/2021\n") == [
        {
            "number_from": 442079460001,
            "number_to": 442079460001,
            "brand": "Northgate Bank",
            "sector": "bank",
            "source": "its web page",
            "valid_from": dt.datetime(2021, 3, 1),  # noqa: DTZ001  times are zoneless UTC here
            "valid_to": dt.datetime(2021, 6, 1),  # noqa: DTZ001
        }
    ]


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("+442079460001", 442079460001, 442079460001),
        ("020-7946-0001", 442079460001, 442079460001),
        ("+442079460100-+442079460199", 442079460100, 442079460199),
        ("+442079460100 - +442079460199", 442079460100, 442079460199),
        ("020 7946 0100 – 020 7946 0199", 442079460100, 442079460199),
        ("020-7946-0100 to 020-7946-0199", 442079460100, 442079460199),
        ("02079460100-199", 442079460100, 442079460199),
        ("+442079460100..199", 442079460100, 442079460199),
        ("+4420794601xx", 442079460100, 442079460199),
        ("+44 808 157 0XXX", 448081570000, 448081570999),
        ("07700 900xxx", 447700900000, 447700900999),
        ("07700 900 x x x", 447700900000, 447700900999),
    ],
)
def test_numbers_ranges_and_open_ends(cell: str, first: int, last: int) -> None:
    """One number, a range in any notation and a number that ends in x's give their first and last number."""
    assert numbers_of(cell) == (first, last)


def test_national_numbers_are_the_homes() -> None:
    """A number without a country code is read in the way of the stated home country."""
    assert numbers_of("(202) 555-0123", "US") == (12025550123, 12025550123)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_delimiter_and_encoding(delimiter: str, encoding: str) -> None:
    """What spreadsheets save is read: four delimiters, four encodings, columns in any order, blank rows, quotes."""
    rows = [
        ["Brand", "SOURCE", " number "],
        ["Café Northgate", '"a, b; c"', "+442079460001"],
        ["", "", ""],
        ["Southgate", "web", "020 7946 0002"],
    ]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    made = load_brands(text.encode(encoding), "GB").to_pylist()

    assert [(row["number_from"], row["brand"], row["source"]) for row in made] == [
        (442079460001, "Café Northgate", "a, b; c"),
        (442079460002, "Southgate", "web"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("number,brand\n", "row 1: column 'source' is missing"),
        ("number,brand,source,colour\n", "row 1: unknown column 'colour'"),
        ("number,brand,source,brand\n", "row 1: column 'brand' stands twice"),
        (ONE + ",Northgate Bank,,web,,\n", "row 3, column number: it is empty"),
        (ONE + "+442079460002,,,web,,\n", "row 3, column brand: it is empty"),
        (ONE + "+442079460002,Northgate Bank,,,,\n", "row 3, column source: it is empty"),
        (ONE + "\n" + "hello,Northgate Bank,,web,,\n", "row 4, column number: 'h•••o' is no number and no range"),
        (ONE + "159,Northgate Bank,,web,,\n", "Short codes have no international form"),
        (ONE + "+4420794600,Northgate Bank,,web,,\n", "is no number and no range"),
        (ONE + "4.42079E+11,Northgate Bank,,web,,\n", "row 3, column number"),
        (ONE + "+442079460199-+442079460100,Northgate Bank,,web,,\n", "row 3, column number"),
        (ONE + "+4420xxxxxxxx,Northgate Bank,,web,,\n", "a range of more than 10,000,000 numbers"),
        (ONE + "+442079460002,Northgate Bank,,web,2021-02-30,\n", "row 3, column from: '2021-02-30' is no date"),
        (ONE + "+442079460002,Northgate Bank,,web,,3/13/2021\n", "row 3, column to: '3/13/2021' is no date"),
        (ONE + "+442079460002,Northgate Bank,,web,2021-06-01,2021-06-01\n", "row 3, column to"),
        (ONE + "+442079460002,Northgate Bank,,web,,,more\n", "row 3: 7 cells under 6 columns"),
        (ONE + '"+442079460002,Northgate Bank\n', "row 3: not CSV"),
    ],
)
def test_a_wrong_file_is_named(text: str, message: str) -> None:
    """A file that does not fit is refused with row and column, and what to do."""
    assert message in fault_of(text)
    assert "[bad-reference]" in fault_of(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    """Bytes of no known encoding are refused as a file, not as a row."""
    with pytest.raises(BadReference, match="no text"):
        load_brands(HEADER.encode() + b"\x81\x8d\xff\n", "GB")


def test_two_owners_at_one_time_are_refused() -> None:
    """One number of two brands at one time is a fault that names both rows; ranges count, and so do open dates."""
    clash = HEADER + "+4420794600xx,Northgate Bank,,web,,\n+442079460300,Third,,web,,\n"
    message = fault_of(clash + "+442079460050,Southgate Bank,,web,2021-01-01,\n")

    assert message.startswith("row 4, column number: rows 2 and 4 give one number to two brands at one time")


def test_owners_one_after_the_other_are_kept() -> None:
    """A number may change hands on a day, and one brand may list a number twice."""
    made = load_text(
        HEADER
        + "+442079460050,Southgate Bank,,web,2021-06-01,\n"
        + "+442079460050,Northgate Bank,,web,,2021-06-01\n"
        + "+4420794600xx,Northgate Bank,,letter,,2021-06-01\n"
    )

    assert [(row["number_to"], row["brand"]) for row in made] == [
        (442079460099, "Northgate Bank"),
        (442079460050, "Northgate Bank"),
        (442079460050, "Southgate Bank"),
    ]


def test_many_rows_on_one_number_are_refused() -> None:
    """Rows piled on one number cannot make the check slow."""
    assert "more than 100 rows hold one number" in fault_of(HEADER + "+4420794600xx,Northgate,,web,,\n" * 200)


def test_a_header_alone_is_an_empty_directory() -> None:
    """A directory may be empty; its table has the right types all the same."""
    assert load_text(HEADER) == []


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200), st.text(max_size=120).map(lambda text: (HEADER + text).encode("utf-8", "replace"))
    )
)
def test_any_bytes_load_or_are_refused(data: bytes) -> None:
    """No file raises anything but BadReference."""
    with contextlib.suppress(BadReference):
        assert load_brands(data, "GB").schema == schema(BRANDS)


@pytest.fixture
def store(tmp_path: Path) -> ReferenceStore:
    """Return a store in a folder that does not exist yet."""
    return ReferenceStore(tmp_path / "reference")


def written(folder: Path, text: str, name: str = "brands.csv") -> Path:
    """Write a file and return its path."""
    (folder / name).write_text(text, "utf-8")
    return folder / name


def test_an_empty_store_lists_what_is_built_in(store: ReferenceStore) -> None:
    """Before anything is loaded what comes with unspoof is listed with its versions, and nothing is written."""
    *shipped, built_in = store.list()

    assert [version.name for version in shipped] == ["number_blocks", "number_uses", "tags", "actors", "rates"]
    assert (built_in.name, built_in.rows) == ("numbering", len(load_number_ranges().starts))
    assert load_number_ranges().version in built_in.source
    assert store.current("brands") is None
    assert not store.folder.exists()


def test_a_version_is_a_file_named_by_its_hash(store: ReferenceStore, tmp_path: Path) -> None:
    """What is loaded is current, tells its rows, sources and dates, and its file has the hash that it states."""
    version = store.update("brands", written(tmp_path, ONE), "GB")

    assert store.current("brands") == version
    assert (version.rows, version.source) == (1, "its web page")
    assert (version.valid_from, version.valid_to) == ("2021-03-01", "2021-03-01")
    assert dt.datetime.fromisoformat(version.loaded_at).tzinfo is not None
    assert hashlib.sha256(version.path.read_bytes()).hexdigest() == version.sha256 == version.path.stem
    assert pq.read_table(version.path).schema.equals(schema(BRANDS))
    shown = {"name", "rows", "date", "source", "loaded_at", "valid_from", "valid_to", "sha256", "acknowledgement"}
    assert set(version.as_row()) == shown


def test_older_versions_stay(store: ReferenceStore, tmp_path: Path) -> None:
    """A second load changes the pointer and no older file; the first rows loaded again are the first file again."""
    first = store.update("brands", written(tmp_path, ONE), "GB")
    before = first.path.read_bytes()
    second = store.update("brands", written(tmp_path, TWO), "GB")
    listed = {version.sha256 for version in store.list() if version.name == "brands"}

    assert store.current("brands") == second
    assert listed == {first.sha256, second.sha256}
    assert first.path.read_bytes() == before
    assert store.update("brands", written(tmp_path, ONE), "GB") == first
    assert store.current("brands") == first
    assert len([version for version in store.list() if version.loaded_at]) == 2


def test_the_order_of_rows_does_not_matter(store: ReferenceStore, tmp_path: Path) -> None:
    """The same rows in another order are the same version."""
    rows = (ONE + TWO.removeprefix(HEADER)).splitlines(keepends=True)
    first = store.update("brands", written(tmp_path, "".join(rows)), "GB")

    assert store.update("brands", written(tmp_path, "".join([rows[0], *rows[:0:-1]])), "GB") == first


def test_a_refused_file_changes_nothing(store: ReferenceStore, tmp_path: Path) -> None:
    """A wrong file leaves the current version in use, and its name stands in the message."""
    first = store.update("brands", written(tmp_path, ONE), "GB")
    with pytest.raises(BadReference, match=r"^new\.csv row 2, column number: "):
        store.update("brands", written(tmp_path, HEADER + "x,y,z,s,,\n", "new.csv"), "GB")

    assert store.current("brands") == first
    assert [version for version in store.list() if version.loaded_at] == [first]


def test_a_changed_version_is_found(store: ReferenceStore, tmp_path: Path) -> None:
    """A version whose file is no longer what was loaded is refused, and loading its rows again mends it."""
    version = store.update("brands", written(tmp_path, ONE), "GB")
    other = store.update("brands", written(tmp_path, TWO), "GB")
    version.path.write_bytes(other.path.read_bytes())

    with pytest.raises(BadReference, match="was changed after it was loaded"):
        store.list()
    assert store.update("brands", written(tmp_path, ONE), "GB") == version


@pytest.mark.parametrize("damage", [b"", b"../../x", b"\xff\xfe"])
def test_a_damaged_pointer_is_found(store: ReferenceStore, tmp_path: Path, damage: bytes) -> None:
    """A pointer that names no version is refused, whatever stands in it."""
    store.update("brands", written(tmp_path, ONE), "GB")
    (store.folder / "brands" / "current").write_bytes(damage)

    with pytest.raises(BadReference, match="pointer to the current version"):
        store.current("brands")


def test_unknown_tables_and_missing_files(store: ReferenceStore, tmp_path: Path) -> None:
    """A table that does not exist is a bad request that names those that do; a missing file is named."""
    with pytest.raises(
        BadRequest,
        match=r"no reference table 'brand'\nThere are: brands, dno, ofcom, trust, certificates, uses, "
        r"tags, ofac, actors, prices, rates\.",
    ):
        store.update("brand", tmp_path / "x.csv", "GB")
    with pytest.raises(BadReference, match=r"x\.csv: cannot be read: No such file"):
        store.update("brands", tmp_path / "x.csv", "GB")
    with pytest.raises(BadReference, match="cannot be read"):
        read_reference("brands", tmp_path, "GB")


def test_a_file_in_the_folders_way_is_named(tmp_path: Path) -> None:
    """A file where the folder should be is told, not raised as a traceback."""
    (tmp_path / "taken").write_text("x")
    with pytest.raises(BadReference, match="cannot write"):
        ReferenceStore(tmp_path / "taken").update("brands", written(tmp_path, ONE), "GB")


def test_the_folder_follows_the_environment() -> None:
    """The stated folder comes first, then the desktop's data folder if it is absolute, then the home's."""
    assert default_folder({"UNSPOOF_REFERENCE_DIR": "here", "XDG_DATA_HOME": "/d"}) == Path("here")
    assert default_folder({"XDG_DATA_HOME": "/d"}) == Path("/d/unspoof/reference")
    assert default_folder({"XDG_DATA_HOME": "d"}) == Path.home() / ".local/share/unspoof/reference"


def test_a_file_of_rows_can_be_described(tmp_path: Path) -> None:
    """A Parquet file outside the store is described with a source of the caller's."""
    path = tmp_path / "rows.parquet"
    pq.write_table(load_brands(ONE.encode(), "GB"), path)

    assert Version.of_file("brands", path, source="letter").source == "letter"
    path.write_bytes(b"no parquet")
    with pytest.raises(BadReference, match="cannot be read"):
        Version.of_file("brands", path)


def test_the_catalogue_says_what_files_hold() -> None:
    """Each table that can be loaded names its file's columns and what becomes of them; a file of no rows is an empty table
    or, where that would say something false of every number, refused.
    """
    for table in TABLES:
        header = ",".join(column.name for column in table.columns) + "\n"
        given_file = Given((SourceFile("x.csv", header.encode()),), day=dt.datetime(2026, 1, 1))  # noqa: DTZ001
        if table.name in {"brands", "dno"}:
            assert table.load(given_file).schema == schema(table.gives)
            assert table.load(given_file).num_rows == 0
        else:
            with pytest.raises(
                BadReference,
                match=r"^x\.csv:? (?:the file has no rows|no table of number blocks|there is no cert|"
                r"line 1: the line is|there is no tag|"
                r"this is no ActorPack|line 1: 7 characters that are no bitcoin address|the first row)",
            ):
                table.load(given_file)
