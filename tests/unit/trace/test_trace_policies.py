"""Policies: they conserve to the satoshi, and agree with a ledger that keeps every single satoshi."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trace_cases import Spend, chain_tables, coinjoin_table, wallet_tables

from unspoof.errors import FoundWrong
from unspoof.trace.audit import Audit, audit
from unspoof.trace.chain import ALL_SAT, Chain, chain_of
from unspoof.trace.policies import POLICIES, Claim, Frame, frame_of
from unspoof.trace.policies.fifo import FIFO, fifo_claim
from unspoof.trace.policies.haircut import HAIRCUT, part_of
from unspoof.trace.policies.poison import POISON
from unspoof.trace.stops import Marks, marks_of
from unspoof.trace.walking import Limits, Walk, follow, way_of

WIDE = Limits(max_hops=100, max_outputs=1000, max_transactions=1000)


def bare(spends: Sequence[Spend]) -> tuple[Chain, Marks]:
    """Return a chain of which nothing has been concluded."""
    chain = chain_of(*chain_tables(spends))
    wallets, addresses = wallet_tables()
    return chain, marks_of(chain, wallets, addresses, coinjoin_table(), wallets["wallet"].combine_chunks())


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Spend], list[int], bool]:
    """Draw a random history of transactions, coins to start at, and a direction."""
    spends, free = [], []
    for number in range(draw(st.integers(1, 9))):
        count = draw(st.integers(1, 4))
        inputs: list[tuple[int, int] | tuple[str, int | None]] = []
        for place in range(count):
            if free and draw(st.booleans()):
                inputs.append(free.pop(draw(st.integers(0, len(free) - 1))))
            else:
                inputs.append((f"out{number}.{place}", draw(st.integers(0, 12))))
        total = sum(int((spends[i[0]].outputs[i[1]] if isinstance(i[0], int) else i)[1]) for i in inputs)  # type: ignore[index,arg-type]
        cuts = sorted(draw(st.lists(st.integers(0, total), min_size=1, max_size=4)))
        values = [b - a for a, b in zip([0, *cuts], cuts, strict=False)]
        spends.append(Spend(inputs, [(f"a{number}.{n}", v) for n, v in enumerate(values)]))
        free += [(number, n) for n in range(len(values))]
    coins = chain_of(*chain_tables(spends)).coins
    starts = draw(st.lists(st.integers(0, coins - 1), min_size=1, max_size=3, unique=True))
    return spends, starts, draw(st.booleans())


def laid(chain: Chain, marks: Marks, starts: Sequence[int], forward: bool) -> tuple[Walk, Frame]:
    """Walk from coins and lay the walk out."""
    walk = follow(way_of(chain, marks, forward=forward, limits=WIDE), np.array(starts, np.int64))
    return walk, frame_of(chain, walk)


def every_satoshi(chain: Chain, starts: Sequence[int], forward: bool) -> dict[int, list[bool]]:
    """Return for every coin which of its satoshi are the start's, by keeping a list of all of them."""
    held = {coin: [coin in starts] * int(chain.value[coin]) for coin in range(chain.coins)}
    order = range(chain.transactions)
    for tx in order if forward else reversed(order):
        one = np.array([tx])
        spent, made = (list(coins[0]) for coins in (chain.inputs_of(one), chain.outputs_of(one)))
        before, after = (spent, made) if forward else (made, spent)
        row = [satoshi for coin in before for satoshi in held[coin]]
        row += [False] * (sum(int(chain.value[coin]) for coin in after) - len(row))
        at = 0
        for coin in after:
            if coin not in starts:
                held[coin] = row[at : at + int(chain.value[coin])]
            at += int(chain.value[coin])
    return held


def in_fractions(frame: Frame, chain: Chain) -> dict[int, int]:
    """Return what haircut claims of each coin, worked out in fractions with the largest remainders written out."""
    held = {c: int(v) if s else 0 for c, v, s in zip(frame.coin, frame.value, frame.starts, strict=True)}
    for row in range(len(frame.tx)):
        sources = frame.source[frame.first_source[row] : frame.first_source[row + 1]]
        targets = frame.target[frame.first_target[row] : frame.first_target[row + 1]]
        amount = sum(held[frame.coin[c]] for c in sources if frame.passes[c])
        weights = [int(frame.value[c]) for c in targets] + [int(frame.fee[row])]
        exact = [Fraction(w * amount, int(frame.total[row])) if amount else Fraction(0) for w in weights]
        given_out = [int(part) for part in exact]
        by_rest = sorted(range(len(exact)), key=lambda n: (-(exact[n] - given_out[n]), n))
        for place in by_rest[: amount - sum(given_out)]:
            given_out[place] += 1
        for coin, share in zip(targets, given_out, strict=False):
            if not frame.starts[coin]:
                held[frame.coin[coin]] = share
    return held


