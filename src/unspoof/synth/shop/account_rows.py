"""Rows of accounts and what hangs on them: `pkg_user`, `pkg_sip`, `pkg_log`.

Passwords stand in clear, as MagnusBilling keeps them; every one is made up.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from unspoof.synth.holders.identity import Identity
from unspoof.synth.holders.logins import Logins
from unspoof.synth.holders.users import Users
from unspoof.synth.places import Region
from unspoof.synth.plan import scatter
from unspoof.synth.shop.dump import quoted
from unspoof.synth.shop.schema import SHOP
from unspoof.synth.shop.sql import NO_TIME, decimals, integers, joined, rows, times

_WRONG_PASSWORD = 300
"""One log-in in this many is followed by the service as a wrong password of nobody: no account in the row."""


def user_rows(
    users: Users, identity: Identity, plans: np.ndarray, last: np.ndarray, regions: tuple[Region, ...]
) -> pa.StringArray:
    """Return the rows of `pkg_user`.

    Args:
        users: accounts.
        identity: what they typed in.
        plans: int64 id_plan.
        last: int64 epoch second of the last log-in, 0 for none.
        regions: for the country that the user says to live in.

    Returns:
        one row an account.

    """
    country = pa.array([f"'{region.country}'" for region in regions]).take(pa.array(users.country))
    token = scatter(users.ids, 11)
    handle = pc.if_else(pc.equal(identity.handle, ""), "", joined("Telegram: ", identity.handle))
    cells = {
        "id": integers(users.ids),
        "id_user": "1",
        "id_group": "3",
        "id_plan": integers(plans),
        "username": quoted(identity.username),
        "password": quoted(identity.password),
        "credit": decimals(np.where(users.payer, token % 4_000, 0), 2, 4),
        "active": pc.if_else(pa.array(token % 50 == 0), "0", "1"),
        "creationdate": times(users.created),
        "firstusedate": times(np.where(users.calls > 0, users.created + 900, 0)),
        "expirationdate": NO_TIME,
        "enableexpire": "0",
        "lastname": quoted(identity.last),
        "firstname": quoted(identity.first),
        "address": "''",
        "country": country,
        "phone": "''",
        "email": quoted(identity.email),
        "lastuse": times(np.where(users.calls > 0, users.until, 0)),
        "typepaid": "0",
        "creditlimit": "0",
        "language": "'en'",
        "loginkey": "''",
        "callingcard_pin": integers(100_000 + token // 4_000 % 900_000),
        "description": quoted(handle),
        "last_login": times(last),
        "googleAuthenticator_enable": "0",
        "google_authenticator_key": "''",
        "sipaccountlimit": "1",
        "calllimit": "10",
    }
    return rows(SHOP["pkg_user"], cells)


def sip_rows(users: Users, identity: Identity) -> pa.StringArray:
    """Return the rows of `pkg_sip`: one SIP account for every account that called."""
    active = np.flatnonzero(users.calls > 0)
    name = quoted(identity.username.take(pa.array(active)))
    secret = integers(scatter(users.ids[active], 13) % 10**12 + 10**12)
    cells = {
        "id": integers(np.arange(1, len(active) + 1)),
        "id_user": integers(users.ids[active]),
        "name": name,
        "accountcode": name,
        "callcounter": "'yes'",
        "context": "'billing'",
        "dtmfmode": "'RFC2833'",
        "host": "'dynamic'",
        "insecure": "'no'",
        "nat": "'force_rport,comedia'",
        "qualify": "'yes'",
        "secret": joined("'", secret, "'"),
        "type": "'friend'",
        "disallow": "'all'",
        "allow": "'g729,gsm,alaw,ulaw'",
        "regseconds": "0",
        "defaultuser": name,
        "useragent": "'softphone'",
        "calllimit": "10",
        "status": "1",
        "sippasswd": joined("'", secret, "'"),
        "voicemail_password": "1234",
    }
    return rows(SHOP["pkg_sip"], cells)


def log_rows(users: Users, identity: Identity, logins: Logins) -> pa.StringArray:
    """Return the rows of `pkg_log`, log-ins and wrong passwords; `username` is NULL, as MagnusBilling leaves it."""
    user = identity.username.take(pa.array(logins.account))
    wrong = pa.array(scatter(logins.at, 17) % _WRONG_PASSWORD == 0)
    good = joined("Username Login on the panel - User ", user)
    bad = joined("Username and password combination is invalid - User: ", user, " IP: ", logins.ip)
    cells = {
        "id": integers(np.arange(1, len(logins.at) + 1)),
        "id_user": pc.if_else(wrong, "NULL", integers(users.ids[logins.account])),
        "id_log_actions": "1",
        "description": quoted(pc.if_else(wrong, bad, good)),
        "date": times(logins.at),
        "ip": quoted(logins.ip),
    }
    return rows(SHOP["pkg_log"], cells)


__all__ = ["log_rows", "sip_rows", "user_rows"]
