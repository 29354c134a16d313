"""Which of two radiographs is the frontal and which the lateral one: what speaks for it, and how strongly.

Each source of evidence counts as a logarithm of odds. The picture counts most, for tags are often a device's default;
the order in which two files are given counts least.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import FRONTAL_VIEWS, LATERAL_VIEWS
from ..radiograph import OpenedRadiograph, view_in_words

PICTURE_LIMIT = 4.5
DESCRIPTION = 2.0
FILE_NAME = 1.5
VIEW = 1.5
PLANE = 0.5
PLACE = 0.75
CHOSEN = 100.0


@dataclass(frozen=True)
class Evidence:
    """What one source says of a radiograph.

    Attributes:
        source: in words, "its picture".
        lateral: logarithm of the odds that it is a lateral view.
        value: what the source says, "AP", "frontal"; empty for the picture.
    """

    source: str
    lateral: float
    value: str = ""


def evidence_of(opened: OpenedRadiograph, lateral_logit: float, chosen: str | None) -> list[Evidence]:
    """What speaks for a frontal or a lateral view, the strongest kind first.

    Args:
        opened: the radiograph.
        lateral_logit: of the picture.
        chosen: the view that the user says.
    """
    if chosen:
        return [Evidence("your choice", CHOSEN if chosen in LATERAL_VIEWS else -CHOSEN, chosen)]
    found = [Evidence("its picture", float(np.clip(lateral_logit, -PICTURE_LIMIT, PICTURE_LIMIT)))]
    source = opened.source
    if source.described:
        view, keyword = source.described
        found.append(Evidence(f"its {keyword}", _signed(view == "lateral", DESCRIPTION), view))
    if source.view and source.view_source != "PatientOrientation":
        found.append(Evidence(f"its {source.view_source}", _signed(source.view in LATERAL_VIEWS, VIEW), source.view))
    if source.patient_orientation:
        frontal = opened.orienter(True)[1] and not opened.orienter(False)[1]
        found.append(
            Evidence("its PatientOrientation", _signed(not frontal, PLANE), "/".join(source.patient_orientation))
        )
    named = view_in_words(opened.path.stem)
    if named:
        found.append(Evidence("its name", _signed(named == "lateral", FILE_NAME), named))
    return found


def in_order(first: list[Evidence], second: list[Evidence], place: float = PLACE) -> float:
    """Logarithm of the odds that the first radiograph is the frontal and the second the lateral one, against the
    reverse."""
    return sum(item.lateral for item in second) - sum(item.lateral for item in first) + 2.0 * place


def reasons(evidence: list[Evidence], lateral: bool) -> str:
    """What speaks for the view, and what is named because it contradicts it."""
    sign = 1.0 if lateral else -1.0
    agreeing = [item.source for item in evidence if sign * item.lateral > 0.5 * PLANE]
    against = [item for item in evidence if sign * item.lateral < -0.5 * PLANE]
    text = f"{_listed(agreeing)} say{'s' if len(agreeing) == 1 else ''} so" if agreeing else "by its place"
    if against:
        told = [
            f"{item.source} says {item.value}" if item.value else f"{item.source} looks otherwise" for item in against
        ]
        text += f"; {_listed(told)} and {'is' if len(told) == 1 else 'are'} not followed"
    return text


def _signed(lateral: bool, weight: float) -> float:
    return weight if lateral else -weight


def _listed(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def exact_view(opened: OpenedRadiograph, lateral: bool, chosen: str | None) -> str:
    """AP or PA, LL or RL: the user's, else the file's where it fits, else the usual one."""
    views = LATERAL_VIEWS if lateral else FRONTAL_VIEWS
    return next((view for view in (chosen, opened.source.view) if view in views), "LL" if lateral else "AP")