@settings(max_examples=100, deadline=None)
@given(histories())
def test_fifo_is_the_ledger_of_single_satoshi(history: tuple[list[Spend], list[int], bool]) -> None:
    """What FIFO claims of a coin is how many of its satoshi are the start's, onward and back."""
    spends, starts, forward = history
    chain, marks = bare(spends)
    _, frame = laid(chain, marks, starts, forward)
    naive = every_satoshi(chain, starts, forward)

    assert fifo_claim(frame).held.tolist() == [sum(naive[coin]) for coin in frame.coin.tolist()]


@settings(max_examples=100, deadline=None)
@given(histories())
def test_haircut_is_exact_with_largest_remainders(history: tuple[list[Spend], list[int], bool]) -> None:
    """What haircut claims is the exact fraction rounded by largest remainder, the first of equal ones, the fee last."""
    spends, starts, forward = history
    chain, marks = bare(spends)
    _, frame = laid(chain, marks, starts, forward)
    naive = in_fractions(frame, chain)

    assert HAIRCUT.claim(frame).held.tolist() == [naive[coin] for coin in frame.coin.tolist()]


def audited(history: tuple[list[Spend], list[int], bool]) -> tuple[Chain, Frame, dict[str, Audit]]:
    """Walk, claim and audit under every policy."""
    spends, starts, forward = history
    chain, marks = bare(spends)
    walk, frame = laid(chain, marks, starts, forward)
    return chain, frame, {p.name: audit(chain, walk, frame, p, p.claim(frame)) for p in POLICIES}


@settings(max_examples=100, deadline=None)
@given(histories())
def test_every_sum_balances_and_the_conserving_policies_agree(history: tuple[list[Spend], list[int], bool]) -> None:
    """Sums balance at each transaction; what haircut and FIFO hold and have paid in fees at the end is what went in."""
    _, frame, audits = audited(history)
    for made in audits.values():
        assert not made.balance.any()
        assert made.totals.balance == 0
    haircut, fifo, poison = (audits[name].totals for name in ("haircut", "FIFO", "poison"))
    for totals in (haircut, fifo):
        assert totals.beyond == 0
        assert totals.seeded == sum(totals.stopped.values()) + totals.fees
    # Shares of a start that is come to again may differ; where none is, the same went in under both.
    again = frame.starts[frame.target].any()
    if not again:
        assert haircut.seeded == fifo.seeded == poison.seeded == int(frame.value[frame.starts].sum())


@settings(max_examples=100, deadline=None)
@given(histories())
def test_no_policy_claims_more_than_poison(history: tuple[list[Spend], list[int], bool]) -> None:
    """Poison is an upper bound of what any policy claims of a coin."""
    spends, starts, forward = history
    chain, marks = bare(spends)
    _, frame = laid(chain, marks, starts, forward)
    most = POISON.claim(frame).held

    for policy in (HAIRCUT, FIFO):
        assert (policy.claim(frame).held <= most).all()


@given(st.integers(0, ALL_SAT), st.integers(0, ALL_SAT), st.integers(1, ALL_SAT))
def test_shares_of_any_amount_are_exact(value: int, amount: int, total: int) -> None:
    """Quotient and remainder are those of whole numbers of any size, up to all bitcoin there can be."""
    value, amount = min(value, total), min(amount, total)

    assert tuple(int(part) for part in part_of(value, amount, total)) == divmod(value * amount, total)


MIXED = [
    Spend([("thief", 100), ("shop", 300)], [("a", 150), ("b", 230)]),  # fee 20
    Spend([(0, 0)], [("c", 90), ("d", 60)]),
]


