"""Words for views, as they stand in descriptions and in names of files."""

from __future__ import annotations

import re
import unicodedata

_FRONTAL = frozenset(
    [
        "AP",
        "PA",
        "FRONTAL",
        "FRONTALE",
        "FACE",
        "ANTEROPOSTERIOR",
        "POSTEROANTERIOR",
        "ANTEROPOSTERIEUR",
        "FRENTE",
        "FRONTE",
        "APVIEW",
        "PAVIEW",
    ]
)
_LATERAL = frozenset(
    [
        "LAT",
        "LATERAL",
        "LATERALE",
        "LATERALIS",
        "PROFIL",
        "PROFILE",
        "PROFILO",
        "PERFIL",
        "SEITLICH",
        "SEITE",
        "LL",
        "RL",
        "LLAT",
        "RLAT",
        "SAGITTAL",
    ]
)


def view_in_words(text: str) -> str | None:
    """ "frontal" or "lateral" where a text names one of them and not the other; None else."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().upper()
    # "A.P." and "a-p" are AP, "LUMBAR_AP2" is AP.
    words = set(re.findall(r"[A-Z]+", re.sub(r"\b([AP])[.\-/]([AP])\b", r"\1\2", plain.replace("_", " "))))
    frontal, lateral = bool(words & _FRONTAL), bool(words & _LATERAL)
    if frontal == lateral:
        return None
    return "frontal" if frontal else "lateral"
