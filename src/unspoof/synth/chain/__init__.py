"""A made-up bitcoin chain that fits the shop's payments; records only, and nothing in it touches a network."""

from unspoof.synth.chain.making import Money, make_money

__all__ = ["Money", "make_money"]
