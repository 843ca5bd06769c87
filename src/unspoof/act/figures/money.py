"""Figures of the income as the chain shows it, held against the service's books; what the books alone say is in accounts."""

from __future__ import annotations

from unspoof.act.figures.figure import Figure, tally

_NEEDS = "SELECT count(*) AS held FROM coin_txs"
# Where no address is known as the shop's, what it took in is not 0: it is not known.
_NEEDS_SHOP = "SELECT count(*) AS held FROM shop_addresses"
_PART_IDS = "SELECT DISTINCT part_id FROM money_parts WHERE is_income"
_PAYMENT_IDS = "SELECT payment_id FROM reconciliation WHERE payment_id IS NOT NULL"
_WALLET_SETTINGS = (
    "money_dust_sat",
    "money_own_wallet_ppm",
    "money_midnight_s",
    "money_return_hops",
    "wallet_service_addresses",
    "wallet_service_outputs",
    "wallet_service_partners",
    "wallet_service_accounts",
    "tag_min_level",
    "tag_guard_level",
)
_BOOK_SETTINGS = ("money_match_window_s", "money_late_s", "money_tolerance_ppm")


def _sum(column: str, more: str = "") -> str:
    """Return the SQL of a sum over the parts of the income."""
    return f"CAST(sum(CASE WHEN p.is_income {more} THEN p.{column} END) AS BIGINT)"


def _share(column: str) -> str:
    """Return the SQL of what is near midnight of all: per cent with one digit, the rest cut off."""
    near, whole = f"coalesce({_sum(column, 'AND p.near_midnight')}, 0)", f"greatest({_sum(column)}, 1)"
    return f"concat({near} * 1000 // {whole} // 10, '.', {near} * 1000 // {whole} % 10)"


_NEAR = {
    name: _sum(name, "AND p.near_midnight")
    for name in ("share_sat", *(f"home_{e}_minor" for e in ("low", "base", "high")))
}
_NEAR_MIDNIGHT = f"""CASE WHEN count(*) FILTER (WHERE p.is_income AND p.near_midnight) > 0 THEN
              concat('Near midnight, so that the day and its price may be the other one: ',
                     count(*) FILTER (WHERE p.is_income AND p.near_midnight), ' of ', {_NEAR["share_sat"]},
                     ' satoshi (', {_share("share_sat")}, ' per cent of all)',
                     CASE WHEN {_NEAR["home_base_minor"]} IS NOT NULL THEN
                       concat(', ', {_NEAR["home_base_minor"]}, ' minor units (', {_share("home_base_minor")},
                              ' per cent) at the base price, ', {_NEAR["home_low_minor"]}, ' to ', {_NEAR["home_high_minor"]},
                              ' by those of the days beside') ELSE '' END, '.') END"""

