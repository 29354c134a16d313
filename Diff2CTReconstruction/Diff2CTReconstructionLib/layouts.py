"""The layouts that Slicer is told about when it starts: what they are called, and which views they have."""

from __future__ import annotations

import slicer

PLANES = ("Axial", "Sagittal", "Coronal")
RECONSTRUCTION_VIEWS = {plane: f"Diff2CTRecon{plane}" for plane in PLANES}
TRUTH_VIEWS = {plane: f"Diff2CTTruth{plane}" for plane in PLANES}
RADIOGRAPH_VIEWS = {"frontal": "Diff2CTFrontal", "lateral": "Diff2CTLateral"}
THREED_VIEW = "Diff2CT3D"

RESULT_LAYOUT = 24097
COMPARISON_LAYOUT = 24098
RADIOGRAPH_LAYOUT = 24099
LAYOUTS = (RESULT_LAYOUT, COMPARISON_LAYOUT, RADIOGRAPH_LAYOUT)
"""Layout numbers that neither Slicer nor a listed extension uses."""

VOLUME_GROUP = 24097
RADIOGRAPH_GROUP = 24098

COLOURS = {"Axial": "#F34A33", "Sagittal": "#EDD54C", "Coronal": "#6EB04B"}


def _view(kind: str, tag: str, properties: dict) -> str:
    items = "".join(
        f'<property name="{name}" action="default">{value}</property>' for name, value in properties.items()
    )
    return f'<item><view class="vtkMRML{kind}Node" singletontag="{tag}">{items}</view></item>'


def _row(views: list[str]) -> str:
    return f'<item><layout type="horizontal">{"".join(views)}</layout></item>'


def _volume_row(views: dict[str, str], letter: str) -> str:
    return _row(
        [
            _view(
                "Slice",
                views[plane],
                {
                    "orientation": plane,
                    "viewlabel": letter + plane[0],
                    "viewcolor": COLOURS[plane],
                    "viewgroup": VOLUME_GROUP,
                },
            )
            for plane in PLANES
        ]
    )


def _radiograph_views() -> list[str]:
    labels = {"frontal": "FRONT", "lateral": "LAT"}
    return [
        _view(
            "Slice",
            tag,
            {"orientation": "Axial", "viewlabel": labels[side], "viewcolor": "#8CA0B3", "viewgroup": RADIOGRAPH_GROUP},
        )
        for side, tag in RADIOGRAPH_VIEWS.items()
    ]


def _description(identifier: int) -> str:
    if identifier == RADIOGRAPH_LAYOUT:
        rows = [_row(_radiograph_views())]
    else:
        rows = [_volume_row(RECONSTRUCTION_VIEWS, "R")]
        if identifier == COMPARISON_LAYOUT:
            rows.append(_volume_row(TRUTH_VIEWS, "T"))
        rows.append(_row([*_radiograph_views(), _view("View", THREED_VIEW, {"viewlabel": "3D"})]))
    return f'<layout type="vertical" split="true">{"".join(rows)}</layout>'


def register_layouts() -> None:
    """Tell the scene's layout node about the layouts, also again after a reload; nothing without a main window."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    node = manager.layoutLogic().GetLayoutNode()
    for identifier in LAYOUTS:
        if node.IsLayoutDescription(identifier):
            node.SetLayoutDescription(identifier, _description(identifier))
        else:
            node.AddLayoutDescription(identifier, _description(identifier))
