"""Whether the two radiographs make a pair: told as soon as both were read, and not by the worker after the click."""

from __future__ import annotations

import dataclasses

from ..parameters import SIDES
from ..scene import place_of_pair, radiographs
from . import buttons
from .radiograph_panel import RadiographPanel
from .status_line import StatusLine


class PairCheck:
    """Switches the panel's buttons, and says why the pair cannot be reconstructed.

    Args:
        ui: the panel's widgets by name.
        status: where the reason is told.
        panels: the two radiographs by side.
    """

    def __init__(self, ui, status: StatusLine, panels: dict[str, RadiographPanel]):
        self._ui = ui
        self._status = status
        self._panels = panels
        self._told = False
        self._alignable = False

    @property
    def alignable(self) -> bool:
        """Whether both radiographs were read and may belong together, in whatever order."""
        return self._alignable

    def update(self, parameters, running: str) -> None:
        """Switch on what can be pressed now.

        Args:
            running: name of the running job; "" for none.
        """
        refusal, swap = self._refusal(parameters)
        self._alignable = (swap or not refusal) and all(panel.facts is not None for panel in self._panels.values())
        buttons.enable(self._ui, parameters, running, refusal)
        self._ui.swapViewsButton.setVisible(swap and not running)
        both = None not in (parameters.frontalVolume, parameters.lateralVolume)
        # The same node twice or a volume is a mistake to be told; an empty selector is not.
        if both and not running and refusal:
            self._status.fail(refusal)
        elif self._told and not refusal:
            self._status.say("")
        self._told = bool(refusal)

    def _refusal(self, parameters) -> tuple[str, bool]:
        """(one sentence, empty where they may be a pair; whether the two would be one in each other's place)."""
        refusal = radiographs.pair_refusal(parameters)
        panels = [self._panels[side] for side in SIDES]
        if refusal or any(panel.facts is None for panel in panels):
            return refusal, False
        try:
            place_of_pair({side: _placed(self._panels[side]) for side in SIDES}, moved=False)
        except ValueError as error:
            return str(error), False
        return _refusal_of_worker(panels)


def _placed(panel: RadiographPanel):
    """The source as the next job will find it: it knows by then what the file says of the volume's centre."""
    return dataclasses.replace(panel.source, centre_ras_mm=panel.facts["centre_ras_mm"] or panel.source.centre_ras_mm)


def _refusal_of_worker(panels: list[RadiographPanel]) -> tuple[str, bool]:
    from Diff2CTCore.radiograph import is_swapped, pair_refusal

    facts = [panel.facts for panel in panels]
    same_image = any(facts[0][key] == facts[1][key] for key in ("file", "pixels_sha256"))
    views = [None if found["view_assumed"] else found["view"] for found in facts]
    refusal = pair_refusal(same_image, [panel.source.patient for panel in panels], views)
    return refusal, not same_image and is_swapped(*views)
