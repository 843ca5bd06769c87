"""Rules on texts: regular expressions, parts of a text, case; and on aliases, which only the text of a query shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.tokens import TokenType

from unspoof.engine.portable.patterns import can_be_empty, is_anchored, trap
from unspoof.engine.portable.refusing import Refusal, guards, is_cast, number_of, refuse, same, text_of

_ASCII_WHOLE = re.compile(r"\^\[[-A-Za-z0-9 _]+\](?:[*+]|\{[0-9,]+\})?\\z")


def patterns_are_proven(node: exp.Expression) -> Iterator[Refusal]:
    """A pattern is a literal of pieces that RE2 and Java read alike."""
    if not isinstance(node, (exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract)):
        return
    pattern = text_of(node.expression)
    if pattern is None:
        yield refuse(node, "A pattern that is no literal cannot be checked for what RE2 and Java read alike.", "a literal")
        return
    why, write = trap(pattern)
    if why:
        yield refuse(node, why, write)


def replacing_is_global(node: exp.Expression) -> Iterator[Refusal]:
    """A replacement is of all matches, or of the one match that an anchored pattern can have."""
    if not isinstance(node, exp.RegexpReplace):
        return
    flags = node.args.get("modifiers")
    pattern, written = text_of(node.expression), text_of(node.args.get("replacement"))
    if flags is not None and text_of(flags) != "g":
        yield refuse(node, "SQLGlot drops every flag, so Spark does not see it.", "'g' or no flag")
    if flags is None and pattern is not None and not is_anchored(pattern):
        yield refuse(node, "Without 'g' DuckDB replaces the first match, Spark all of them.", "'g', or ^ before the whole pattern")
    if written is None or re.search(r"[\\$]", written):
        yield refuse(node, "In a replacement DuckDB reads \\1, Spark $1, each leaving the other as text.", "regexp_extract")
    if pattern is not None and not trap(pattern)[0] and can_be_empty(pattern):
        yield refuse(node, "After a match RE2 and Java differ on whether an empty one follows.", "+ in place of *")


def _is_negative(length: exp.Expression | None) -> bool:
    number = 0 if length is None else number_of(length)
    return number is None or number < 0


def parts_are_literal(node: exp.Expression) -> Iterator[Refusal]:
    """A part of a text is counted by literals: from 1, or from the end by a negative start."""
    if isinstance(node, exp.Substring):
        start, length = number_of(node.args.get("start")), node.args.get("length")
        if not start or _is_negative(length):
            said = "From 0, or for a negative length, DuckDB and Spark take different parts, and a column may hold either."
            yield refuse(node, said, "a literal start from 1, or a negative one, and a literal length")
    if isinstance(node, (exp.Left, exp.Right)) and (number_of(node.expression) or 0) < 1:
        said = "For a negative count DuckDB leaves characters out, Spark gives an empty text."
        yield refuse(node, said, "a literal count from 1")
    if isinstance(node, (exp.SplitPart, exp.Split)):
        parted = text_of(node.args.get("delimiter") if isinstance(node, exp.SplitPart) else node.expression)
        index = number_of(node.args.get("part_index")) if isinstance(node, exp.SplitPart) else 1
        if not parted or (index or 0) < 1:
            said = "With an empty separator, or an index below 1, DuckDB and Spark part a text differently."
            yield refuse(node, said, "a literal separator and a literal index from 1")


def case_is_known(node: exp.Expression) -> Iterator[Refusal]:
    """Upper case is asked of ASCII alone, and so are characters by number and edit distances."""
    if isinstance(node, exp.Upper):
        whole = [g for g in guards(node) if isinstance(g, exp.RegexpLike) and same(g.this, node.this)]
        if not any(_ASCII_WHOLE.fullmatch(text_of(g.expression) or "") for g in whole):
            said = "129 letters have another upper case on Spark, ß among them."
            yield refuse(node, said, r"CASE WHEN regexp_matches(x, '^[A-Za-z]+\z') THEN upper(x) END, or lower(x)")
    if isinstance(node, exp.Chr) and not 1 <= (number_of(node.expressions[0]) or 0) <= 127:
        yield refuse(node, "Spark counts characters modulo 256, DuckDB takes the code point.", "chr(1) to chr(127)")
    if isinstance(node, exp.Levenshtein) and not (is_cast(node.this, "TEXT", "VARCHAR") and is_cast(node.expression, "TEXT", "VARCHAR")):
        said = "DuckDB counts bytes and Spark characters, so they differ outside ASCII."
        yield refuse(node, said, "levenshtein over two CAST(number AS VARCHAR)")


def likes_are_plain(node: exp.Expression) -> Iterator[Refusal]:
    """The pattern of LIKE is a literal without a backslash."""
    if isinstance(node, exp.Like) and "\\" in (text_of(node.expression) or "\\"):
        yield refuse(node, "In LIKE a backslash is an escape on Spark and a character on DuckDB.", "a literal without it")


def bare_aliases(sql: str, tree: exp.Expression) -> Iterator[Refusal]:
    """Refuse an alias without AS: the tree does not show it, so the words are counted."""
    tokens = DuckDB().tokenize(sql)
    said = sum(token.token_type == TokenType.ALIAS for token in tokens)
    casts = sum(a.text.upper() in ("CAST", "TRY_CAST") and b.text == "(" for a, b in zip(tokens, tokens[1:], strict=False))
    materialized = sum(token.text.upper() == "MATERIALIZED" for token in tokens)
    aliases = sum(1 for node in tree.find_all(exp.Alias, exp.TableAlias) if node.args.get("this") or node.args.get("alias"))
    if aliases > said - casts and not materialized:
        because = "An alias without AS breaks DuckDB on its keywords (called, at, rows) and may be read as something else."
        yield Refusal(sql.strip()[:200], because, "AS before every alias")


RULES = (patterns_are_proven, replacing_is_global, parts_are_literal, case_is_known, likes_are_plain)

__all__ = ["RULES", "bare_aliases"]
