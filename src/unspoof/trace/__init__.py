"""Follow the money: from the service's books to the chain, to wallets, to the services that can be asked who they are."""

from unspoof.engine import Step
from unspoof.trace import chain_order, change, co_spends, coinjoins, coins, contradictions, exhibits, wallets

STEPS: tuple[Step, ...] = (
    *exhibits.STEPS,
    *chain_order.STEPS,
    *coins.STEPS,
    *contradictions.STEPS,
    *coinjoins.STEPS,
    *co_spends.STEPS,
    *wallets.STEPS,
    *change.STEPS,
)
"""All steps of this verb, in an order in which each finds what it reads."""

__all__ = ["STEPS"]