# What a reader must know before he quotes the sum: what is not in it, and what it rests on.
_NOTE = f"""SELECT nullif(concat_ws(' ',
         CASE WHEN count(*) FILTER (WHERE p.is_income AND p.home_base_minor IS NULL) > 0 THEN
              concat('Without a price, and so without a value: ',
                     count(*) FILTER (WHERE p.is_income AND p.home_base_minor IS NULL), ' payments of ',
                     coalesce(CAST(sum(CASE WHEN p.is_income AND p.home_base_minor IS NULL THEN p.share_sat END) AS BIGINT), 0),
                     ' satoshi.') END,
         {_NEAR_MIDNIGHT},
         CASE WHEN count(*) FILTER (WHERE p.is_income AND a.class = 'co-spend') > 0 THEN
              concat('To addresses known as the shop''s by co-spending alone: ',
                     count(*) FILTER (WHERE p.is_income AND a.class = 'co-spend'), ' of ',
                     coalesce(CAST(sum(CASE WHEN p.is_income AND a.class = 'co-spend' THEN p.share_sat END) AS BIGINT), 0),
                     ' satoshi.') END,
         CASE WHEN count(DISTINCT p.address) FILTER (WHERE a.is_kept_by_service) > 0 THEN
              concat('Addresses of the shop in a wallet that is taken for a service''s, so that its moves are not known as the',
                     ' shop''s own: ', count(DISTINCT p.address) FILTER (WHERE a.is_kept_by_service), '.') END,
         CASE WHEN count(*) FILTER (WHERE p.maybe_own) > 0 THEN
              concat('Left out as it may be the shop''s own money coming back: ', count(*) FILTER (WHERE p.maybe_own), ' of ',
                     coalesce(CAST(sum(CASE WHEN p.maybe_own THEN p.share_sat END) AS BIGINT), 0), ' satoshi.') END,
         CASE WHEN count(*) FILTER (WHERE p.kind = 'external' AND NOT p.is_income AND NOT p.maybe_own) > 0 THEN
              concat('Left out as dust or as in no known block: ',
                     count(*) FILTER (WHERE p.kind = 'external' AND NOT p.is_income AND NOT p.maybe_own), '.') END,
         CASE WHEN count(*) FILTER (WHERE p.kind <> 'external') > 0 THEN
              concat('Left out as the shop''s own moves and change: ', count(*) FILTER (WHERE p.kind <> 'external'), '.') END
       ), '') AS note
FROM money_parts AS p LEFT JOIN shop_addresses AS a ON a.address = p.address"""  # noqa: S608  constants of this module

_RECONCILED = Figure(
    key="income.reconciled",
    label="Income as the chain shows it",
    unit="minor units of {currency}",
    definition="Value of everything that others paid to the shop's addresses, booked or not, in {currency} at the base price"
    " of each block's time (docs/reconciliation.md), each payment rounded by itself; payments back are not taken off. Not in"
    " it: what no booking claims and came out of what the shop had itself paid (maybe-own), straight or over at most"
    " {money_return_hops} payments of wallets that were used once, as it may be the shop's own money coming back. Empty where"
    " no payment has a price.",
    step="money_parts",
    value_sql="""SELECT CASE WHEN count(*) = 0 THEN 0 ELSE CAST(sum(home_base_minor) AS BIGINT) END AS value
FROM money_parts WHERE is_income""",
    rows_table="transactions",
    rows_sql=_PART_IDS,
    count_sql=tally("parts", _PART_IDS),
    sources=("transactions",),
    settings=_WALLET_SETTINGS,
    note_sql=_NOTE,
    is_assessment=True,
    needs_sql=_NEEDS_SHOP,
)

_SATOSHI = Figure(
    key="income.reconciled_sat",
    label="Income as the chain shows it, in satoshi",
    unit="satoshi",
    definition="What income.reconciled values: the sum of everything that others paid to the shop's addresses and a block"
    " holds, without unclaimed amounts below {money_dust_sat} satoshi and without what may be its own money coming back"
    " (maybe-own).",
    step="money_parts",
    value_sql="""SELECT coalesce(CAST(sum(share_sat) AS BIGINT), 0) AS value FROM money_parts WHERE is_income""",
    rows_table="transactions",
    rows_sql=_PART_IDS,
    count_sql=tally("parts", _PART_IDS),
    sources=("transactions",),
    settings=_WALLET_SETTINGS,
    note_sql=_NOTE,
    is_assessment=True,
    needs_sql=_NEEDS_SHOP,
)


def _range(place: int, currency: str, prefix: str) -> str:
    ends = ", ".join(
        f"CASE WHEN count(*) = 0 THEN 0 ELSE CAST(sum(p.{prefix}_{end}_minor) AS BIGINT) END AS {end}_minor"
        for end in ("low", "base", "high")
    )
    return f"""  SELECT {place} AS place, {currency} AS currency,
         {ends},
         count(*) FILTER (WHERE p.{prefix}_base_minor IS NULL) AS unvalued,
         coalesce(CAST(sum(CASE WHEN p.{prefix}_base_minor IS NULL THEN p.share_sat END) AS BIGINT), 0) AS unvalued_sat
  FROM money_parts AS p WHERE p.is_income"""  # noqa: S608  constants of this module


