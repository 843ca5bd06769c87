"""The settings of screening rules as live.toml states them: the names and bounds of case.toml; sources are their own tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from unspoof.config import BY_NAME
from unspoof.errors import BadRequest
from unspoof.live.settings import LiveSettings
from unspoof.screen.limits import LIMIT_SETTINGS, Limits


def limits_of(settings: LiveSettings) -> Limits:
    """Return what rules weigh a shown number by.

    Raises:
        BadRequest: a setting of [rules] is unknown, of the wrong kind or out of bounds.

    """
    numbers: dict[str, Any] = {}
    for name, value in settings.judging.items():
        place = f"[rules] {name}"
        if name not in LIMIT_SETTINGS:
            raise BadRequest("is no setting of a rule", where=place, hint=f"Known: {', '.join(LIMIT_SETTINGS)}.")
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadRequest("must be a whole number", where=place)
        known = BY_NAME[name]
        if (known.least is not None and value < known.least) or (known.most is not None and value > known.most):
            raise BadRequest(f"{value} is not between {known.least} and {known.most}", where=place)
        numbers[name] = value
    brands = {source.name: source.brand for source in settings.sources if source.brand}
    return replace(Limits(brand_sources=brands), **numbers)


__all__ = ["limits_of"]
