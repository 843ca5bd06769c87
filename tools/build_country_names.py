"""Write src/unspoof/parse/country_names.py from libphonenumber's region names; `--check` compares instead."""

from __future__ import annotations

import sys
from pathlib import Path

from phonenumbers.geodata.locale import LOCALE_DATA

PAGE = Path(__file__).parent.parent / "src/unspoof/parse/country_names.py"

HEAD = '''"""English names of countries by ISO 3166 two-letter code, as libphonenumber's geodata has them; written by a tool.

Source: package phonenumbers (Apache-2.0), phonenumbers/geodata/locale.py. A table of its own, since importing that module
reads the geography of every number in the world. `tools/build_country_names.py` writes this file again.
"""

COUNTRY_NAMES: tuple[tuple[str, str], ...] = (
'''


def names() -> list[tuple[str, str]]:
    """Return code and English name of every region, by code; a star points to the language that has the name."""
    made = []
    for code, by_language in sorted(LOCALE_DATA.items()):
        name = by_language.get("en", "")
        name = by_language.get(name[1:], "") if name.startswith("*") else name
        made.append((code, name))
    return made


def page() -> str:
    """Return the module's text."""
    rows = "".join(f'    ("{code}", "{name}"),\n' for code, name in names())
    return f'{HEAD}{rows})\n\n__all__ = ["COUNTRY_NAMES"]\n'


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
