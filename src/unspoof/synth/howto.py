"""The commands that work a made-up seizure, as a text for people; it runs none of them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

_HEAD = """\
A made-up seizure: nobody in it exists, no number in it is anybody's, nothing in it was ever dialled.
Run these in this folder. What is true of it stands in truth/, which is no exhibit.

unspoof new case --reference MADE-UP-1 --home {home} --currency {currency}
unspoof reference update brands brands.csv
"""

_TAIL = """\
unspoof run case
unspoof figures case
unspoof suspects case --top 10
unspoof victims case --top 10
unspoof verify case
"""


class Added(Protocol):
    """A file and how it is added; see seizure.SeizedFile."""

    @property
    def path(self) -> Path: ...
    @property
    def zone(self) -> str: ...
    @property
    def acquired(self) -> str: ...
    @property
    def basis(self) -> str: ...
    @property
    def format(self) -> Path | None: ...


def _add(folder: Path, file: Added) -> str:
    words = ["unspoof add case", file.path.relative_to(folder).as_posix()]
    if file.format:
        words.append(f"--format {file.format.relative_to(folder).as_posix()}")
    if file.zone:
        words.append(f"--zone {file.zone}")
    return " ".join([*words, f'--acquired {file.acquired} --basis "{file.basis}"'])


def howto(folder: Path, files: list[Added], partner: Added | None, home: str, currency: str) -> str:
    """Return the text of HOWTO.txt.

    Args:
        folder: of the seizure; paths are written relative to it.
        files: what to add, in order.
        partner: the partner's file, named but not among the commands, since truth/figures.json leaves it out.
        home: ISO 3166 code.
        currency: ISO 4217 code.

    """
    lines = [_HEAD.format(home=home, currency=currency) + "".join(_add(folder, file) + "\n" for file in files) + _TAIL]
    if partner:
        lines.append("To add a partner's list in a format of its own (the true figures are without it):\n")
        lines.append(_add(folder, partner) + "\n")
    return "\n".join(lines)


__all__ = ["Added", "howto"]