_RANGES = "\n  UNION ALL\n".join(
    _range(place, currency, prefix)
    for place, currency, prefix in (
        (1, "(SELECT currency FROM this_case)", "home"), (2, "'GBP'", "gbp"), (3, "'USD'", "usd"), (4, "'EUR'", "eur")
    )
)  # fmt: skip

_RANGE = Figure(
    key="income.reconciled_range",
    label="Income as the chain shows it: low, base, high",
    unit="minor units of each currency",
    definition="income.reconciled in {currency}, pounds, dollars and euros: at the base price, and at the least and greatest"
    " price of its day (or hour) and of those beside it, all taken at once; unvalued counts what has no price.",
    step="money_parts",
    value_sql=f"""SELECT r.currency AS currency, r.low_minor AS low_minor, r.base_minor AS base_minor,
       r.high_minor AS high_minor, r.unvalued AS unvalued, r.unvalued_sat AS unvalued_sat
FROM (
{_RANGES}
) AS r
WHERE r.place = 1 OR r.currency <> (SELECT currency FROM this_case)
ORDER BY r.place""",  # noqa: S608  constants of this module
    rows_table="transactions",
    rows_sql=_PART_IDS,
    count_sql=tally("parts", _PART_IDS),
    sources=("transactions",),
    settings=_WALLET_SETTINGS,
    is_assessment=True,
    needs_sql=_NEEDS_SHOP,
)

# Amount and time say one thing, the booking another: a reader must know how much rests on that.
_VERDICT_NOTE = """SELECT CASE WHEN count(*) > 0 THEN
         concat('Matched by amount and time though the booking cites another transaction, which the chain as loaded does',
                ' not have: ', count(*), ' of ', coalesce(CAST(sum(chain_sat) AS BIGINT), 0), ' satoshi.') END AS note
FROM reconciliation WHERE key = 'amount-time, other txid'"""

_BY_VERDICT = Figure(
    key="income.by_verdict",
    label="The service's books against the chain",
    unit="bookings, then satoshi, then minor units of {currency}",
    definition="Every booking, and every payment to or back from the shop that no booking claims, by verdict: matched,"
    " amount-differs, time-differs (booked and paid), unconfirmed, chain-only (paid, matched to no booking), maybe-own (the"
    " same, but out of what the shop had itself paid: no income), dust, internal (moved by the shop itself), duplicate,"
    " table-only (booked, not found on the chain), not-paid, correction, refund."
    " payments counts bookings, chain_rows what the chain alone shows; value_sat adds up to all outputs to the shop.",
    step="reconciliation",
    value_sql="""SELECT r.verdict AS verdict, count(r.payment_id) AS payments,
       count(*) FILTER (WHERE r.payment_id IS NULL) AS chain_rows,
       coalesce(CAST(sum(r.chain_sat) AS BIGINT), 0) AS value_sat,
       coalesce(CAST(sum(r.refunded_sat) AS BIGINT), 0) AS refunded_sat,
       CAST(sum(r.home_base_minor) AS BIGINT) AS amount_minor
FROM reconciliation AS r
JOIN (VALUES ('matched', 1), ('amount-differs', 2), ('time-differs', 3), ('unconfirmed', 4), ('chain-only', 5),
      ('maybe-own', 6), ('dust', 7), ('internal', 8), ('duplicate', 9), ('table-only', 10), ('not-paid', 11),
      ('correction', 12), ('refund', 13)
     ) AS v(verdict, place) ON v.verdict = r.verdict
GROUP BY r.verdict, v.place
ORDER BY v.place""",
    rows_table="payments",
    rows_sql=_PAYMENT_IDS,
    count_sql=tally("payments", _PAYMENT_IDS),
    sources=("payments", "transactions"),
    settings=(*_BOOK_SETTINGS, *_WALLET_SETTINGS),
    note_sql=_VERDICT_NOTE,
    is_assessment=True,
    needs_sql=_NEEDS,
)

MONEY_FIGURES = (_RECONCILED, _SATOSHI, _RANGE, _BY_VERDICT)

__all__ = ["MONEY_FIGURES"]
