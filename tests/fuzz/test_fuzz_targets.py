"""The fuzz targets without Atheris: the kept corpus again, and a short run of Hypothesis over changed seeds."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.catalogue import TARGETS
from fuzz.real_numbers import real_numbers
from fuzz.target import CORPUS, MOST_BYTES, MOST_FILES, Target

KINDS = [pytest.param(target, id=target.name) for target in TARGETS]


@st.composite
def changed(draw: st.DrawFn, target: Target) -> bytes:
    """Return one of a target's seeds with some stretches taken out, repeated, or put in."""
    data = draw(st.sampled_from(target.seeds))
    for _ in range(draw(st.integers(0, 4))):
        at, size = draw(st.integers(0, len(data))), draw(st.integers(0, 9))
        new = draw(st.one_of(st.binary(max_size=6), st.sampled_from((*target.words, b"")), st.just(data[at : at + 40])))
        data = data[:at] + new + data[at + size :]
    return data[: target.most]


def test_every_target_file_is_a_target() -> None:
    """A file of targets/ that nobody registered would never be run."""
    files = {path.stem for path in (Path(__file__).parent / "targets").glob("*.py")}

    assert {target.name for target in TARGETS} == files
    assert len(TARGETS) == len(files)
    assert all(importlib.import_module(f"fuzz.targets.{target.name}").TARGET is target for target in TARGETS)


def test_every_folder_of_the_corpus_is_a_targets() -> None:
    """Inputs that no target reads would be kept for nothing."""
    assert {path.name for path in CORPUS.iterdir() if path.is_dir()} <= {target.name for target in TARGETS}


@pytest.mark.parametrize("target", KINDS)
def test_the_seeds_hold(target: Target) -> None:
    """Everything that a target begins with is read or refused as it should be."""
    assert target.seeds
    for seed in target.seeds:
        target.feed(seed)


@pytest.mark.parametrize("target", KINDS)
def test_the_kept_corpus_holds(target: Target) -> None:
    """What once crashed a parser, or reached a new place in it, does no harm any more."""
    for data in target.corpus:
        target.feed(data)


@pytest.mark.parametrize("target", KINDS)
def test_the_kept_corpus_is_small_and_holds_nobodys_number(target: Target) -> None:
    """The corpus can be replayed in each run, and a mutated drama number is not a person's."""
    assert len(target.corpus) <= MOST_FILES
    assert sum(map(len, target.corpus)) <= MOST_BYTES
    assert not [found for data in target.corpus for found in real_numbers(data)]


@pytest.mark.parametrize("target", KINDS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_changed_seeds_are_read_or_refused(target: Target, data: st.DataObject) -> None:
    """Seeds with a few stretches changed break no promise."""
    target.feed(data.draw(changed(target)))
