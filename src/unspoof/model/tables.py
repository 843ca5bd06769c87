"""The normal form: every table, column, type, unit and meaning; not how anything is read or computed.

Times are zoneless timestamps in UTC with microseconds. Money is integer minor units or satoshi. `*_id` is ours and
stable, `*_ref` the source's own name for the thing. `*_e164` is country code and number as one integer, no plus.
`exhibit` is the number of the sealed file and stands in the path (`tables/NAME/exhibit=N/`), not in the file.
"""

from __future__ import annotations

from unspoof.model.coin_tables import INVOICES, RECEIVERS, TRANSACTIONS
from unspoof.model.table import PROVENANCE, Column, ColumnType, Table

ACCOUNT = (
    Column(
        "account_id",
        "int64",
        "the account of the service, stable over exhibits: from service and account_ref",
    ),
    Column("account_ref", "text", "the service's own key of the account"),
)


def _number(role: str, meaning: str) -> tuple[Column, ...]:
    return (
        Column(f"{role}_raw", "text", f"{meaning}, exactly as the source has it"),
        Column(f"{role}_e164", "int64", f"{meaning} as E.164 digits where that can be told"),
        Column(f"{role}_country", "text", f"ISO 3166 code of {meaning}, by its numbering plan"),
        Column(f"{role}_kind", "text", f"what {meaning} is: see parse/numbers.py KINDS"),
    )


CALLS = Table(
    "calls",
    "one call or call attempt that the service or an operator recorded",
    (
        Column("call_id", "int64", "ours: exhibit number and locator", nullable=False),
        *ACCOUNT,
        *_number("presented", "the number shown to the called party"),
        Column("presented_name", "text", "the name shown to the called party"),
        Column("asserted_raw", "text", "the network number (P-Asserted-Identity), exactly as the source has it"),
        Column("asserted_e164", "int64", "the network number as E.164 digits where that can be told"),
        *_number("called", "the number called"),
        Column("at", "timestamp", "the first known moment of the call: started, else answered, else ended", "UTC"),
        Column(
            "started_at",
            "timestamp",
            "when it began to ring or was set up; empty where the source lost it",
            "UTC",
        ),
        Column("answered_at", "timestamp", "when it was answered; empty if it was not", "UTC"),
        Column("ended_at", "timestamp", "when it ended", "UTC"),
        Column("duration_s", "int64", "talk time, not billed time; fractions cut off", "s"),
        Column("outcome", "text", "answered, no-answer, busy, failed, cancelled, unknown", nullable=False),
        Column("cause", "text", "the source's own code for how it ended"),
        Column("trunk", "text", "route or carrier by the source's name for it"),
        Column("source_ip", "text", "address the call came from"),
        Column("call_ref", "text", "the source's own name for the call"),
        Column(
            "ref_is_key",
            "bool",
            "call_ref is the source's row key, so two rows never share it",
            nullable=False,
        ),
        Column("price_minor", "int64", "what the account was charged", "minor unit of currency"),
        Column("currency", "text", "ISO 4217"),
        Column("oddities", "text", "semicolon list, e.g. time-repeated-hour: what a reader must know of this row"),
        *PROVENANCE,
    ),
)

ACCOUNTS = Table(
    "accounts",
    "one account of the service, as one exhibit shows it",
    (
        Column("account_id", "int64", "ours: from service and account_ref", nullable=False),
        Column("account_ref", "text", "the service's own key of the account", nullable=False),
        Column("username", "text", "log-in name"),
        Column("name", "text", "name as entered by the user"),
        Column("email", "text", "e-mail as entered by the user"),
        Column("handle", "text", "messenger handle as entered by the user"),
        *_number("phone", "the phone number entered by the user"),
        Column("created_at", "timestamp", "when the account was made", "UTC"),
        Column("last_seen_at", "timestamp", "last use that the service recorded", "UTC"),
        Column("status", "text", "the service's own status"),
        Column("country", "text", "ISO 3166 code as entered by the user, else the text as it stands"),
        Column("balance_minor", "int64", "credit left", "minor unit of currency"),
        Column("currency", "text", "ISO 4217"),
        Column("secret_print", "text", "keyed fingerprint of the password: equal prints, equal passwords"),
        Column("oddities", "text", "semicolon list"),
        *PROVENANCE,
    ),
)

LOGINS = Table(
    "logins",
    "one log-in or logged act of an account",
    (
        Column("login_id", "int64", "ours: exhibit number and locator", nullable=False),
        *ACCOUNT,
        Column("username", "text", "log-in name where the source gives that only"),
        Column("at", "timestamp", "when", "UTC"),
        Column("ip", "text", "address it came from"),
        Column("user_agent", "text", "program it came from"),
        Column("oddities", "text", "semicolon list"),
        *PROVENANCE,
    ),
)

PAYMENTS = Table(
    "payments",
    "one payment to the service as it booked it",
    (
        Column("payment_id", "int64", "ours: exhibit number and locator", nullable=False),
        Column("payment_ref", "text", "the source's own name for the payment"),
        Column("ref_is_key", "bool", "payment_ref is the source's row key", nullable=False),
        *ACCOUNT,
        Column("at", "timestamp", "when it was booked", "UTC"),
        Column("amount_minor", "int64", "amount as booked", "minor unit of currency"),
        Column("currency", "text", "ISO 4217"),
        Column("value_sat", "int64", "amount in bitcoin where the source gives it", "sat"),
        Column("address", "text", "the shop's receiving address, never the payer's"),
        Column("txid", "text", "bitcoin transaction, 64 hex digits"),
        Column("status", "text", "completed, pending, failed, refunded, unknown", nullable=False),
        Column("description", "text", "the source's own text"),
        Column("oddities", "text", "semicolon list"),
        *PROVENANCE,
    ),
)

