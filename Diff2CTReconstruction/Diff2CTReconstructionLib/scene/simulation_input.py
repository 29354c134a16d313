"""What a simulation or a comparison starts from: a CT, and one point."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _


def refuse_flat(ct) -> None:
    """ValueError with a sentence for a node that is no CT volume."""
    if ct.GetImageData() is None or 1 in ct.GetImageData().GetDimensions():
        raise ValueError(_("“{name}” is not a CT volume; choose one with many slices.").format(name=ct.GetName()))


def only_point(markups) -> list[float] | None:
    """The one point of a list, world RAS mm; None without a list, ValueError with a sentence for another number."""
    if markups is None:
        return None
    # A point that is still to be placed has a position, too, but it means nothing.
    status = slicer.vtkMRMLMarkupsNode.PositionDefined
    count = markups.GetNumberOfControlPoints()
    defined = [index for index in range(count) if markups.GetNthControlPointPositionStatus(index) == status]
    if len(defined) != 1:
        text = _("The point list “{name}” holds {count} points; let it hold the centre point alone, or choose None.")
        if not defined:
            text = _("The point list “{name}” is empty; place the centre point or choose None.")
        raise ValueError(text.format(name=markups.GetName(), count=len(defined)))
    position = [0.0, 0.0, 0.0]
    markups.GetNthControlPointPositionWorld(defined[0], position)
    return position
