"""One file per form that others read; an export that is not in EXPORTS fails the build."""

from unspoof.act.exports.actorpack import ACTORPACK
from unspoof.act.exports.export import Export, Facts
from unspoof.act.exports.tagpack import TAGPACK

EXPORTS: tuple[Export, ...] = (TAGPACK, ACTORPACK)

__all__ = ["EXPORTS", "Export", "Facts"]
