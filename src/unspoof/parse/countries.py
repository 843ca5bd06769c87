"""Country names and codes, as people enter them, to ISO 3166 two-letter codes; no number is looked at."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import pyarrow as pa

from unspoof.parse.country_names import COUNTRY_NAMES

_THREE_LETTERS = (  # three letters and two of each country, without a gap
    "ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATGAG AUSAU AUTAT AZEAZ BDIBI "
    "BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB "
    "BRNBN BTNBT BWABW CAFCF CANCA "
    "CHECH "  # codespell:ignore
    "CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV "
    "CRICR CUBCU CUWCW CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESPES "
    "ESTEE ETHET FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP "
    "GMBGM GNBGW GNQGQ GRCGR GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HNDHN HRVHR HTIHT HUNHU IDNID "
    "IMNIM INDIN IRLIE IRNIR IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH "
    "KIRKI KNAKN KORKR KWTKW LAOLA LBNLB LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO "
    "MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ "
    "MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE NFKNF NGANG NICNI NIUNU NLDNL NORNO "
    "NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PERPE PHLPH PLWPW PNGPG POLPL PRIPR PRKKP PRTPT PRYPY PSEPS "
    "PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SHNSH SJMSJ SLBSB SLESL SLVSV SMRSM "
    "SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC TCDTD TGOTG "
    "THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA URYUY USAUS "
    "UZBUZ VATVA VCTVC VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW"
)
_OTHER_NAMES = {
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "united kingdom of great britain and northern ireland": "GB",
    "usa": "US", "america": "US", "united states of america": "US", "holland": "NL", "the netherlands": "NL",
    "republic of ireland": "IE", "eire": "IE", "czech republic": "CZ", "czechia": "CZ", "ivory coast": "CI",
    "russian federation": "RU", "south korea": "KR", "republic of korea": "KR", "north korea": "KP", "uae": "AE",
    "turkey": "TR", "turkiye": "TR", "macedonia": "MK", "swaziland": "SZ", "burma": "MM",
    "viet nam": "VN",  # codespell:ignore
    "cape verde": "CV", "deutschland": "DE", "espana": "ES", "osterreich": "AT", "schweiz": "CH", "suisse": "CH",
}  # fmt: skip
"""Names in common use that the geodata lists otherwise, folded as `_fold` does."""


def iso_code(text: str) -> str | None:
    """Return the ISO 3166 two-letter code of a country named by code (two or three letters) or in English, else None.

    Source: names from libphonenumber's geodata (package phonenumbers); three-letter codes from ISO 3166-1.
    Limits: a calling code ('44') names no country, since several share one.

    """
    folded = _fold(text)
    if not folded:
        return None
    return _names().get(folded)


def read_countries(text: pa.StringArray) -> pa.StringArray:
    """Return the column with each country as its ISO code; a text that is no country we know stays as it stands."""
    coded = text.dictionary_encode()
    codes = [iso_code(value) or value for value in coded.dictionary.to_pylist()]
    return pa.array(codes, pa.string()).take(coded.indices)


def _fold(text: str) -> str:
    """Lower case, no accents, no marks but single spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text[:80]) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else "" if c in ".'’" else " " for c in plain.casefold()).split())


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    names = {}
    for code, name in COUNTRY_NAMES:
        names[_fold(name)] = code
        names[code.lower()] = code
    for pair in _THREE_LETTERS.split():
        names[pair[:3].lower()] = pair[3:]
    names.update(_OTHER_NAMES)
    names.pop("", None)
    return names


__all__ = ["iso_code", "read_countries"]
