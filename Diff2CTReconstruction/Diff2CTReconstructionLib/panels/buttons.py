"""Which buttons can be pressed now."""

from __future__ import annotations

from slicer.i18n import tr as _


def enable(ui, parameters, running: str, refusal: str) -> None:
    """Switch the panel's buttons on or off; a running job's own button stays on, for it cancels the job.

    Args:
        running: name of the running job; "" for none.
        refusal: why the chosen radiographs cannot be reconstructed; "" when they can.
    """
    idle = not running
    has_result = parameters.reconstruction is not None
    comparable = has_result and parameters.truthCt is not None
    for name, button, possible in (
        ("reconstruct", ui.reconstructButton, not refusal),
        ("simulate", ui.simulateButton, parameters.simulationCt is not None),
        ("compare", ui.compareButton, comparable),
        ("export", ui.exportButton, has_result),
    ):
        button.enabled = (idle and possible) or running == name
    ui.reconstructButton.toolTip = refusal or _("Reconstruct the volume from the two radiographs.")
    ui.placeCentreButton.enabled = parameters.simulationCt is not None
    for widget in (ui.boneButton, ui.showViewsButton, ui.fadeSlider, ui.boneThresholdSlider):
        widget.enabled = has_result
    ui.mapComboBox.enabled = parameters.difference is not None or parameters.uncertainty is not None
