"""The files of a seizure, how each is added to a case, and the commands that work it; it runs none of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

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
unspoof reconcile case --top 10
unspoof wallets case --top 10
unspoof verify case
"""


@dataclass(frozen=True)
class SeizedFile:
    """One file of a seizure and how it should be added to a case."""

    path: Path
    zone: str
    """Zone of its local times; empty where the file fixes it itself."""
    acquired: str
    """How it was acquired, one of the case's words."""
    basis: str
    """Legal basis, made up."""
    format: Path | None = None
    """Format file to read it with; None where unspoof recognises it."""


def _add(folder: Path, file: SeizedFile) -> str:
    words = ["unspoof add case", file.path.relative_to(folder).as_posix()]
    if file.format:
        words.append(f"--format {file.format.relative_to(folder).as_posix()}")
    if file.zone:
        words.append(f"--zone {file.zone}")
    return " ".join([*words, f'--acquired {file.acquired} --basis "{file.basis}"'])


def howto(
    folder: Path,
    files: Sequence[SeizedFile],
    references: Sequence[tuple[str, Path]],
    partner: SeizedFile | None,
    home: str,
    currency: str,
) -> str:
    """Return the text of HOWTO.txt.

    Args:
        folder: of the seizure; paths are written relative to it.
        files: what to add, in order.
        references: tables of reference facts that are loaded into this case alone, and their files.
        partner: the partner's file, named apart, since truth/figures.json leaves it out.
        home: ISO 3166 code.
        currency: ISO 4217 code.

    Returns:
        the text.

    """
    text = _HEAD.format(home=home, currency=currency) + "".join(_add(folder, file) + "\n" for file in files)
    for name, path in references:
        text += f"unspoof reference update {name} {path.relative_to(folder).as_posix()} --case case\n"
    text += _TAIL
    if partner:
        text += "\nTo add a partner's list in a format of its own (the true figures are without it):\n"
        text += _add(folder, partner) + "\n"
    return text


__all__ = ["SeizedFile", "howto"]
