"""Follow the money: from the service's books to the chain, to wallets, to the services that can be asked who they are."""

from unspoof.engine import Step
from unspoof.trace import (
    account_wallets,
    bookings,
    chain_order,
    change,
    claims,
    co_spends,
    coinjoins,
    coins,
    contradictions,
    exhibits,
    heuristic_rates,
    money_parts,
    moves,
    named_addresses,
    own_returns,
    prices,
    reconciliation,
    requests,
    service_change,
    service_reaches,
    shop_addresses,
    shop_flows,
    wallet_sizes,
    wallets,
)

STEPS: tuple[Step, ...] = (
    *exhibits.STEPS,
    *chain_order.STEPS,
    *coins.STEPS,
    *contradictions.STEPS,
    *moves.STEPS,
    *coinjoins.STEPS,
    *co_spends.STEPS,
    *wallet_sizes.STEPS,
    *change.STEPS,
    *bookings.STEPS,
    *shop_addresses.STEPS,
    *wallets.STEPS,
    *named_addresses.STEPS,
    *shop_flows.STEPS,
    *prices.STEPS,
    *claims.STEPS,
    *own_returns.STEPS,
    *money_parts.STEPS,
    *reconciliation.STEPS,
    *service_change.STEPS,
    *account_wallets.STEPS,
    *heuristic_rates.STEPS,
    *service_reaches.STEPS,
    *requests.STEPS,
)
"""All steps of this verb, in an order in which each finds what it reads."""

__all__ = ["STEPS"]
