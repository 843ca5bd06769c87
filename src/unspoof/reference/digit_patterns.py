r"""Regular expressions over digits, as numbering metadata writes them, turned into one automaton.

This is no general regular-expression engine: it knows digits, `\d`, classes, `(?:...)`, `|`, `?`, `{n}` and `{m,n}`,
which is all that the metadata use, and refuses the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

ALL_DIGITS = (1 << 10) - 1
"""A set of digits is a bit mask: bit 3 stands for '3'."""

Node = tuple[str, int, int, tuple["Node", ...]]
"""('set', mask, 0, ()), ('seq', 0, 0, parts), ('alt', 0, 0, choices) or ('rep', least, most, (part,))."""


class PatternError(ValueError):
    """A pattern uses what this module does not know; the metadata have changed their style."""


class _Parser:
    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0

    def fail(self) -> PatternError:
        return PatternError(f"{self.text!r}: not understood at position {self.at}")

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, wanted: str) -> bool:
        if self.text.startswith(wanted, self.at):
            self.at += len(wanted)
            return True
        return False

    def alternatives(self) -> Node:
        choices = [self.sequence()]
        while self.take("|"):
            choices.append(self.sequence())
        return ("alt", 0, 0, tuple(choices))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.peek() not in {"", "|", ")"}:
            parts.append(self.repeated(self.atom()))
        return ("seq", 0, 0, tuple(parts))

    def atom(self) -> Node:
        if self.take("(?:"):
            inner = self.alternatives()
            if not self.take(")"):
                raise self.fail()
            return inner
        if self.take("\\d"):
            return ("set", ALL_DIGITS, 0, ())
        if self.take("["):
            return ("set", self.members(), 0, ())
        return ("set", 1 << self.digit(), 0, ())

    def members(self) -> int:
        mask = 0
        while not self.take("]"):
            low = high = self.digit()
            if self.take("-"):
                high = self.digit()
            mask |= sum(1 << d for d in range(low, high + 1))
        return mask

    def digit(self) -> int:
        found = self.peek()
        if found not in tuple("0123456789"):
            raise self.fail()
        self.at += 1
        return int(found)

    def number(self) -> int:
        start = self.at
        while self.peek() in tuple("0123456789"):
            self.at += 1
        if start == self.at:
            raise self.fail()
        return int(self.text[start : self.at])

    def repeated(self, part: Node) -> Node:
        if self.take("?"):
            return ("rep", 0, 1, (part,))
        if not self.take("{"):
            return part
        least = most = self.number()
        if self.take(","):
            most = self.number()
        if not self.take("}"):
            raise self.fail()
        return ("rep", least, most, (part,))


def parse(pattern: str) -> Node:
    """Return the tree of a pattern; PatternError if it uses anything but digits and bounded repeats."""
    parser = _Parser(pattern)
    tree = parser.alternatives()
    if parser.peek():
        raise parser.fail()
    return tree


class Automaton:
    """Many patterns side by side; walking it digit by digit tells which of them match so far.

    A state of the walk is a frozenset of inner states: hashable, so that a walk can be remembered.
    """

    def __init__(self) -> None:
        self._edges: list[list[tuple[int, int]]] = [[]]
        self._silent: list[list[int]] = [[]]
        self._accepts: dict[int, object] = {}

    def add(self, pattern: str, tag: object, *, prefix: bool = False) -> None:
        """Add a pattern.

        Args:
            pattern: see the module's description.
            tag: what `tags` names when the digits match the whole pattern.
            prefix: the pattern need only match the start; any digits may follow.

        """
        end = self._build(parse(pattern), 0)
        self._accepts[end] = tag
        if prefix:
            self._edges[end].append((ALL_DIGITS, end))

    def start(self) -> frozenset[int]:
        """Return the state before any digit."""
        return self._closed({0})

    def step(self, state: frozenset[int], digit: int) -> frozenset[int]:
        """Return the state after one more digit; empty if no pattern can match any more."""
        bit = 1 << digit
        return self._closed({target for inner in state for mask, target in self._edges[inner] if mask & bit})

    def tags(self, state: frozenset[int]) -> frozenset[object]:
        """Return the tags of the patterns that match the digits walked so far."""
        return frozenset(self._accepts[inner] for inner in state if inner in self._accepts)

    def ranges(
        self, label: Callable[[frozenset[object], int], T | None], most: int
    ) -> Iterator[tuple[int, int, int, T]]:
        """Give the ranges of equal label among all digit strings of up to `most` digits, in no order.

        Args:
            label: from the tags that match a string and its count of digits to its label; None for none.
            most: digits.

        Yields:
            First and last number, count of digits, label. Neighbours may have equal labels; none overlap.

        """
        walk = _Walk(self, label, most)
        open_states = [(self.start(), 0, 0)]
        while open_states:
            state, prefix, length = open_states.pop()
            tail = walk.tail(state, length)
            if tail is None:
                tail = (label(self.tags(state), length),)
                open_states += [(walk.step(state, digit), prefix * 10 + digit, length + 1) for digit in range(10)]
            for more, found in enumerate(tail):
                if found is not None:
                    yield prefix * 10**more, (prefix + 1) * 10**more - 1, length + more, found

    def _new(self) -> int:
        self._edges.append([])
        self._silent.append([])
        return len(self._edges) - 1

    def _build(self, node: Node, start: int) -> int:
        what, first, second, parts = node
        if what == "set":
            end = self._new()
            self._edges[start].append((first, end))
            return end
        if what == "seq":
            for part in parts:
                start = self._build(part, start)
            return self._fresh(start)
        if what == "alt":
            end = self._new()
            for part in parts:
                self._silent[self._build(part, self._fresh(start))].append(end)
            return end
        ends = [start]
        for _ in range(second):
            ends.append(self._build(parts[0], ends[-1]))
        end = self._new()
        for inner in ends[first:]:
            self._silent[inner].append(end)
        return end

    def _fresh(self, start: int) -> int:
        state = self._new()
        self._silent[start].append(state)
        return state

    def _closed(self, states: set[int]) -> frozenset[int]:
        open_states = list(states)
        while open_states:
            for silent in self._silent[open_states.pop()]:
                if silent not in states:
                    states.add(silent)
                    open_states.append(silent)
        return frozenset(states)


class _Walk(Generic[T]):
    """The strings behind a state, as far as they matter: do their labels depend on their length alone?"""

    def __init__(self, automaton: Automaton, label: Callable[[frozenset[object], int], T | None], most: int) -> None:
        self.automaton = automaton
        self.label = label
        self.most = most
        self._steps: dict[tuple[frozenset[int], int], frozenset[int]] = {}
        self._tails: dict[tuple[frozenset[int], int], tuple[T | None, ...] | None] = {}

    def step(self, state: frozenset[int], digit: int) -> frozenset[int]:
        key = (state, digit)
        if key not in self._steps:
            self._steps[key] = self.automaton.step(state, digit)
        return self._steps[key]

    def tail(self, state: frozenset[int], length: int) -> tuple[T | None, ...] | None:
        """Return the labels of this and each greater length if they depend on the length alone, else None."""
        if not state:
            return (None,) * (self.most - length + 1)
        key = (state, length)
        if key not in self._tails:
            self._tails[key] = self._worked_out(state, length)
        return self._tails[key]

    def _worked_out(self, state: frozenset[int], length: int) -> tuple[T | None, ...] | None:
        own = (self.label(self.automaton.tags(state), length),)
        if length == self.most:
            return own
        first = self.tail(self.step(state, 0), length + 1)
        if first is None or any(self.tail(self.step(state, d), length + 1) != first for d in range(1, 10)):
            return None
        return own + first


def texts(pattern: str, most: int = 10_000) -> list[str]:
    """Return every text that a pattern matches, sorted; for short patterns such as international prefixes.

    Raises:
        PatternError: there are more than `most`.

    """
    automaton = Automaton()
    automaton.add(pattern, True)
    found: list[str] = []
    for text in _walk(automaton, automaton.start(), ""):
        found.append(text)
        if len(found) > most:
            raise PatternError(f"{pattern!r} matches more than {most} texts")
    return found


def _walk(automaton: Automaton, state: frozenset[int], text: str) -> Iterator[str]:
    if automaton.tags(state):
        yield text
    for digit in range(10):
        following = automaton.step(state, digit)
        if following:
            yield from _walk(automaton, following, f"{text}{digit}")


__all__ = ["ALL_DIGITS", "Automaton", "Node", "PatternError", "parse", "texts"]
