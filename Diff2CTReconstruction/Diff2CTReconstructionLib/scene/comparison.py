"""Reconstruction against the true CT in the scene: metrics as a table, difference as a map."""

from __future__ import annotations

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from .file_identity import voxel_digest

DIFFERENCE_COLOURS = "vtkMRMLColorTableNodeFileDivergingBlueRed.txt"
"""Blue where the reconstruction is too low, red where it is too high."""

UNCERTAINTY_COLOURS = "vtkMRMLColorTableNodeRed"
"""From black to red; the rainbow's red would stand at zero."""

DIFFERENCE_WINDOW = (1000.0, 0.0)
UNCERTAINTY_WINDOW = (150.0, 75.0)

TRUTH_ATTRIBUTE = "Diff2CT.truth_digest"


def metric_rows(metrics: dict) -> list[tuple[str, str, str, str]]:
    """(label, value, unit, which way is better) of each metric, as people read them."""
    from Diff2CTCore.ct import METRIC_LABELS

    better = {"higher": _("higher"), "lower": _("lower")}
    labels = {name: METRIC_LABELS[name] for name in metrics}
    return [
        (label.text, label.number(metrics[name]), label.unit, better[label.better]) for name, label in labels.items()
    ]


def column_titles() -> list[str]:
    """Of the rows of metrics."""
    return [_("Metric"), _("Value"), _("Unit"), _("Better")]


def meanings() -> dict[str, str]:
    """By the label of a metric: the label, which a narrow column cuts, with a sentence on what it means."""
    from Diff2CTCore.ct import METRIC_LABELS

    return {label.text: f"{label.text}: {label.meaning}" for label in METRIC_LABELS.values()}


def metrics_table(metrics: dict, name: str):
    """A table node with one row per metric."""
    table = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", name)
    titles = column_titles()
    columns = [vtk.vtkStringArray() for _title in titles]
    for column, title in zip(columns, titles, strict=True):
        column.SetName(title)
    for row in metric_rows(metrics):
        for column, text in zip(columns, row, strict=True):
            column.InsertNextValue(text)
    for column in columns:
        table.AddColumn(column)
    return table


def table_rows(table) -> list[tuple[str, ...]]:
    """The texts of a table node, row by row."""
    count = table.GetNumberOfColumns()
    return [tuple(table.GetCellText(row, column) for column in range(count)) for row in range(table.GetNumberOfRows())]


def remark(table) -> str:
    """Why a table node of metrics holds none of the spine; empty when it holds them or is older than they are."""
    from Diff2CTCore.ct import METRIC_LABELS, MISSING_METRIC, NO_SPINE

    shown = {row[0]: row[1] for row in table_rows(table)}
    of_spine = [METRIC_LABELS[name].text for name in ("level_profile", "spine_dice")]
    return NO_SPINE if all(shown.get(text) == MISSING_METRIC for text in of_spine) else ""


def mark_compared(table, truth_digest: str) -> None:
    """Keep with a table of metrics which voxels of the truth it is about."""
    table.SetAttribute(TRUTH_ATTRIBUTE, truth_digest)


def is_about(table, truth) -> bool:
    """Whether a table of metrics is about a truth as it is now; True for tables that do not say."""
    wanted = table.GetAttribute(TRUTH_ATTRIBUTE)
    return not wanted or wanted == voxel_digest(slicer.util.arrayFromVolume(truth))


def volume_beside(reconstruction, image, name: str):
    """A new volume with an image on the grid of a reconstruction; its window is left to the caller."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    # Before there is an image: each change of a display looks through all voxels for a window.
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAutoWindowLevel(False)
    ijk_to_ras = vtk.vtkMatrix4x4()
    reconstruction.GetIJKToRASMatrix(ijk_to_ras)
    node.SetIJKToRASMatrix(ijk_to_ras)
    node.SetAndObserveImageData(image)
    return node


def show_as_map(node, colour_id: str, window: tuple[float, float]) -> None:
    """Colours for a volume that is laid over the CT."""
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    if slicer.mrmlScene.GetNodeByID(colour_id) is not None:
        display.SetAndObserveColorNodeID(colour_id)
    display.SetAutoWindowLevel(False)
    display.SetWindowLevel(*window)


def covers(reference, ct) -> float:
    """The part of the reference's eight corners and centre that lies inside `ct`, 0..1."""
    to_ct = vtk.vtkMatrix4x4()
    ct.GetRASToIJKMatrix(to_ct)
    bounds = [0.0] * 6
    reference.GetRASBounds(bounds)
    corners = [(x, y, z) for x in bounds[:2] for y in bounds[2:4] for z in bounds[4:]]
    middle = tuple((bounds[i] + bounds[i + 1]) / 2.0 for i in (0, 2, 4))
    size = ct.GetImageData().GetDimensions()
    inside = 0
    for point in (*corners, middle):
        index = to_ct.MultiplyPoint((*point, 1.0))[:3]
        inside += all(-1.0 <= value <= count for value, count in zip(index, size, strict=True))
    return inside / 9.0


def percentiles(volume, low: float, high: float) -> tuple[float, float]:
    """Two percentiles of a volume's values, from a part of them when there are many."""
    values = slicer.util.arrayFromVolume(volume).ravel()
    return tuple(float(value) for value in np.percentile(values[:: max(1, values.size // 200_000)], (low, high)))
