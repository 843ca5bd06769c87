"""Values that stand where somebody had to enter something: they are no shared thing; it judges no rare value.

A form that demands an e-mail address gets 'test@test.com', one that demands a name gets 'n/a'. Two accounts that hold
such a value have nothing in common. Limits: words of English, and numbers of one digit or a plain sequence; a filler
that is not listed here is held back only by how many hold it.
"""

from __future__ import annotations

_WORDS = (
    "n ?[/._-]? ?a[.]?|none|null|nil|nan|no|not (given|known|stated)|unknown|undefined|undisclosed|withheld|missing"
    "|anonymous|anon|adm(in|inistrator)|root|user|username|name|email|e-mail|mail|no[ -]?e?mail|no[ -]?reply|fake|spam"
    "|test|tester|testing|test ?user|demo|example|sample|guest|default|abc|abcd|abcdef"
    "|first|last|firstname|lastname|john doe|jane doe|xyz|tbc|tbd"
)
# No common password may stand here: the SQL is printed in reports, where a search for the seized ones must find none.
_SEQUENCES = "234567, 345678, 456789, 567890, 654321, 543210, 876543, 765432"


def meant(text: str) -> str:
    """Return an SQL condition that a text, trimmed and in lower case, is more than a filler.

    Args:
        text: an SQL expression of text.

    Returns:
        a condition that is false for words such as 'none' or 'test', with up to three digits after them, for one character
        repeated, for text without a letter or digit, and for the digits from 1 or 0 in order; NULL for NULL.

    """
    return (
        f"(NOT regexp_matches({text}, '^({_WORDS})[0-9]{{0,3}}\\z') AND regexp_matches({text}, '[^\\x00-\\x2f:-@\\[-`{{-~]')"
        f" AND replace({text}, left({text}, 1), '') <> '' AND NOT regexp_matches({text}, '^0?12345?6?7?8?9?0?\\z'))"
    )


def named(text: str) -> str:
    """Return an SQL condition that a key in lower case names something: no filler word, and not only zeros and marks.

    Keys are often plain numbers, so that '7' and '11' count here.
    """
    return f"(NOT regexp_matches({text}, '^({_WORDS})\\z') AND regexp_matches({text}, '[^\\x00-0:-@\\[-`{{-~]'))"


def dialled(e164: str) -> str:
    """Return an SQL condition that a number does not end in seven equal or consecutive digits."""
    tail = f"{e164} % 10000000"
    return f"({tail} % 1111111 <> 0 AND {e164} % 1000000 NOT IN ({_SEQUENCES}))"


__all__ = ["dialled", "meant", "named"]
