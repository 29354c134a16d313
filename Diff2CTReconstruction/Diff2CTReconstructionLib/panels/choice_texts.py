"""What the choice boxes show in the user's language; the parameter node keeps the names."""

from __future__ import annotations

from slicer.i18n import tr as _

from ..parameters import SIDES


def show(ui) -> None:
    """Put texts into the boxes that are bound to the parameter node, which has filled them with its names.

    Args:
        ui: the panel's widgets by name.
    """
    from_file = {0: _("From file")}
    boxes = {ui.deviceComboBox: {0: _("Automatic"), 1: _("CPU"), 2: _("GPU")}}
    for side in SIDES:
        boxes[getattr(ui, side + "ViewComboBox")] = from_file
        boxes[getattr(ui, side + "SlotScanComboBox")] = {**from_file, 1: _("Yes"), 2: _("No")}
    for box, texts in boxes.items():
        for row, text in texts.items():
            box.setItemText(row, text)
