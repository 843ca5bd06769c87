"""Suspects on hand-made rows: who is one, what selects them, what each part says."""

from __future__ import annotations

from datetime import datetime

import pytest

import ranked_case
from unspoof.engine import DuckEngine
from unspoof.rank import STEPS

_DAY = datetime(2022, 3, 1)  # noqa: DTZ001  times are zoneless UTC by contract


def _payment(account: int, amount: int, currency: str | None = "GBP", status: str = "completed") -> dict:
    held = {"account_id": account, "amount_minor": amount, "currency": currency, "status": status, "at": _DAY}
    return {"payment_id": account * 100 + amount, **held}


def _account(number: int, country: str | None = None, phone: str | None = None) -> dict:
    return {"account_id": number, "account_ref": str(number), "country": country, "phone_country": phone}


def _crew(account: int, first: int | None = None) -> dict:
    return {"account_id": account, "suspect_id": f"S{first or account}", "members": 1}


def _made(extra: str = "", **rows: list[dict]) -> DuckEngine:
    return ranked_case.run(ranked_case.rows(**rows), STEPS, ranked_case.settings(extra))


@pytest.mark.parametrize(
    ("country", "phone", "home"),
    [
        ("GB", None, True),
        ("gb", "FR", True),
        ("US", "GB", False),
        (None, "GB", True),
        ("Atlantis", "GB", True),
        ("", None, False),
        (None, None, False),
    ],
)
def test_home_is_the_country_entered_else_the_phones(country: str | None, phone: str | None, home: bool) -> None:
    """A code of two letters decides; without one the phone's country does; without either nobody is of the home."""
    engine = _made(accounts_once=[_account(1, country, phone)], crews=[_crew(1)], payments_once=[_payment(1, 10_000)])

    assert engine.fetch("SELECT selected FROM suspects")["selected"].to_pylist() == [home]


def test_a_crew_is_one_suspect_and_home_if_any_member_is() -> None:
    """Accounts of one crew are summed, and one home account makes it home."""
    accounts = [_account(1, "US"), _account(2, "GB"), _account(3, "US"), _account(4, "FR")]
    crews = [_crew(1), _crew(2, 1), _crew(3), _crew(4, 3)]
    paid = [_payment(1, 6_000), _payment(2, 4_000), _payment(3, 9_999), _payment(4, 1)]
    engine = _made(accounts_once=accounts, crews=crews, payments_once=paid)
    found = engine.fetch("SELECT suspect_id, selected, accounts, country, spend_minor FROM suspects ORDER BY 1")

    assert found.to_pylist() == [
        {"suspect_id": "S1", "selected": True, "accounts": 2, "country": "GB", "spend_minor": 10_000},
        {"suspect_id": "S3", "selected": False, "accounts": 2, "country": "FR;US", "spend_minor": 10_000},
    ]


@pytest.mark.parametrize(
    ("extra", "selected"),
    [
        ("", True),
        ("suspect_min_spend_minor = 10001", False),
        ("suspect_min_calls = 1", False),
        ("suspect_min_spend_minor = 0", True),
    ],
)
def test_selection_rule_is_a_setting(extra: str, selected: bool) -> None:
    """Each bound of the rule is the case's own and is met by an equal value."""
    rows = {"accounts_once": [_account(1, "GB")], "crews": [_crew(1)], "payments_once": [_payment(1, 10_000)]}

    assert _made(extra, **rows).fetch("SELECT selected FROM suspects")["selected"].to_pylist() == [selected]


def test_users_elsewhere_are_selected_if_the_case_says_so() -> None:
    """suspect_home_only = false takes everybody who spent enough."""
    rows = {"accounts_once": [_account(1, "US")], "crews": [_crew(1)], "payments_once": [_payment(1, 10_000)]}

    assert _made("suspect_home_only = false", **rows).fetch("SELECT selected FROM suspects")[0].to_pylist() == [True]


