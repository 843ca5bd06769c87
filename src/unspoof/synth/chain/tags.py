"""The TagPack and ActorPack of the made-up services, in GraphSense's form; one tag is wrong, some are worth little.

Form: graphsense/graphsense-tagpack-tool, docs: a header whose fields stand for every tag, then the tags.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from unspoof.synth.chain.draft import Owner
from unspoof.synth.chain.making import Money
from unspoof.synth.chain.services import EXCHANGES, SERVICES

_TAGS = """\
title: Made-up services of a made-up case
creator: unspoof synth
description: No such service exists; every address is of the test network regtest.
currency: BTC
lastmod: 2022-10-01
confidence: service_data
is_cluster_definer: true
tags:
"""
_ACTORS = """\
title: Made-up actors of a made-up case
creator: unspoof synth
description: No such business exists.
lastmod: 2022-10-01
actors:
"""
_SITE = "https://{actor}.example/"


def _tag(address: str, label: str, actor: str, category: str, confidence: str = "", definer: bool = True) -> str:
    lines = [f"- address: {address}", f"  label: {label}", f"  source: {_SITE.format(actor=actor)}"]
    lines += [f"  category: {category}", f"  actor: {actor}"]
    lines += [f"  confidence: {confidence}"] if confidence else []
    lines += [] if definer else ["  is_cluster_definer: false"]
    return "\n".join(lines) + "\n"


def tag_rows(money: Money) -> list[tuple[int, int, str]]:
    """Return what is tagged: address, place of the service that the tag names, what is meant by it.

    What is meant: hot (the service's own hot wallet), deposit (a customer's address there, of little worth), wrong (an
    address of another service), slander (a payer's address, by a heuristic).
    """
    rows: list[tuple[int, int, str]] = []
    batches = money.batches
    for place in range(EXCHANGES + 1):
        if not SERVICES[place].tagged:
            continue
        holders, times = np.unique(batches.change_holder[batches.service == place], return_counts=True)
        often = holders[np.argsort(-times, kind="stable")]
        rows += [(int(holder), place, "hot") for holder in often[:2]]
        customers = np.unique(batches.deposit_holder[batches.deposit_service == place])
        rows += [(int(holder), place, "deposit") for holder in customers[3:5]]
    harrow = np.unique(batches.deposit_holder[batches.deposit_service == 1])
    rows.append((int(harrow[-1]), 2, "wrong"))
    coordinator = np.flatnonzero(
        (money.drawn.holder_owner == Owner.SERVICE) & (money.drawn.holder_number == len(SERVICES) - 1)
    )
    paid = coordinator[np.isin(coordinator, money.drawn.coin_holder)]
    rows += [(int(holder), len(SERVICES) - 1, "hot") for holder in paid[:3]]
    payer = np.flatnonzero(money.drawn.holder_owner == Owner.PERSON)
    rows += [(int(holder), 3, "slander") for holder in payer[:1]]
    return rows


def write_tags(money: Money, path: Path) -> None:
    """Write the TagPack."""
    text = _TAGS
    meant = {
        "hot": ("hot wallet", "", True),
        "deposit": ("deposit address", "web_crawl", False),
        "wrong": ("deposit address", "web_crawl", False),
        "slander": ("seen near it", "heuristic", False),
    }
    for holder, place, what in tag_rows(money):
        service, (label, confidence, definer) = SERVICES[place], meant[what]
        address = str(money.addresses[holder].as_py())
        text += _tag(address, f"{service.label} {label}", service.actor, service.category, confidence, definer)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_actors(path: Path) -> None:
    """Write the ActorPack: who runs the tagged services, and where, as far as the source says."""
    text = _ACTORS
    for service in SERVICES:
        if not service.tagged:
            continue
        text += f"- id: {service.actor}\n  label: {service.label}\n  uri: {_SITE.format(actor=service.actor)}\n"
        text += f"  categories:\n  - {service.category}\n"
        places = "".join(f"\n  - {code}" for code in service.jurisdictions)
        text += f"  jurisdictions:{places or ' []'}\n"
        if service.legal_name:
            text += f"  context:\n    legal_name: {service.legal_name}\n"
    path.write_text(text, encoding="utf-8", newline="\n")


__all__ = ["tag_rows", "write_actors", "write_tags"]
