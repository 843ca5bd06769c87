"""Country names and codes, as people enter them, to ISO 3166 two-letter codes; no number is looked at."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import pyarrow as pa
from phonenumbers.geodata.locale import LOCALE_DATA

_THREE_LETTERS = (
    "ABW:AW AFG:AF AGO:AO AIA:AI ALA:AX ALB:AL AND:AD ARE:AE ARG:AR ARM:AM ASM:AS ATG:AG AUS:AU AUT:AT AZE:AZ BDI:BI "
    "BEL:BE BEN:BJ BES:BQ BFA:BF BGD:BD BGR:BG BHR:BH BHS:BS BIH:BA BLM:BL BLR:BY BLZ:BZ BMU:BM BOL:BO BRA:BR BRB:BB "
    "BRN:BN BTN:BT BWA:BW CAF:CF CAN:CA CHE:CH CHL:CL CHN:CN CIV:CI CMR:CM COD:CD COG:CG COK:CK COL:CO COM:KM CPV:CV "  # codespell:ignore
    "CRI:CR CUB:CU CUW:CW CYM:KY CYP:CY CZE:CZ DEU:DE DJI:DJ DMA:DM DNK:DK DOM:DO DZA:DZ ECU:EC EGY:EG ERI:ER ESP:ES "
    "EST:EE ETH:ET FIN:FI FJI:FJ FLK:FK FRA:FR FRO:FO FSM:FM GAB:GA GBR:GB GEO:GE GGY:GG GHA:GH GIB:GI GIN:GN GLP:GP "  # codespell:ignore
    "GMB:GM GNB:GW GNQ:GQ GRC:GR GRD:GD GRL:GL GTM:GT GUF:GF GUM:GU GUY:GY HKG:HK HND:HN HRV:HR HTI:HT HUN:HU IDN:ID "
    "IMN:IM IND:IN IRL:IE IRN:IR IRQ:IQ ISL:IS ISR:IL ITA:IT JAM:JM JEY:JE JOR:JO JPN:JP KAZ:KZ KEN:KE KGZ:KG KHM:KH "
    "KIR:KI KNA:KN KOR:KR KWT:KW LAO:LA LBN:LB LBR:LR LBY:LY LCA:LC LIE:LI LKA:LK LSO:LS LTU:LT LUX:LU LVA:LV MAC:MO "
    "MAF:MF MAR:MA MCO:MC MDA:MD MDG:MG MDV:MV MEX:MX MHL:MH MKD:MK MLI:ML MLT:MT MMR:MM MNE:ME MNG:MN MNP:MP MOZ:MZ "
    "MRT:MR MSR:MS MTQ:MQ MUS:MU MWI:MW MYS:MY MYT:YT NAM:NA NCL:NC NER:NE NFK:NF NGA:NG NIC:NI NIU:NU NLD:NL NOR:NO "  # codespell:ignore
    "NPL:NP NRU:NR NZL:NZ OMN:OM PAK:PK PAN:PA PER:PE PHL:PH PLW:PW PNG:PG POL:PL PRI:PR PRK:KP PRT:PT PRY:PY PSE:PS "
    "PYF:PF QAT:QA REU:RE ROU:RO RUS:RU RWA:RW SAU:SA SDN:SD SEN:SN SGP:SG SHN:SH SJM:SJ SLB:SB SLE:SL SLV:SV SMR:SM "
    "SOM:SO SPM:PM SRB:RS SSD:SS STP:ST SUR:SR SVK:SK SVN:SI SWE:SE SWZ:SZ SXM:SX SYC:SC SYR:SY TCA:TC TCD:TD TGO:TG "  # codespell:ignore
    "THA:TH TJK:TJ TKL:TK TKM:TM TLS:TL TON:TO TTO:TT TUN:TN TUR:TR TUV:TV TWN:TW TZA:TZ UGA:UG UKR:UA URY:UY USA:US "  # codespell:ignore
    "UZB:UZ VAT:VA VCT:VC VEN:VE VGB:VG VIR:VI VNM:VN VUT:VU WLF:WF WSM:WS YEM:YE ZAF:ZA ZMB:ZM ZWE:ZW"
)
_OTHER_NAMES = {
    "uk": "GB", "great britain": "GB", "britain": "GB", "england": "GB", "scotland": "GB", "wales": "GB",
    "northern ireland": "GB", "united kingdom of great britain and northern ireland": "GB",
    "usa": "US", "america": "US", "united states of america": "US", "holland": "NL", "the netherlands": "NL",
    "republic of ireland": "IE", "eire": "IE", "czech republic": "CZ", "czechia": "CZ", "ivory coast": "CI",
    "russian federation": "RU", "south korea": "KR", "republic of korea": "KR", "north korea": "KP", "uae": "AE",
    "turkey": "TR", "turkiye": "TR", "viet nam": "VN", "macedonia": "MK", "swaziland": "SZ", "burma": "MM",  # codespell:ignore
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
    for code, by_language in LOCALE_DATA.items():
        name = by_language.get("en", "")
        names[_fold(by_language.get(name[1:], "") if name.startswith("*") else name)] = code
        names[code.lower()] = code
    for pair in _THREE_LETTERS.split():
        three, two = pair.split(":")
        names[three.lower()] = two
        names[two.lower()] = two
    names.update(_OTHER_NAMES)
    names.pop("", None)
    return names


__all__ = ["iso_code", "read_countries"]