def test_an_account_known_from_payments_alone_is_not_lost() -> None:
    """Who paid is a suspect of its own even where neither accounts nor calls name the account."""
    engine = _made(payments_once=[_payment(77, 5_000)])

    assert engine.fetch("SELECT suspect_id, country FROM suspects").to_pylist() == [
        {"suspect_id": "S77", "country": None}
    ]


def test_who_neither_called_nor_paid_is_no_suspect() -> None:
    """An idle account, a failed payment and one of zero make no suspect."""
    paid = [_payment(1, 5_000, status="pending"), _payment(2, 0)]
    engine = _made(
        accounts_once=[_account(n) for n in (1, 2, 3)], crews=[_crew(n) for n in (1, 2, 3)], payments_once=paid
    )

    assert engine.fetch("SELECT * FROM suspects").num_rows == 0


def test_spend_is_in_the_cases_currency_and_says_what_is_left_out() -> None:
    """Euros are not summed with pounds; a payment that states no currency is read as the case's."""
    paid = [_payment(1, 125_000), _payment(1, 1, None), _payment(1, 7_000, "EUR")]
    engine = _made(crews=[_crew(1)], payments_once=paid)
    because = engine.fetch("SELECT because FROM suspect_parts WHERE part = 'spend'")["because"].to_pylist()

    assert because == [
        "spent 1,250.01 GBP in 2 completed payments; full points from 1,250.01 GBP; not summed: 1 in EUR"
    ]


def test_parts_grow_with_what_is_measured_and_stop_at_their_setting() -> None:
    """Of a hundred payers the highest have full points, and nobody who paid more has fewer points."""
    paid = [_payment(n, 100 * n * n) for n in range(1, 201)]
    engine = _made(crews=[_crew(n) for n in range(1, 201)], payments_once=paid)
    points = engine.fetch(
        "SELECT p.points_milli AS points FROM suspect_parts AS p JOIN suspects AS s USING (suspect_id)"
        " WHERE p.part = 'spend' ORDER BY s.spend_minor"
    )["points"].to_pylist()

    assert points == sorted(points)
    assert points[-4] < 20_000
    assert points[-3:] == [20_000] * 3


def test_points_follow_the_logarithm_by_hand() -> None:
    """The formula of the docs gives the stored thousandths: 20 * ln(1 + 10,000) / ln(1 + 1,000,000)."""
    paid = [_payment(1, 10_000), _payment(2, 1_000_000)]
    engine = _made(crews=[_crew(1), _crew(2)], payments_once=paid)
    found = engine.fetch("SELECT points_milli FROM suspect_parts WHERE part = 'spend' ORDER BY suspect_id")

    assert found["points_milli"].to_pylist() == [13_333, 20_000]


def test_weights_of_zero_give_no_points() -> None:
    """A case may switch every part off; ranks then follow the id."""
    off = "\n".join(
        f"suspect_points_{p} = 0" for p in ["spend", "calls", "long", "people", "reports", "losses", "recency", "home"]
    )
    engine = _made(off, crews=[_crew(2), _crew(1)], payments_once=[_payment(1, 5), _payment(2, 50)])

    assert engine.fetch("SELECT suspect_id, score_milli FROM suspects ORDER BY rank").to_pylist() == [
        {"suspect_id": "S1", "score_milli": 0},
        {"suspect_id": "S2", "score_milli": 0},
    ]


def test_currencies_without_minor_digits_are_worded_as_they_are() -> None:
    """Yen have no pence in a sentence."""
    chosen = ranked_case.load_case_settings('[case]\nreference="R"\nhome="JP"\ncurrency="JPY"', environment={})
    given = ranked_case.rows(crews=[_crew(1)], payments_once=[_payment(1, 12_345, "JPY")])
    engine = ranked_case.run(given, STEPS, chosen)
    because = engine.fetch("SELECT because FROM suspect_parts WHERE part = 'spend'")["because"].to_pylist()

    assert because == ["spent 12,345 JPY in 1 completed payment; full points from 12,345 JPY"]
