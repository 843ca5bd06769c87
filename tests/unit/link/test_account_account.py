"""Links of accounts to accounts: adversarial cases on a few rows, and error rates against a known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from link_cases import at, brands, shared_accounts, worked

from unspoof.link import account_account, crews

STEPS = (*account_account.STEPS, *crews.STEPS)
REPEATED = [("198.51.100.7", day) for day in (1, 5, 9)]
ENDS = ("left_account_id", "right_account_id")


def accounts(count: int, **of: dict[int, str]) -> list[dict[str, Any]]:
    """Return accounts 1 ... count, with columns given as {account: value}."""
    return [
        {"account_id": i, "account_ref": str(i), "username": f"user{i}", **{k: v[i] for k, v in of.items() if i in v}}
        for i in range(1, count + 1)
    ]


def links(tables: dict[str, Any], text: str = "") -> list[dict[str, Any]]:
    """Return the links of accounts."""
    return worked(STEPS, tables, text)["account_links"].to_pylist()


def pairs(found: list[dict[str, Any]]) -> list[tuple[int, int]]:
    """Return which accounts are linked."""
    return [(f["left_account_id"], f["right_account_id"]) for f in found]


@pytest.mark.parametrize(
    ("column", "one", "other", "says"),
    [
        ("email", "Jo.Doe@example.org", " jo.doe@EXAMPLE.org", "same e-mail address"),
        (
            "email",
            "jo.doe+a@example.org",
            "jo.doe@example.org",
            "same mailbox under two spellings of the e-mail address",
        ),
        (
            "email",
            "jo.doe@gmail.com",
            "jodoe+shop@googlemail.com",
            "same mailbox under two spellings of the e-mail address",
        ),
        ("handle", "@Jo_Doe", "jo_doe", "same messenger handle"),
        ("secret_print", "3f9a", "3f9a", "same password fingerprint"),
        ("phone_e164", 447700900123, 447700900123, "same phone number entered"),
    ],
)
def test_a_personal_thing_held_by_two_makes_a_person(column: str, one: Any, other: Any, says: str) -> None:
    """Two of a thousand accounts with one personal thing are one person, and the reason says how rare it is."""
    found = links({"accounts_once": accounts(1000, **{column: {3: one, 7: other}})})

    assert [(f["left_account_id"], f["right_account_id"], f["kind"]) for f in found] == [(3, 7, "person")]
    assert f"{says}, held by 2 of 1,000 accounts" in found[0]["reasons"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("email", "test@test.com"),
        ("email", "none@example.org"),
        ("email", "a@b.c"),
        ("phone_e164", 447777777777),
        ("handle", "@n/a"),
        ("username", "testuser"),
        ("name", "Test Test"),
    ],
)
def test_what_fills_a_form_links_nobody(column: str, value: Any) -> None:
    """Two of a thousand accounts that hold the same filler have nothing in common."""
    found = accounts(1_000)
    found[3][column] = found[7][column] = value
    assert links({"accounts_once": found}) == []


def test_an_empty_transaction_or_address_links_nobody() -> None:
    """Zeros where a transaction should stand, and a word where an address should stand, are no shared thing."""
    paid = [{"account_id": account, "txid": "0" * 64} for account in (3, 7)]
    used = [
        {"account_id": account, "ip": "unknown", "at": at(f"2021-10-0{day} 10:00")}
        for account in (3, 7)
        for day in range(1, 7)
    ]
    assert links({"accounts_once": accounts(1_000), "payments_once": paid, "logins_once": used}) == []


def test_published_numbers_link_nobody() -> None:
    """Two of forty accounts that alone show three numbers of a bank's website are no crew."""
    others = {account: [100 * account + i for i in range(20)] for account in range(3, 41)}
    shown = calls({1: [1, 2, 3, 4, 5], 2: [1, 2, 3, 4, 5], **others}, "presented_e164")
    tables = {"accounts_once": accounts(40), "calls_once": shown}
    published = [{"presented_e164": row["presented_e164"], "brand": "Northgate Bank"} for row in shown[:5]]
    assert links(tables) != []
    assert links({**tables, "presented_brands": brands(published)}) == []


def test_dots_matter_outside_gmail() -> None:
    """Only Gmail ignores dots: elsewhere two spellings are two people's."""
    mails = {3: "jo.doe@example.org", 7: "jodoe@example.org"}

    assert links({"accounts_once": accounts(1000, email=mails)}) == []


