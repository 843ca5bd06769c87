"""Policies by which amounts are shared out at transactions, side by side and never mixed; one file each."""

from unspoof.trace.policies.fifo import FIFO
from unspoof.trace.policies.frame import STATES, UNKNOWN, Claim, Frame, frame_of
from unspoof.trace.policies.haircut import HAIRCUT
from unspoof.trace.policies.poison import POISON
from unspoof.trace.policies.policy import Policy

POLICIES: tuple[Policy, ...] = (POISON, HAIRCUT, FIFO)
"""Every policy, in the order in which they are shown."""

__all__ = ["POLICIES", "STATES", "UNKNOWN", "Claim", "Frame", "Policy", "frame_of"]
