"""Countries a site serves, by the codes of ISO 3166-1 (alpha-2): what is none, or is written otherwise, is refused."""

from collections.abc import Iterator, Sequence

_ALL = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
CODES = frozenset(_ALL.split())
"""All 249 of tzdata's iso3166.tab."""

MEANT = {"UK": "GB", "EL": "GR"}
"""What is often written for a country and is not its code."""


def problems(codes: Sequence[str]) -> Iterator[tuple[int, str]]:
    """(place in the list, what is wrong and the mend) of each entry that is no country's code, or stands twice."""
    for index, code in enumerate(codes):
        meant = MEANT.get(code.upper(), code.upper())
        if code not in CODES:
            mend = f"did you mean “{meant}”?" if meant in CODES else "use two capital letters (ISO 3166), like GB"
            yield index, f"“{code}” is no country's code; {mend}"
        elif code in codes[:index]:
            yield index, f"“{code}” stands here twice; keep one"
