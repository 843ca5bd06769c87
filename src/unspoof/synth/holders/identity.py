"""What users typed in: names, passwords, mail addresses, handles.

Things that one person or crew shares are planted here and listed, so that tests can ask which were found again. Nothing
is a real person's: mail is at example.*.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.holders.users import Users
from unspoof.synth.plan import Plan, scatter

_WORDS = (
    "ace", "bravo", "cedar", "delta", "ember", "falcon", "ghost", "harbor", "indigo", "jade", "kilo", "lunar",
    "maple", "nova", "onyx", "piper", "quartz", "raven", "silver", "tango", "ultra", "viper", "willow", "xenon",
    "yonder", "zephyr", "amber", "blaze", "cobalt", "drift", "echo", "frost",
)  # fmt: skip
_FIRST = (
    "Ann", "Ben", "Cal", "Dee", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon", "Kay", "Leo", "Mia", "Nils", "Oda",
    "Pat", "Quin", "Ray", "Sue", "Tom", "Una", "Val", "Wes", "Zoe",
)  # fmt: skip
_LAST = (
    "Able", "Baker", "Crane", "Dale", "East", "Field", "Grove", "Hill", "Isles", "Jupp", "Knoll", "Lake",
    "Moor", "North", "Oaks", "Pond", "Reed", "Stone", "Vale", "Wood",
)  # fmt: skip
_ODD_NAMES = (
    "O'Neil",
    'D"Arcy',
    "Müller",
    "Sørensen",
    "back\\slash",
    "émile 😀",
    "line\nbreak",
    "100%",
    "tab\there",
    "Nguyễn",
)
"""Names that a dump must escape or encode; one account in two hundred has one."""
_COMMON_PASSWORDS = tuple(
    f"{word}{tail}" for word in ("123456", "qwerty", "password", "letmein", "admin") for tail in ("", "1", "!", "123")
)
_DOMAINS = ("example.org", "example.com", "example.net")

SHARED_KINDS = ("password", "email", "handle")
"""Kinds of things that are planted as shared within a person or crew."""


@dataclass(frozen=True)
class Identity:
    """One item an account; texts as the database holds them, unescaped."""

    username: pa.StringArray
    password: pa.StringArray
    first: pa.StringArray
    last: pa.StringArray
    email: pa.StringArray
    handle: pa.StringArray
    """Telegram handle with @, empty where none was given."""
    shares: dict[str, np.ndarray]
    """Kind of SHARED_KINDS -> int32: number of the shared thing, -1 where the account shares none."""


def _take(words: tuple[str, ...], index: np.ndarray) -> pa.StringArray:
    return pa.array(words, pa.string()).take(pa.array(index))


def _text(numbers: np.ndarray) -> pa.StringArray:
    return pc.cast(pa.array(numbers), pa.string())


def _join(*parts: pa.StringArray | str) -> pa.StringArray:
    return pc.binary_join_element_wise(*(pa.scalar(p) if isinstance(p, str) else p for p in parts), "")


def _keep_pairs(token: np.ndarray) -> np.ndarray:
    """Set a token that only one account holds to -1: it is no shared thing."""
    held = np.bincount(token[token >= 0], minlength=1) if (token >= 0).any() else np.zeros(1, np.int64)
    return np.where((token >= 0) & (held[np.maximum(token, 0)] > 1), token, -1).astype(np.int32)


def _passwords(users: Users, draw: np.ndarray, salt: int) -> tuple[pa.StringArray, np.ndarray]:
    person, nth = users.person, users.nth
    common = draw[person, 0] < 0.3
    how = draw[:, 1]
    reused = (nth == 0) | (how < 0.6)
    varied = ~reused & (how < 0.8)
    token = scatter(np.where(reused | varied, person, len(person) + np.arange(len(person))), salt)
    rare = _join(_take(_WORDS, token % len(_WORDS)), pc.utf8_slice_codeunits(_text(token // 64 % 10**9 + 10**9), 1))
    rare = pc.if_else(pa.array(varied), _join(rare, _text(nth.astype(np.int64))), rare)
    often = _take(_COMMON_PASSWORDS, (draw[:, 2] ** 2 * len(_COMMON_PASSWORDS)).astype(np.int64))
    shared = np.where(reused & ~common, person, -1)
    return pc.if_else(pa.array(common), often, rare), _keep_pairs(shared)


def _emails(
    users: Users, draw: np.ndarray, salt: int
) -> tuple[pa.StringArray, pa.StringArray, pa.StringArray, np.ndarray]:
    """Return first names, last names, addresses and which addresses are variants of one."""
    own = draw[:, 0] < 0.7
    base = np.where((users.nth == 0) | own, users.person, users.persons + np.arange(len(own)))
    token = scatter(base, salt)
    first, last = _take(_FIRST, token % len(_FIRST)), _take(_LAST, token // 32 % len(_LAST))
    number = _text(token // 1024 % 9000 + 10)
    names = pc.utf8_lower(first), pc.utf8_lower(last)
    plain = _join(names[0], ".", names[1], number)
    tagged = _join(plain, "+", _text(users.nth.astype(np.int64)))
    closed = _join(names[0], names[1], number)
    form = np.where(users.nth == 0, 0, (draw[:, 1] * 3).astype(np.int64))
    local = pc.choose(pa.array(form), plain, tagged, closed)
    domain = _take(_DOMAINS, np.where(draw[:, 2] < 0.7, token // 7 % 3, (draw[:, 2] * 1000).astype(np.int64) % 3))
    shared = _keep_pairs(np.where((users.nth == 0) | own, users.person, -1))
    return first, last, _join(local, "@", domain), shared


def _handles(users: Users, draw: np.ndarray, salt: int) -> tuple[pa.StringArray, np.ndarray]:
    has = (draw[users.person, 0] < 0.4) & ((users.nth == 0) | (draw[:, 1] < 0.5))
    token = scatter(users.person, salt)
    text = _join("@", _take(_WORDS, token % len(_WORDS)), "_", _text(token // 64 % 10**7))
    return pc.if_else(pa.array(has), text, ""), _keep_pairs(np.where(has, users.person, -1))


def make_identity(plan: Plan, users: Users) -> Identity:
    """Make what each account's holder typed in.

    Args:
        plan: seed.
        users: accounts and their people.

    Returns:
        texts, and which of them are shared within a person.

    """
    stream, count = plan.stream("identity"), len(users.person)
    salt = int(stream.integers(1, 2**31))
    number = users.ids * 48_271 % 2_147_483_647
    auto = stream.random(count) < 0.5
    word = _join(
        _take(_WORDS, scatter(users.ids, salt) % len(_WORDS)), _text(users.ids * 7 % 90 + 10), _text(users.ids)
    )
    username = pc.if_else(pa.array(auto), _text(number), word)
    password, same_password = _passwords(users, stream.random((count, 3)), salt)
    first, last, email, same_email = _emails(users, stream.random((count, 3)), salt + 1)
    odd = stream.random(count)
    last = pc.if_else(
        pa.array(odd < 0.005), _take(_ODD_NAMES, (odd * 200 * len(_ODD_NAMES)).astype(np.int64) % len(_ODD_NAMES)), last
    )
    handle, same_handle = _handles(users, stream.random((count, 2)), salt + 2)
    shares = {"password": same_password, "email": same_email, "handle": same_handle}
    return Identity(username, password, first, last, email, handle, shares)


__all__ = ["SHARED_KINDS", "Identity", "make_identity"]