def test_a_thing_that_many_hold_links_nobody() -> None:
    """A password of ten accounts is a common password, and "none" is no e-mail address."""
    many = dict.fromkeys(range(1, 11), "3f9a")
    none = dict.fromkeys(range(30, 32), "none")

    assert links({"accounts_once": accounts(1000, secret_print=many, email=none)}) == []


def logins(of: dict[int, list[tuple[str, int]]]) -> list[dict[str, Any]]:
    """Return log-ins of accounts as {account: [(address, day of October)]}."""
    return [
        {"account_id": account, "ip": ip, "at": at(f"2021-10-{day:02} 20:00")}
        for account, used in of.items()
        for ip, day in used
    ]


def test_an_exit_node_links_nobody() -> None:
    """Three hundred accounts that use one address, each for a month, stay three hundred suspects."""
    used = {i: [("198.51.100.7", day) for day in range(1, 29)] for i in range(1, 301)}
    found = worked(STEPS, {"accounts_once": accounts(400), "logins_once": logins(used)})

    assert found["account_links"].num_rows == 0
    assert {1} == set(found["crews"]["members"].to_pylist())


def test_one_evening_behind_one_router_links_nobody() -> None:
    """Ten strangers who log in through one address in one evening are not one person, nor are two."""
    ten = {i: [("198.51.100.7", 4)] for i in range(1, 11)}
    two = {i: [("198.51.100.8", 4)] for i in (20, 21)}

    assert links({"accounts_once": accounts(1000), "logins_once": logins(ten | two)}) == []


def test_ten_strangers_behind_one_router_for_a_month_stay_apart() -> None:
    """An address that ten accounts use daily, through a pool of four that the provider rotates, links nobody."""
    ten = {i: [(f"198.51.100.{day % 4}", day) for day in range(1, 29)] for i in range(1, 11)}

    assert links({"accounts_once": accounts(1000), "logins_once": logins(ten)}) == []


def test_a_rare_address_used_on_several_days_makes_a_crew() -> None:
    """Two of a thousand accounts that both come from one address on several days are a crew, not a person."""
    used = {i: [("198.51.100.7", day) for day in (1, 5, 9)] for i in (3, 7)}
    found = links({"accounts_once": accounts(1000), "logins_once": logins(used)})

    assert pairs(found) == [(3, 7)]
    assert [f["kind"] for f in found] == ["crew"]


def test_private_addresses_say_nothing() -> None:
    """An address of the shop's own network or of a carrier's shared range tells a proxy, not a user."""
    for ip in ("10.1.2.3", "127.0.0.1", "192.168.0.1", "172.20.0.1", "100.64.0.1", "::1", "fd00::1", "fe80::1"):
        used = {i: [(ip, day) for day in (1, 5, 9)] for i in (3, 7)}

        assert links({"accounts_once": accounts(1000), "logins_once": logins(used)}) == []


def test_log_ins_that_give_only_the_name_count() -> None:
    """A log-in without account is that of the account with its user name; an ambiguous name is nobody's."""
    rows = [
        {"username": f"user{i}", "ip": "198.51.100.7", "at": at(f"2021-10-0{day} 20:00")}
        for i in (3, 7)
        for day in (1, 5, 9)
    ]
    twice = [*accounts(1000), {"account_id": 2000, "account_ref": "x", "username": "user7"}]

    assert pairs(links({"accounts_once": accounts(1000), "logins_once": rows})) == [(3, 7)]
    assert links({"accounts_once": twice, "logins_once": rows}) == []


def test_one_deposit_of_two_accounts_links_them() -> None:
    """A transaction that paid for two accounts points to one payer."""
    paid = [{"account_id": i, "txid": "ab" * 32} for i in (3, 7)]
    found = links({"accounts_once": accounts(1000), "payments_once": paid})

    assert [f["reasons"] for f in found] == ["same deposit transaction, held by 2 of 1,000 accounts"]


def test_strangers_paid_for_by_one_batch_of_an_exchange_are_not_linked() -> None:
    """One transaction with an output for each of two accounts is two withdrawals, and no deposit in common."""
    cited = "ab" * 32
    paid = [{"payment_id": i, "account_id": i, "txid": cited} for i in (3, 7)]
    claimed = [{"payment_id": i, "tx": 0, "place": place} for i, place in ((3, 0), (7, 1))]
    shared = [{"payment_id": i, "tx": 0, "place": 0} for i in (3, 7)]
    known = {"accounts_once": accounts(1000), "payments_once": paid}
    inflows = [{"txid": cited, "place": place} for place in (0, 1)]

    assert links({**known, "claims": claimed, "shop_inflows": inflows}) == []
    assert pairs(links({**known, "claims": shared, "shop_inflows": inflows})) == [(3, 7)]


