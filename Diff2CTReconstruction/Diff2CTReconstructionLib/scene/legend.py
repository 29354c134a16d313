"""A colour legend in HU beside a map that is laid over the CT."""

from __future__ import annotations

import slicer

LABEL_FORMAT = "%.0f"


def show_legend(volume, title: str) -> None:
    """Show the legend of a map, which Slicer draws in the slice views that show the map; it is made where missing."""
    legend = slicer.modules.colors.logic().AddDefaultColorLegendDisplayNode(volume)
    legend.SetTitleText(title)
    legend.SetLabelFormat(LABEL_FORMAT)
    legend.SetVisibility(True)


def hide_legend(volume) -> None:
    """Hide the legend of a map; nothing where it has none."""
    legend = slicer.modules.colors.logic().GetColorLegendDisplayNode(volume)
    if legend is not None:
        legend.SetVisibility(False)
