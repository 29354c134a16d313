"""Codes of radiographic views (PS3.16, CID 4010): SNOMED CT, and the SNOMED RT codes of older files."""

from __future__ import annotations

OBLIQUE = "oblique"

_MEANINGS = {
    "AP": ("399348003", "R-10206"),
    "PA": ("272479007", "R-10214", "R-40888"),
    "LL": ("399173006", "R-10236"),
    "RL": ("399198007", "R-10232"),
    "lateral": ("399067008", "R-102CD", "30730003", "G-A145"),
    "frontal": ("399033003", "R-10202"),
    # In the order of the standard's table: any, of a plane, and to a side.
    OBLIQUE: (
        *("399182000", "R-102C1", "399312000", "R-10208", "399059000", "R-10216", "399160007", "R-10204"),
        *("260427002", "R-40783", "260426006", "R-40782", "399099002", "R-10230", "399368009", "R-10226"),
        *("399132005", "R-10252", "399325008", "R-10254", "399004004", "R-10246"),
        *("399225005", "R-10250", "399288005", "R-10248"),
        *("399135007", "R-10220", "399356000", "R-40985", "399006002", "R-10212", "399038007", "R-10210"),
        *("399184004", "R-10238", "399236003", "R-10234"),
    ),
}
_BY_CODE = {value: words for words, values in _MEANINGS.items() for value in values}


def meaning(value: str) -> str | None:
    """One of the views, "lateral", "frontal" or "oblique"; None for a code of anything else."""
    return _BY_CODE.get(value)