def test_accounts_that_pay_from_one_personal_wallet_are_linked() -> None:
    """Two or three accounts that pay from a wallet which nothing marks as a service's are one person, and it says so."""
    paid = [{"account_id": i, "wallet": "w", "is_personal": True, "doubt": ""} for i in (3, 7, 9)]
    found = links({"accounts_once": accounts(1000), "account_wallets": paid})

    assert pairs(found) == [(3, 7), (3, 9), (7, 9)]
    assert {f["kind"] for f in found} == {"person"}
    says = "paid from one wallet that nothing marks as a service's, held by 3 of 1,000 accounts"
    assert {f["reasons"] for f in found} == {says}


def test_a_wallet_in_doubt_links_but_weakly() -> None:
    """A wallet that may hold a service's change is worth a tenth of one that nothing doubts, and the reason says so."""
    paid = [{"account_id": i, "wallet": "w", "is_personal": True, "doubt": "it may"} for i in (3, 7)]
    (weak,) = links({"accounts_once": accounts(1000), "account_wallets": paid}, "account_min_score_ppm = 1")
    (plain,) = links({"accounts_once": accounts(1000), "account_wallets": [{**one, "doubt": ""} for one in paid]})
    alone = "paid from one wallet that may be a person's or hold a service's change, held by 2 of 1,000 accounts"

    assert weak["reasons"] == alone
    odds = [row["score_ppm"] / (1_000_000 - row["score_ppm"]) for row in (weak, plain)]
    assert odds[1] == pytest.approx(10 * odds[0], rel=0.02)


def test_a_services_wallet_links_nobody() -> None:
    """Strangers who withdrew from one exchange share its hot wallet: that yields a request, never a link."""
    paid = [{"account_id": i, "wallet": "w", "is_personal": False, "doubt": ""} for i in (3, 7)]

    assert links({"accounts_once": accounts(1000), "account_wallets": paid}) == []


def test_a_wallet_of_many_accounts_links_nobody_alone() -> None:
    """The more accounts pay from a wallet, the likelier it is a custodian's that nobody tagged."""
    paid = [{"account_id": i, "wallet": "w", "is_personal": True, "doubt": ""} for i in range(1, 9)]

    assert links({"accounts_once": accounts(1000), "account_wallets": paid}) == []


def test_one_deposit_counts_once() -> None:
    """Two accounts that share a deposit share its wallet too: the second says nothing that the first did not."""
    both = {
        "payments_once": [{"account_id": i, "txid": "ab" * 32} for i in (3, 7)],
        "account_wallets": [{"account_id": i, "wallet": "w", "is_personal": True, "doubt": ""} for i in (3, 7)],
    }
    (found,) = links({"accounts_once": accounts(1000), **both})

    assert found["reasons"] == "same deposit transaction, held by 2 of 1,000 accounts"


def test_the_shops_own_address_links_nobody() -> None:
    """A receiving address shared by many is the shop's; even ten accounts that are all there is stay apart."""
    paid = [{"account_id": i, "address": "x" * 34} for i in range(1, 11)]

    assert links({"accounts_once": accounts(10), "payments_once": paid}) == []


def calls(of: dict[int, list[int]], column: str, hours: dict[int, int] | None = None) -> list[dict[str, Any]]:
    """Return calls of accounts as {account: numbers}; each at its account's hour, else at noon."""
    return [
        {
            "account_id": account,
            column: 999_100_000_000 + number,
            "at": at(f"2021-10-{4 + i % 5:02} {(hours or {}).get(account, 12):02}:00"),
        }
        for account, numbers in of.items()
        for i, number in enumerate(numbers)
    ]


def test_a_fashionable_number_links_nobody() -> None:
    """A bank's number that three hundred accounts show, a thousand times each or once, links none of them."""
    rows = calls({i: [5] * 3 for i in range(1, 301)}, "presented_e164")

    assert links({"accounts_once": accounts(400), "calls_once": rows}) == []


