"""Write what a case found in a form that others read."""

from __future__ import annotations

from pathlib import Path

import unspoof
from unspoof import act
from unspoof.case.session import Session
from unspoof.errors import BadRequest

EXPORT_NAMES: tuple[str, ...] = tuple(export.name for export in act.EXPORTS)


def export(session: Session, to: str, out: Path) -> dict[str, int]:
    """Write one export into a new file; return how many rows of each kind went into it.

    Args:
        session: with the standing findings in view.
        to: name of an export.
        out: a file that does not exist.

    Raises:
        BadRequest: there is no such export, or the file exists or cannot be written.

    """
    form = next((one for one in act.EXPORTS if one.name == to), None)
    if form is None:
        raise BadRequest(f"no export {to[:40]!r}", where="--to", hint=f"There are: {', '.join(EXPORT_NAMES)}.")
    rows = {name: session.engine.fetch(sql).to_pylist() for name, sql in form.queries.items()}
    data = form.write(rows, act.Facts(session.settings.reference, f"unspoof {unspoof.__version__}"))
    try:
        with out.open("xb") as file:
            file.write(data)
    except FileExistsError:
        raise BadRequest("there is a file already", where=str(out), hint="Name a new file.") from None
    except OSError as error:
        raise BadRequest(f"cannot be written: {error.strerror}", where=str(out)) from None
    return {name: len(found) for name, found in rows.items()}


__all__ = ["EXPORT_NAMES", "export"]
