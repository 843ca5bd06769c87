"""Time texts to moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unspoof.errors import BadRequest
from unspoof.parse.times import check_format, read_times
from unspoof.parse.zones import check_zone, to_utc

NAIVE = datetime.fromisoformat
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MYSQL = "%Y-%m-%d %H:%M:%S"


def one(text: str | None, *formats: str, unit: str = "s") -> str:
    """Return a moment as ISO text, 'bad', or 'none'; '+' where the text settles the zone, 'd' for a mere date."""
    read = read_times(pa.array([text], pa.string()), formats, unit)
    if read.bad[0]:
        return "bad"
    if not read.known[0]:
        return "none"
    moment = (EPOCH + timedelta(microseconds=int(read.micros[0]))).replace(tzinfo=None).isoformat()
    return moment + "+" * bool(read.settled[0]) + "d" * bool(read.day_only[0])


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("2022-03-01 14:05:06", MYSQL, "2022-03-01T14:05:06"),
        ("2022-03-01 14:05:06.5", MYSQL, "2022-03-01T14:05:06.500000"),
        ("2022-03-01 14:05:06.1234567", MYSQL, "2022-03-01T14:05:06.123456"),
        ("2022-03-01 14:05:06.", MYSQL, "bad"),
        ("2022-3-1 4:05:06", MYSQL, "2022-03-01T04:05:06"),
        ("2022-02-31 10:00:00", MYSQL, "bad"),
        ("2023-02-29 10:00:00", MYSQL, "bad"),
        ("2024-02-29 10:00:00", MYSQL, "2024-02-29T10:00:00"),
        ("2100-02-29 10:00:00", MYSQL, "bad"),
        ("2022-03-01 24:00:00", MYSQL, "bad"),
        ("2022-03-01 23:59:60", MYSQL, "bad"),
        ("2022-13-01 10:00:00", MYSQL, "bad"),
        ("2022-00-10 10:00:00", MYSQL, "bad"),
        ("1969-12-31 23:59:59", MYSQL, "bad"),
        ("2101-01-01 00:00:00", MYSQL, "bad"),
        ("0000-00-00 00:00:00", MYSQL, "none"),
        ("0000-00-00", MYSQL, "none"),
        ("", MYSQL, "none"),
        (None, MYSQL, "none"),
        ("2022-03-01 14:05:0x", MYSQL, "bad"),
        ("２０２２-03-01 14:05:06", MYSQL, "bad"),
        ("2022-03-01", "iso", "2022-03-01T00:00:00d"),
        ("2022-03-01T14:05Z", "iso", "2022-03-01T14:05:00+"),
        ("2022-03-01T14:05:06+01:00", "iso", "2022-03-01T13:05:06+"),
        ("2022-03-01 14:05:06.25-0530", "iso", "2022-03-01T19:35:06.250000+"),
        ("2022-03-01 14:05:06+01", "iso", "2022-03-01T13:05:06+"),
        ("2022-03-01 14:05:06+15:00", "iso", "bad"),
        ("2022-03-01 14:05:06", "iso-offset", "bad"),
        ("2022-03-01 14:05:06Z", "iso-offset", "2022-03-01T14:05:06+"),
        ("1/2/2022", "%d/%m/%Y", "2022-02-01T00:00:00d"),
        ("01 Mar 2022 12:05 AM", "%d %b %Y %I:%M %p", "2022-03-01T00:05:00"),
        ("01 march 2022 12:05 pm", "%d %B %Y %I:%M %p", "2022-03-01T12:05:00"),
        ("01 Foo 2022", "%d %b %Y", "bad"),
        ("01/02/68", "%d/%m/%y", "2068-02-01T00:00:00d"),
        ("01/02/99", "%d/%m/%y", "1999-02-01T00:00:00d"),
        ("Tue, 31 Aug 2021 20:36:28 +0200", "%a, %d %b %Y %H:%M:%S %z", "2021-08-31T18:36:28+"),
        ("1651399200", "epoch", "2022-05-01T10:00:00+"),
        ("1651399200.25", "epoch", "2022-05-01T10:00:00.250000+"),
        ("0", "epoch", "none"),
        ("-5", "epoch", "bad"),
        ("9" * 19, "epoch", "bad"),
        ("9" * 40, "epoch", "bad"),
    ],
)
def test_a_text_is_read_strictly(text: str | None, form: str, expected: str) -> None:
    """A text that fits its format is that moment; one that does not, or is impossible, is bad; nothing is guessed."""
    assert expected == one(text, form)


@pytest.mark.parametrize(("unit", "factor"), [("ms", 10**3), ("us", 10**6), ("ns", 10**9)])
def test_epochs_come_in_units(unit: str, factor: int) -> None:
    """An epoch in any unit is the same moment."""
    assert one(str(1651399200 * factor), "epoch", unit=unit) == "2022-05-01T10:00:00+"


def test_the_first_format_that_fits_is_taken_row_by_row() -> None:
    """Rows of one column may be in different formats; each takes the first that fits it."""
    read = read_times(pa.array(["02/01/2022 10:00", "02/01/2022", "x"]), ["%d/%m/%Y %H:%M", "%d/%m/%Y"])

    assert read.known.tolist() == [True, True, False]
    assert read.day_only.tolist() == [False, True, False]
    assert read.bad.tolist() == [False, False, True]


def test_a_slice_of_a_column_reads_like_the_column() -> None:
    """Offsets of a sliced array do not shift its texts."""
    whole = pa.array(["x", None, "2022-03-01 14:05:06", "2022-03-02 14:05:06"])

    assert read_times(whole.slice(2), [MYSQL]).micros.tolist() == read_times(whole, [MYSQL]).micros.tolist()[2:]


@settings(deadline=None)
@given(st.lists(st.datetimes(NAIVE("1970-01-01"), NAIVE("2100-12-31")), max_size=30))
def test_every_moment_comes_back(moments: list[datetime]) -> None:
    """What Python writes in a pattern of fixed width or in ISO, we read as the same moment."""
    expected = [(moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) for moment in moments]
    fixed = read_times(pa.array([moment.strftime(MYSQL + ".%f") for moment in moments], pa.string()), [MYSQL + ".%f"])
    iso = read_times(pa.array([moment.isoformat(" ") for moment in moments], pa.string()), ["iso"])

    assert expected == fixed.micros.tolist() == iso.micros.tolist()
    assert fixed.known.all()


@settings(deadline=None)
@given(st.lists(st.text(max_size=25), max_size=20))
def test_no_text_breaks_the_reader(texts: list[str]) -> None:
    """Any text is a moment, none, or bad, in each format."""
    for formats in ([MYSQL], ["iso"], ["epoch"], ["%d %b %Y", "%d/%m/%Y %H:%M"]):
        read = read_times(pa.array(texts, pa.string()), formats)
        assert not (read.known & read.bad).any()


@pytest.mark.parametrize("bad", ["%Q", "%Y-%m", "%Y-%m-%d %Y", "isoish", "%Y-%m-%d %", ""])
def test_bad_formats_are_told(bad: str) -> None:
    """A format that names no whole date, a part twice or an unknown part is refused with a reason."""
    assert check_format(bad)


@pytest.mark.parametrize("good", ["iso", "epoch", MYSQL, "%d/%m/%y %I:%M %p", "%d %b %Y 100%%"])
def test_good_formats_pass(good: str) -> None:
    """Formats that the reader knows are not refused."""
    assert check_format(good) is None


@pytest.mark.parametrize(
    "zone", ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
)
@settings(deadline=None)
@given(moments=st.lists(st.datetimes(NAIVE("1970-01-02"), NAIVE("2037-12-30")), min_size=1, max_size=40))
def test_local_times_become_utc_as_the_standard_library_does(zone: str, moments: list[datetime]) -> None:
    """The vectorised conversion equals zoneinfo's with fold 0, in hours that are repeated or skipped, too."""
    local = np.array([(m.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1) for m in moments], dtype=np.int64)
    expected = [(m.replace(tzinfo=ZoneInfo(zone), fold=0) - EPOCH) // timedelta(microseconds=1) for m in moments]

    assert expected == to_utc(local, zone).micros.tolist()


def _local(text: str) -> np.ndarray:
    return read_times(pa.array([text]), [MYSQL]).micros


@pytest.mark.parametrize(
    ("local", "utc", "repeated", "skipped"),
    [
        ("2021-10-31 00:59:59", "2021-10-30T23:59:59", False, False),
        ("2021-10-31 01:00:00", "2021-10-31T00:00:00", True, False),
        ("2021-10-31 01:59:59", "2021-10-31T00:59:59", True, False),
        ("2021-10-31 02:00:00", "2021-10-31T02:00:00", False, False),
        ("2021-03-28 00:59:59", "2021-03-28T00:59:59", False, False),
        ("2021-03-28 01:00:00", "2021-03-28T01:00:00", False, True),
        ("2021-03-28 01:59:59", "2021-03-28T01:59:59", False, True),
        ("2021-03-28 02:00:00", "2021-03-28T01:00:00", False, False),
    ],
)
def test_hours_that_repeat_or_are_skipped_are_marked(local: str, utc: str, repeated: bool, skipped: bool) -> None:
    """The first of two equal local times is taken and marked; a local time that never was is marked."""
    read = to_utc(_local(local), "Europe/London")

    assert utc == (EPOCH + timedelta(microseconds=int(read.micros[0]))).replace(tzinfo=None).isoformat()
    assert (repeated, skipped) == (bool(read.repeated[0]), bool(read.skipped[0]))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "a" * 5000])
def test_a_zone_that_is_none_is_refused(zone: str) -> None:
    """A name that the zone database lacks is an error that says so, whatever it looks like."""
    with pytest.raises(BadRequest, match="no time zone is named"):
        check_zone(zone)


def test_an_offset_is_honoured_and_not_a_zone() -> None:
    """A stated offset gives the moment whatever the zone of the exhibit."""
    moment = datetime(2022, 7, 1, 10, tzinfo=timezone(timedelta(hours=-7)))

    assert one(moment.isoformat(), "iso") == "2022-07-01T17:00:00+"
