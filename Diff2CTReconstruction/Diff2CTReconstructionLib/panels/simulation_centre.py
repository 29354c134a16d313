"""Placing the centre of a simulation in a CT."""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from ..scene import layout


def start_placing(ct, centre):
    """Show a CT in the slice views and let the next click place one point; the point list that receives it.

    Args:
        ct: volume node.
        centre: point list whose points are replaced, or None for a new one.
    """
    if centre is None:
        centre = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", _("Simulation centre point"))
        centre.CreateDefaultDisplayNodes()
    centre.RemoveAllControlPoints()
    layout.show_in_standard_views(ct)
    logic = slicer.modules.markups.logic()
    logic.SetActiveList(centre)
    logic.StartPlaceMode(False)
    return centre
