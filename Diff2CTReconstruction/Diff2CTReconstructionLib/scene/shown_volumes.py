"""What a view shows: is any of it made by the model, and on which side is the patient's right?"""

from __future__ import annotations

import slicer
from slicer.i18n import tr as _

from .results import ROLE_ATTRIBUTE

MADE_BY_THE_MODEL = (
    "reconstruction",
    "uncertainty",
    "difference",
    "bone",
    "frontal reprojection",
    "lateral reprojection",
)
"""Beginnings of the roles that a reconstruction, or what was derived from one, has in its run's folder."""

_PICTURES = ("measured", "reprojection", "upright")
"""Kinds of radiographs that are in the canonical orientation: columns run to the patient's left or to the back."""


def is_synthetic(node) -> bool:
    """Whether a node was made by the model or derived from what it made."""
    return node is not None and (node.GetAttribute(ROLE_ATTRIBUTE) or "").startswith(MADE_BY_THE_MODEL)


def is_synthetic_in_slice(logic) -> bool:
    """Whether a slice view shows such a node in one of its layers, or the cut through one."""
    return any(map(is_synthetic, _layers(logic))) or any(
        display.GetVisibility()
        and display.GetVisibility2D()
        and display.IsDisplayableInView(logic.GetSliceNode().GetID())
        for display in _synthetic_displays()
    )


def is_synthetic_in_3d(view, manager) -> bool:
    """Whether a 3D view, by its node, shows such a node: as a surface, rendered, or on a slice."""
    identifier = view.GetID()
    for display in _synthetic_displays():
        if display.GetVisibility() and display.GetVisibility3D() and display.IsDisplayableInView(identifier):
            return True
    for name in manager.sliceViewNames():
        logic = manager.sliceWidget(name).sliceLogic()
        node = logic.GetSliceNode()
        if (
            node.GetSliceVisible()
            and node.IsDisplayableInThreeDView(identifier)
            and any(map(is_synthetic, _layers(logic)))
        ):
            return True
    return False


def nodes_that_decide(manager) -> list:
    """The nodes on which the answers depend; each tells by its ModifiedEvent that they may have changed."""
    logics = [manager.sliceWidget(name).sliceLogic() for name in manager.sliceViewNames()]
    found = [node for logic in logics for node in (logic.GetSliceCompositeNode(), logic.GetSliceNode())]
    return [node for node in found if node is not None] + _synthetic_displays()


def sides(logic) -> dict[str, str]:
    """Letters for the left and the right edge of a view that shows a radiograph upright; empty for other views."""
    background = logic.GetBackgroundLayer().GetVolumeNode()
    role = (background.GetAttribute(ROLE_ATTRIBUTE) or "").split() if background is not None else []
    if len(role) != 2 or role[1] not in _PICTURES:
        return {}
    letters = (_("R"), _("L")) if role[0] == "frontal" else (_("A"), _("P"))
    # The picture's columns lie along -R; a view may be turned.
    across = logic.GetSliceNode().GetSliceToRAS().GetElement(0, 0)
    if abs(across) < 0.99:
        return {}
    return dict(zip(("left", "right"), letters if across < 0.0 else letters[::-1], strict=True))


def _layers(logic) -> list:
    composite = logic.GetSliceCompositeNode()
    layers = [logic.GetBackgroundLayer()]
    if composite is not None and composite.GetForegroundOpacity() > 0.0:
        layers.append(logic.GetForegroundLayer())
    return [*(layer.GetVolumeNode() for layer in layers), logic.GetLabelLayer().GetVolumeNode()]


def _synthetic_displays() -> list:
    """Display nodes of surfaces, segmentations and volume renderings; those of slices depend on the layers."""
    found = []
    for display in slicer.util.getNodesByClass("vtkMRMLDisplayNode"):
        if display.IsA("vtkMRMLVolumeDisplayNode") or display.IsA("vtkMRMLColorLegendDisplayNode"):
            continue
        if is_synthetic(display.GetDisplayableNode()):
            found.append(display)
    return found
