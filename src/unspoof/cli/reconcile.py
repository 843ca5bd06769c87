"""unspoof reconcile."""

from __future__ import annotations

from pathlib import Path

import click

from unspoof.case import VERDICTS, Case
from unspoof.cli.options import case_argument, csv_option, json_option, top_option
from unspoof.cli.output import Row, money, plain, safe, say_json, say_rows, say_table


@click.command()
@case_argument
@click.option("--verdict", type=click.Choice(list(VERDICTS)), default=None, help="Only rows of this verdict.")
@top_option(20)
@json_option
@csv_option
def reconcile(case: Path, verdict: str | None, top: int, as_json: bool, csv_file: Path | None) -> None:
    r"""Hold the service's books against the chain, row by row, and value what came in.

    \b
    Examples:
      unspoof reconcile CASE
      unspoof reconcile CASE --verdict chain-only --top 0 --csv in-no-booking.csv
    Next: unspoof source CASE payments ID
    """
    found = Case(case).reconcile(verdict=verdict or "", top=top)
    if csv_file:
        columns = list(found["rows"][0]) if found["rows"] else ["payment_id", "verdict"]
        say_rows(found["rows"], columns, as_json=False, key="rows", csv_file=csv_file)
    if as_json:
        say_json(found)
    elif not csv_file:
        if found["lacks"]:
            click.echo(found["lacks"] + "\n")
        if found["summary"]["by_verdict"]:
            _summary(found)
            _rows(found, verdict)


def _rows(found: Row, verdict: str | None) -> None:
    """Print the rows, or that there are none of that verdict: headings without rows would say nothing."""
    rows = [_line(row, found["currency"]) for row in found["rows"]]
    if not rows:
        click.echo(f"No booking or payment is {verdict}.")
        return
    say_table(rows, list(rows[0]), "Bookings, then what the chain alone shows", ("payment", "account"))


def _btc(satoshi: int | None) -> str:
    return "" if satoshi is None else f"{satoshi // 100_000_000:,}.{satoshi % 100_000_000:08d}"


def _range(row: Row, currency: str) -> str:
    ends = [money(row[f"{end}_minor"], currency) for end in ("low", "base", "high")]
    if not ends[1]:
        return f"no price in {currency}"
    return f"{ends[1]} {currency} ({ends[0]} to {ends[2]})"


def _summary(found: Row) -> None:
    """Say what it adds up to, by which prices, and what is not known."""
    currency, whole = found["currency"], found["summary"]
    income = whole["income"]
    if not whole["addresses"]:
        click.echo(
            "No address is known as the shop's: what it took in is not known (docs/reconciliation.md, section 1).\n"
        )
        _verdicts(found)
        return
    click.echo(f"Paid to the shop by others: {_btc(income['value_sat'])} BTC in {income['outputs']:,} outputs")
    for name, ends in income["values"].items():
        click.echo(f"  {_range(ends, name)}")
    click.echo(f"  of it matched to no booking: {_btc(income['unmatched_sat'])} BTC")
    own = whole["maybe_own"]
    if own["parts"]:
        click.echo(
            f"  not in it, as it may be its own money coming back:"
            f" {_btc(own['value_sat'])} BTC in {own['parts']:,} payments"
        )
    click.echo(f"  {_midnight(income, currency)}")
    if income["without_price"]:
        sat = _btc(income["without_price_sat"])
        click.echo(f"  WITHOUT a price in {currency}, and not in its sum: {income['without_price']:,} of {sat} BTC")
    for price in whole["prices"]:
        click.echo(f"  {_price(price)}")
    payers = whole["payers"]
    click.echo(
        f"Payers: of {payers['inflows']:,} outputs from others, dust too, {payers['payer_is_service']:,} come from a service's"
        f" wallet, {payers['payer_not_known']:,} from coins of which nobody told whence they come;"
        f" {payers['unconfirmed']:,} in no known block"
    )
    named = ", ".join(f"{a['addresses']:,} {a['basis']}" for a in whole["addresses"])
    click.echo(f"The shop's addresses: {named or 'none'}")
    for kept in whole["kept_by_services"]:
        click.echo(
            f"  CHECK THIS: {kept['addresses']:,} of them are in wallet {safe(kept['wallet'])}, which is taken for a service's"
            f" ({safe(kept['why'])}); if it is the shop's own, the tag is wrong, and the shop's other addresses and moves"
            " are not seen as its own"
        )
    state = "all outputs to the shop are in the rows below" if whole["adds_up"] else "THE ROWS DO NOT ADD UP"
    click.echo(f"{_btc(whole['all_inflows_sat'])} BTC in all, its own moves too: {state}\n")
    _verdicts(found)


def _midnight(income: Row, currency: str) -> str:
    """Say how many payments may be of the other day, and what share of the satoshi and of the money they are."""
    many = income["near_midnight"]
    said = f"near midnight UTC, so that its day and price may be the other one: {many:,}"
    if not many:
        return said
    said += f", {_btc(income['near_midnight_sat'])} BTC ({income['near_midnight_sat'] / income['value_sat']:.1%})"
    near = {f"{end}_minor": income[f"near_midnight_{end}_minor"] for end in ("low", "base", "high")}
    whole = income["values"][currency]["base_minor"]
    if not whole or near["base_minor"] is None:
        return said
    return f"{said}, {_range(near, currency)}, {near['base_minor'] / whole:.1%} of its sum"


def _verdicts(found: Row) -> None:
    currency, whole = found["currency"], found["summary"]
    rows = [
        {
            "verdict": row["verdict"],
            "bookings": row["payments"],
            "chain only": row["rows"] - row["payments"],
            "BTC": _btc(row["value_sat"] or row["refunded_sat"]) if row["value_sat"] or row["refunded_sat"] else "",
            currency: money(row["base_minor"], currency),
            "meaning": row["meaning"],
        }
        for row in whole["by_verdict"]
    ]
    say_table(rows, list(rows[0]), "Bookings and payments by verdict")
    click.echo("")


def _price(price: Row) -> str:
    span = {86_400: "day", 3_600: "hour"}.get(price["span_s"], f"{price['span_s']} s")
    rate = (
        f", turned into {price['currency']} at the rates of {safe(price['rate_source'])}"
        if price["rate_source"]
        else ""
    )
    edge = price["without_both_neighbours"]
    return (
        f"price: {safe(price['rule'])} of the {span} in {price['price_currency']} by {safe(price['source'])}{rate};"
        f" {price['blocks']:,} blocks" + (f", {edge:,} of them without a price before or after" if edge else "")
    )


def _line(row: Row, currency: str) -> dict[str, object]:
    """Return what fits on a screen; --json and --csv have everything."""
    sat = row["chain_sat"] if row["chain_sat"] is not None else row["refunded_sat"]
    txid = f"{row['txid'][:12]}..." + (f":{row['place']}" if row["place"] is not None else "") if row["txid"] else ""
    return {
        "payment": row["payment_id"],
        "verdict": row["verdict"],
        "key": row["key"],
        "account": row["account_id"],
        "booked": money(row["booked_minor"], row["currency"] or currency),
        "BTC": _btc(sat),
        currency: money(row["home_base_minor"], currency),
        "block": plain(row["block_at"]),
        "midnight": "near" if row["near_midnight"] else "",
        "transaction": txid,
        "because": row["because"],
    }


__all__ = ["reconcile"]