REPORTS = Table(
    "reports",
    "one report by a victim",
    (
        Column("report_id", "int64", "ours: exhibit number and locator", nullable=False),
        Column("report_ref", "text", "the reporting body's own reference"),
        Column("ref_is_key", "bool", "report_ref is the source's row key", nullable=False),
        Column("reported_at", "timestamp", "when it was made", "UTC"),
        Column("victim_ref", "text", "the reporting body's own key of the victim"),
        *_number("victim_phone", "the number that was called, as the victim gave it"),
        Column("victim_country", "text", "ISO 3166 code"),
        Column("incident_from", "timestamp", "earliest moment of the incident", "UTC"),
        Column("incident_to", "timestamp", "latest moment; equal to incident_from where a time was given", "UTC"),
        *_number("presented_stated", "the number shown, as the victim remembers it"),
        Column("brand_stated", "text", "whom the caller claimed to be"),
        Column("loss_gross_minor", "int64", "loss before anything came back", "minor unit of currency"),
        Column("reimbursed_minor", "int64", "paid back by a bank", "minor unit of currency"),
        Column("recovered_minor", "int64", "recovered otherwise", "minor unit of currency"),
        Column("currency", "text", "ISO 4217"),
        Column("channel", "text", "how the report came in"),
        Column("duration_stated_s", "int64", "call length as the victim remembers it", "s"),
        Column("narrative", "text", "the victim's own words"),
        Column("oddities", "text", "semicolon list"),
        *PROVENANCE,
    ),
)

HOPS = Table(
    "hops",
    "one carrier's record of passing a call on",
    (
        Column("hop_id", "int64", "ours: exhibit number and locator", nullable=False),
        Column("hop_ref", "text", "the carrier's own name for the call"),
        Column("carrier", "text", "who recorded it"),
        Column("previous", "text", "whom it came from; empty at the origin"),
        Column("next", "text", "whom it went to; empty at the end"),
        *_number("presented", "the number shown"),
        *_number("called", "the number called"),
        Column("started_at", "timestamp", "when", "UTC"),
        Column("duration_s", "int64", "talk time", "s"),
        Column("oddities", "text", "semicolon list"),
        *PROVENANCE,
    ),
)

SIGNALS = Table(
    "signals",
    "one SIP message as a capture or a switch's log holds it",
    (
        Column("signal_id", "int64", "ours: exhibit number and locator", nullable=False),
        Column("call_ref", "text", "Call-ID header"),
        Column("at", "timestamp", "when it was captured", "UTC"),
        Column("method", "text", "method of the request; of a response, the method that it answers (CSeq)"),
        Column("status", "int32", "status code of a response; empty for a request"),
        Column("phrase", "text", "reason phrase of a response"),
        Column("cseq", "int64", "CSeq number"),
        Column("request_uri", "text", "Request-URI of a request"),
        *_number("presented", "the number in From"),
        Column("presented_name", "text", "display name in From"),
        *_number("called", "the number in To"),
        Column("asserted_raw", "text", "P-Asserted-Identity headers, exactly; semicolon list"),
        Column("asserted_e164", "int64", "the first number in P-Asserted-Identity as E.164 digits"),
        Column("identity", "text", "every Identity header in order, unfolded; semicolon list as in model/lists.py"),
        Column("date_at", "timestamp", "Date header", "UTC"),
        Column("user_agent", "text", "User-Agent or Server header"),
        Column("transport", "text", "udp, tcp"),
        Column("source_ip", "text", "address it came from"),
        Column("source_port", "int32", "port it came from"),
        Column("destination_ip", "text", "address it went to"),
        Column("destination_port", "int32", "port it went to"),
        Column("oddities", "text", "semicolon list of what is not as RFC 3261 wants it"),
        *PROVENANCE,
    ),
)

NORMAL_FORM: tuple[Table, ...] = (
    CALLS,
    ACCOUNTS,
    LOGINS,
    PAYMENTS,
    REPORTS,
    HOPS,
    SIGNALS,
    TRANSACTIONS,
    INVOICES,
    RECEIVERS,
)
"""Every table that ingest writes."""

OUTCOMES = ("answered", "no-answer", "busy", "failed", "cancelled", "unknown")
PAYMENT_STATUSES = ("completed", "pending", "failed", "refunded", "unknown")

QUARANTINE = Table(
    "quarantine",
    "one source row that was refused, with its reason; the only place where its full value stands",
    (
        Column("source_table", "text", "table of the source", nullable=False),
        Column("table", "text", "table of the normal form it was meant for; empty if the row could not be read"),
        Column("column", "text", "source column at fault"),
        Column("value", "text", "the value at fault, escaped"),
        Column("reason", "text", "why it was refused: a sentence", nullable=False),
        *PROVENANCE,
    ),
)


def table(name: str) -> Table:
    """Return a table of the normal form by name; KeyError if there is none."""
    for known in NORMAL_FORM:
        if known.name == name:
            return known
    raise KeyError(name)


__all__ = [
    "ACCOUNTS",
    "CALLS",
    "HOPS",
    "INVOICES",
    "LOGINS",
    "NORMAL_FORM",
    "OUTCOMES",
    "PAYMENTS",
    "PAYMENT_STATUSES",
    "PROVENANCE",
    "QUARANTINE",
    "RECEIVERS",
    "REPORTS",
    "SIGNALS",
    "TRANSACTIONS",
    "Column",
    "ColumnType",
    "Table",
    "table",
]