def test_a_list_of_people_to_call_makes_a_crew_with_a_second_thing() -> None:
    """Two accounts that call the same forty people, whom nobody else calls, may have bought one list; with a log-in
    address in common they are a crew.
    """
    others = {i: list(range(i * 1000, i * 1000 + 50)) for i in range(10, 60)}
    rows = calls({3: list(range(40)), 7: list(range(40)), **others}, "called_e164")
    alone = {"accounts_once": accounts(1000), "calls_once": rows}
    logins = [{"account_id": i, "ip": "198.51.100.7", "at": at("2021-10-04 09:00")} for i in (3, 7)]
    found = links({**alone, "logins_once": logins})

    assert links(alone) == []
    assert [(*pairs([f])[0], f["kind"]) for f in found] == [(3, 7, "crew")]
    assert "40 rarely called numbers in common" in found[0]["reasons"]


def test_a_list_is_one_thing_however_long() -> None:
    """Four hundred called numbers in common weigh no more than forty: certainty does not grow with a list."""
    scores = []
    others = {i: list(range(i * 1000, i * 1000 + 50)) for i in range(10, 60)}
    for length in (40, 400):
        rows = calls({3: list(range(length)), 7: list(range(length)), **others}, "called_e164")
        found = links({"accounts_once": accounts(1000), "calls_once": rows}, "account_min_score_ppm = 500000")
        scores.append(found[0]["score_ppm"])

    assert scores[0] == scores[1] < 850_000


def test_busy_accounts_that_meet_by_chance_stay_apart() -> None:
    """Fifty accounts that each call a third of two thousand numbers at random share hundreds, and are no crew."""
    rng = np.random.default_rng(3)
    rows = calls({i: rng.choice(2000, 100, replace=False).tolist() for i in range(1, 51)}, "called_e164")

    assert links({"accounts_once": accounts(1000), "calls_once": rows}, "account_max_number_holders = 20") == []


def test_working_hours_only_tip_the_scale() -> None:
    """Equal hours alone link nobody; beside evidence that almost suffices they make the link."""
    alike = {3: [1] * 60, 7: [2] * 60, **{i: [i] * 60 for i in range(20, 60)}}
    hours = {3: 3, 7: 3, **{i: 8 + i % 10 for i in range(20, 60)}}
    rows = calls(alike, "called_e164", hours)
    tables = {
        "accounts_once": accounts(1000),
        "logins_once": logins(dict.fromkeys((3, 7, 8), REPEATED)),
    }

    assert links({"accounts_once": accounts(1000), "calls_once": rows}) == []
    assert links(tables) == []
    found = links({**tables, "calls_once": rows})
    assert pairs(found) == [(3, 7)]
    assert "active in the same hours of the week" in found[0]["reasons"]


def test_every_account_is_in_one_crew() -> None:
    """Accounts known from calls, log-ins or payments alone are suspects of their own."""
    found = worked(
        STEPS,
        {
            "accounts_once": accounts(2),
            "calls_once": [{"account_id": 5, "at": at("2021-10-04 12:00")}, {"account_id": None}],
            "logins_once": [{"account_id": 6}],
            "payments_once": [{"account_id": 7}],
        },
    )["crews"].to_pylist()

    assert [(c["suspect_id"], c["account_id"]) for c in found] == [
        ("S1", 1),
        ("S2", 2),
        ("S5", 5),
        ("S6", 6),
        ("S7", 7),
    ]


def test_links_recover_the_truth() -> None:
    """Of pairs with anything rare in common at least 0.7 are found, and 0.97 of those found are right."""
    for seed in (5, 6, 7):
        tables, person = shared_accounts(seed=seed)
        found = worked(STEPS, tables)
        sides = [found["account_links"][side].to_numpy() - 1 for side in ENDS]
        right = person[sides[0]] == person[sides[1]]
        ends = zip(*(found["account_evidence"][end].to_pylist() for end in ENDS), strict=True)
        shared = {(a, b) for a, b in ends if person[a - 1] == person[b - 1]}
        crew = found["crews"].to_pylist()
        group = {c["account_id"]: c["suspect_id"] for c in crew}
        together = sum(group[a] == group[b] for a, b in shared)
        sizes = np.unique([c["suspect_id"] for c in crew], return_counts=True)[1]
        joined = int((sizes * (sizes - 1) // 2).sum())

        assert right.mean() >= 0.97
        assert abs(found["account_links"]["score_ppm"].to_numpy().mean() / 1e6 - right.mean()) < 0.05
        assert together / joined >= 0.97
        assert right.sum() / len(shared) >= 0.7
        assert sizes.max() <= 8
