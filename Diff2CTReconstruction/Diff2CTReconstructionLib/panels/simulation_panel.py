"""The section that makes a pair of radiographs from a CT."""

from __future__ import annotations

from collections.abc import Callable

from slicer.i18n import tr as _

from ..scene import LayoutSwitch
from . import simulation_centre
from .job_panel import JobPanel
from .status_line import StatusLine


class SimulationPanel:
    """Places the centre in the CT, and simulates.

    Args:
        ui: the panel's widgets by name.
        logic: the module's logic.
        jobs: runs the simulation.
        switch: of the layouts.
        status: tells of it.
        parameters: gives the current parameter node.
    """

    def __init__(self, ui, logic, jobs: JobPanel, switch: LayoutSwitch, status: StatusLine, parameters: Callable):
        self._logic = logic
        self._jobs = jobs
        self._switch = switch
        self._status = status
        self._parameters = parameters
        ui.placeCentreButton.clicked.connect(self._place_centre)
        ui.simulateButton.clicked.connect(self._simulate)

    def _place_centre(self, *_arguments) -> None:
        """Let the next click into a view place the centre of the simulation."""
        self._switch.restore()
        node = self._parameters()
        node.simulationCentre = simulation_centre.start_placing(node.simulationCt, node.simulationCentre)

    def _simulate(self, *_arguments) -> None:
        """Simulate a pair from the chosen CT, or cancel doing so."""
        self._jobs.start_or_cancel("simulate", self._logic.simulate, self._simulated)

    def _simulated(self, *_outcome) -> None:
        self._status.say(
            " ".join([_("The radiographs were simulated; their CT is chosen as the true CT."), *self._jobs.notes])
        )
