"""Settings of a case that follow the money: matching, wallets, services, tracing; see config/settings.py."""

from __future__ import annotations

from unspoof.config.setting import Setting

_PER_DAY = 86_400

MONEY_SETTINGS: tuple[Setting, ...] = (
    # the service's books against the chain
    Setting(
        "money_match_window_s",
        3 * _PER_DAY,
        "s",
        "how far a booked payment may be from the block that holds it",
        "judgement: a cheap transaction may wait days for a block, and a service may book before or after it",
        3600,
        30 * _PER_DAY,
    ),
    Setting(
        "money_close_s",
        21_600,
        "s",
        "of several payments of the amount asked for, one in a block within this time of being asked for goes first",
        "judgement: who is shown an amount and an address pays at once; blocks come every ten minutes or so",
        3600,
        7 * _PER_DAY,
    ),
    Setting(
        "money_late_s",
        _PER_DAY,
        "s",
        "a matched payment whose booking is further from its block than this has a time that differs",
        "judgement: services book within hours; block times are up to two hours off",
        3600,
        30 * _PER_DAY,
    ),
    Setting(
        "money_tolerance_ppm",
        100_000,
        "millionths",
        "how far the booked credit may be from the value on the chain at the day's price",
        "bitcoin moved by less than 8.1 per cent from day to day on 95 of 100 days from November 2020 to December 2022",
        0,
        1_000_000,
    ),
    Setting(
        "money_midnight_s",
        7200,
        "s",
        "a payment this near to midnight UTC is flagged: its day, and so its price, may be the other one",
        "a block's time is set by its miner and may be about two hours off",
        0,
        12 * 3600,
    ),
    Setting(
        "money_dust_sat",
        1000,
        "sat",
        "an amount below this that reaches the shop and that no booking claims is dust, no income",
        "judgement: dust is sent to mark wallets (one real case: 555 satoshi); nobody pays so little for anything",
        0,
        100_000,
    ),
    Setting(
        "money_own_wallet_ppm",
        500_000,
        "millionths",
        "a wallet as large as a service's is the shop's if this share of the payments into it from others is as its books say",
        "judgement: into a shop's wallet nearly all is paid by its customers, into a processor's or exchange's little",
        1,
        1_000_000,
    ),
    # wallets
    Setting(
        "wallet_service_addresses",
        1000,
        "addresses",
        "a wallet with more addresses than this is taken for a service's",
        "judgement: people's wallets hold tens of addresses; a service's wallet yields a request, never a link",
        2,
    ),
    Setting(
        "wallet_service_outputs",
        50,
        "outputs",
        "a wallet that pays this many outputs in one transaction is taken for a service's",
        "judgement: exchanges pay withdrawals in batches (one real batch has 143 outputs), people do not",
        3,
    ),
    Setting(
        "wallet_service_partners",
        1000,
        "wallets",
        "a wallet that deals with more other wallets than this is taken for a service's",
        "judgement: nobody deals with a thousand wallets on his own account",
        2,
    ),
    Setting(
        "wallet_service_accounts",
        10,
        "accounts",
        "a wallet from which more accounts than this pay is taken for a service's",
        "judgement: an untagged exchange looks like one wallet that pays for strangers",
        2,
    ),
    Setting(
        "tag_min_level",
        20,
        "level",
        "a tag below this level names nobody: it stops no trace, makes no service, and is only shown",
        "levels of GraphSense's confidence.csv: 20 is a web crawl, 10 a heuristic, 5 unknown",
        0,
        100,
    ),
    Setting(
        "tag_guard_level",
        50,
        "level",
        "a tag of one address names its whole wallet, and keeps wallets apart, only from this level on",
        "GraphSense's confidence.csv: from 50 on the service or a trusted party says so; one crawled tag split an exchange",
        0,
        100,
    ),
    Setting(
        "wallet_change_layer",
        False,
        "",
        "work out change addresses as a layer of their own; wallets are never merged by it",
        "change heuristics are inferences with false positives, and courts have been told so",
    ),
    # tracing
    Setting(
        "trace_max_hops",
        4,
        "hops",
        "how many transactions a trace follows",
        "judgement: each hop weakens what can be said of whose money it is",
        1,
        50,
    ),
    Setting(
        "trace_max_outputs",
        50,
        "outputs",
        "a trace stops at a transaction with more outputs than this",
        "such a transaction is a service paying out, whose coins are everybody's",
        2,
    ),
    Setting(
        "trace_max_transactions",
        10_000,
        "transactions",
        "a trace stops, and says so, when it holds this many transactions",
        "bounds the work; a trace of this size proves nothing to anybody",
        1,
        10_000_000,
    ),
)

__all__ = ["MONEY_SETTINGS"]