@pytest.mark.parametrize(
    ("policy", "held", "fees", "beyond"),
    [
        (POISON, {"a": 150, "b": 230, "c": 90, "d": 60}, 20, 300),
        (HAIRCUT, {"a": 38, "b": 57, "c": 23, "d": 15}, 5, 0),
        (FIFO, {"a": 100, "b": 0, "c": 90, "d": 10}, 0, 0),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_a_case_that_can_be_checked_by_hand(policy: object, held: dict[str, int], fees: int, beyond: int) -> None:
    """100 of 400 satoshi, followed through two transactions: the three policies give the figures of docs/tracing.md."""
    chain, marks = bare(MIXED)
    thief = chain.holders.to_pylist().index("thief")
    walk, frame = laid(chain, marks, [int(np.flatnonzero(chain.holder == thief)[0])], True)
    claim: Claim = policy.claim(frame)  # type: ignore[attr-defined]
    made = audit(chain, walk, frame, policy, claim)  # type: ignore[arg-type]
    names = chain.holders_of(frame.coin).to_pylist()

    assert {n: int(v) for n, v in zip(names, claim.held, strict=True) if n in "abcd"} == held
    assert (made.totals.fees, made.totals.beyond) == (fees, beyond)


def test_back_from_an_output_the_same_flows_are_mirrored() -> None:
    """What FIFO and haircut say came from an input to an output onward is what they say of it back, fee apart."""
    chain, marks = bare(MIXED)
    b = int(np.flatnonzero(chain.holder == chain.holders.to_pylist().index("b"))[0])
    _, frame = laid(chain, marks, [b], False)
    names = chain.holders_of(frame.coin).to_pylist()
    said = {p.name: dict(zip(names, p.claim(frame).held.tolist(), strict=True)) for p in POLICIES}

    assert {name: (held["thief"], held["shop"]) for name, held in said.items()} == {
        "poison": (100, 300),
        "haircut": (58, 172),  # 57.5 and 172.5: of equal remainders the first is rounded up
        "FIFO": (0, 230),
    }


@pytest.mark.parametrize("what", ["no value", "not whole", "more out than in", "spent twice", "beyond all bitcoin"])
@pytest.mark.parametrize("policy", POLICIES, ids=lambda p: p.name)
def test_nothing_is_shared_out_where_values_are_missing_or_in_dispute(what: str, policy: object) -> None:
    """At an unsound transaction, and after it, nothing is claimed; what went in there is said, and sums balance."""
    odd = {
        "no value": Spend([(0, 0), ("x", None)], [("c", 60)]),
        "not whole": Spend([(0, 0)], [("c", 60)], whole=False),
        "more out than in": Spend([(0, 0)], [("c", 600)]),
        "spent twice": Spend([(0, 0), (0, 0)], [("c", 60)]),
        "beyond all bitcoin": Spend([(0, 0), ("x", ALL_SAT)], [("c", 60)]),
    }[what]
    chain, marks = bare([Spend([("s", 100)], [("a", 90)]), odd, Spend([(1, 0)], [("e", 50)])])
    walk, frame = laid(chain, marks, [0], True)
    claim: Claim = policy.claim(frame)  # type: ignore[attr-defined]
    made = audit(chain, walk, frame, policy, claim)  # type: ignore[arg-type]

    assert claim.held[np.isin(frame.coin, [1, 2])].tolist() == [-1, -1]
    assert made.state.tolist() == [1, 1]
    assert (made.totals.seeded, made.totals.unshared) == (90, 90)


def test_a_start_come_to_again_is_counted_once() -> None:
    """Change that returns to the traced address holds its own value once; only what it adds is put in anew."""
    chain, marks = bare([Spend([("x", 100)], [("a", 100)]), Spend([(0, 0)], [("shop", 30), ("a", 70)])])
    walk, frame = laid(chain, marks, [0, 2], True)
    made = {p.name: audit(chain, walk, frame, p, p.claim(frame)).totals for p in POLICIES}

    assert [made[name].seeded for name in ("poison", "haircut", "FIFO")] == [100, 100, 100]
    assert made["FIFO"].stopped == {"unknown": 100}


def test_fifo_stops_where_pieces_are_too_many() -> None:
    """A transaction that would need more pieces than are kept shares nothing out, and its sums still balance."""
    chain, marks = bare(MIXED)
    walk, frame = laid(chain, marks, [chain.coins - 2], True)
    claim = fifo_claim(frame, most=3)

    assert claim.state.tolist() == [2, 1]
    assert audit(chain, walk, frame, FIFO, claim).totals.unshared == 100


@pytest.mark.parametrize(
    "spoil", [lambda c: c.arrived, lambda c: c.held, lambda c: c.fee], ids=["arrived", "held", "fee"]
)
def test_a_sum_that_fails_raises(spoil: Callable[[Claim], np.ndarray]) -> None:
    """One satoshi too many anywhere in a claim is never printed."""
    chain, marks = bare(MIXED)
    walk, frame = laid(chain, marks, [chain.coins - 2], True)
    claim = HAIRCUT.claim(frame)
    spoil(claim)[0] += 1

    with pytest.raises(FoundWrong):
        audit(chain, walk, frame, HAIRCUT, claim)
