"""Aligning the two views: the button, the proposal beneath the radiographs, and what the user makes of it."""

from __future__ import annotations

from collections.abc import Callable

import slicer
from slicer.i18n import tr as _

from ..parameters import CENTRE_NAMES, SIDES, set_together
from ..scene import Proposal, read_proposal, rests_on
from ..timer import Timer
from ..worker import Outcome, found_values
from .alignment_box import ACCEPTED, MARKING, WAITING, AlignmentBox
from .alignment_start import belongs_to_simulation, has_centre, packages_are_there, pair_key
from .height_lines import HeightLines
from .job_panel import JobPanel
from .pair_check import PairCheck
from .radiograph_panel import RadiographPanel
from .status_line import StatusLine

DELAY_MS = 1000
"""Until an alignment starts by itself: a pair that was loaded is often swapped or reconstructed at once."""


class AlignmentPanel:
    """Proposes how the two views belong together, and applies it when the user accepts it.

    Args:
        ui: the panel's widgets by name.
        logic: the module's logic.
        jobs: runs the alignments that the user has asked for.
        status: tells of them.
        pair: whether the two radiographs may be aligned.
        panels: the two radiographs by side.
    """

    def __init__(self, ui, logic, jobs: JobPanel, status: StatusLine, pair: PairCheck, panels: dict):
        self._ui = ui
        self._logic = logic
        self._jobs = jobs
        self._pair = pair
        self._panels: dict[str, RadiographPanel] = panels
        self._box = AlignmentBox(ui, status)
        self.heights = HeightLines(panels)
        self._timer = Timer(DELAY_MS)
        self._parameters = None
        self._forget()
        ui.alignButton.clicked.connect(self._pressed)
        ui.acceptAlignmentButton.clicked.connect(self._accept)
        ui.changeAlignmentButton.clicked.connect(self._change)
        ui.undoAlignmentButton.clicked.connect(self._undo)

    def _forget(self) -> None:
        self._proposal: Proposal | None = None
        self._stage = ""
        self._holds: tuple = ()
        self._before: dict = {}
        self._accepted: Proposal | None = None
        self._failure = ""
        self._quiet: tuple | None = None
        self._tried: tuple | None = None

    @property
    def proposal(self) -> Proposal | None:
        """The proposal in the box, whatever has become of it; None where there is none."""
        return self._proposal

    def update(self, parameters, by_itself: bool) -> None:
        """Keep in step with what is chosen.

        Args:
            by_itself: whether an alignment may start without being asked for.
        """
        self._parameters = parameters
        if self._stage and self._state() != self._holds:
            self._drop()
        self._keep_found()
        if self._quiet is not None and rests_on(parameters, with_centres=True) != self._quiet:
            self._logic.giveWay()
            self._tried = None
        if self._failure and pair_key(parameters) != self._tried:
            self._failure = ""
        if self._stage == MARKING and not any(panel.mark.offered for panel in self._panels.values()):
            self._drop()
        if by_itself and self._starts_by_itself():
            if not self._timer.running:
                self._timer.start(self._start_by_itself)
        else:
            self._timer.stop()
        self._show()

    def stop(self) -> None:
        """The scene goes away, or another parameter node comes."""
        self._timer.stop()
        self._drop()
        self._forget()
        self._box.stop()

    def reminder(self) -> str:
        """What a reconstruction that starts now does not take into account; empty for nothing."""
        if self._quiet is not None:
            return _("The views were still being aligned; this reconstruction does without.")
        texts = {
            WAITING: _("The proposal to align the views still waits; this reconstruction does without it."),
            MARKING: _("Points that are only proposed do not count in this reconstruction."),
        }
        return texts.get(self._stage, "")

    def _keep_found(self) -> None:
        """Forget as found what the user has changed, and take back what was found in another pair."""
        if slicer.mrmlScene.IsImporting():
            return  # The radiographs that the parameters name come after them.
        elsewhere = found_values.of_another_pair(self._parameters)
        if elsewhere:
            self._box.say(_("What the alignment had found belonged to the radiographs before; it was taken back."))
        changed = elsewhere or found_values.changed_by_hand(self._parameters)
        if changed:
            set_together(self._parameters, changed)

    def _state(self) -> tuple:
        """What has to stay as it is for the box to hold."""
        return rests_on(self._parameters, with_centres=self._stage == ACCEPTED)

    # Start

    def _starts_by_itself(self) -> bool:
        parameters = self._parameters
        possible = parameters.model and self._pair.alignable and not self._jobs.running and self._quiet is None
        if not possible or self._stage or pair_key(parameters) == self._tried:
            return False
        return not has_centre(parameters) and not belongs_to_simulation(self._panels)

    def _start_by_itself(self) -> None:
        if not self._starts_by_itself() or not packages_are_there():
            return
        self._tried, self._quiet = pair_key(self._parameters), rests_on(self._parameters, with_centres=True)
        try:
            self._logic.align(self._parameters, lambda event: None, self._ended_quietly, self._take, gives_way=True)
        except ValueError as error:
            self._ended_quietly(Outcome("input", str(error)))
        self._show()

    def _ended_quietly(self, outcome: Outcome) -> None:
        self._quiet = None
        if outcome.kind not in ("result", "cancelled"):
            self._failure = outcome.message
        if outcome.succeeded:
            self._box.say_if_silent(_("The views were aligned; look at the proposal."))
        if self._parameters is not None:
            self._show()

    def _pressed(self, *_arguments) -> None:
        if self._quiet is not None:
            self._logic.giveWay()
            return
        self._tried, self._failure = pair_key(self._parameters), ""
        self._jobs.start_or_cancel("align", self._align, self._aligned)

    def _align(self, parameters, on_event: Callable, on_finished: Callable) -> None:
        self._logic.align(parameters, on_event, on_finished, self._take)

    def _aligned(self, _outcome: Outcome, _seconds: float) -> None:
        self._box.say(" ".join([_("The views were aligned; look at the proposal."), *self._jobs.notes]))
        self._box.come_into_sight()

    def _take(self, result: dict, readings: dict[str, dict]) -> None:
        facts = {side: panel.facts for side, panel in self._panels.items()}
        proposal = read_proposal(result, self._parameters, readings, facts)
        self._drop()
        self._failure = ""
        self._wait_for_answer(proposal)

    def _wait_for_answer(self, proposal: Proposal) -> None:
        self._proposal, self._stage = proposal, WAITING
        self._holds = self._state()
        for view in proposal.views.values():
            if view.centre_px is not None:
                self._panels[view.shown_on].mark.offer(view.turned.back(*view.centre_px))
        self._show()

    # What the user makes of it

    def _accept(self, *_arguments) -> None:
        proposal = self._proposal
        values = proposal.parameters_of(
            self._parameters, {side: self._moved(view.shown_on) for side, view in proposal.views.items()}
        )
        before = {name: self._parameters.getValue(name) for name in values}
        lengths = {side: before[view.shown_on + "KnownLength"] for side, view in proposal.views.items()}
        replaced = [side for side, length in lengths.items() if length and not values[side + "KnownLength"]]
        self._drop()
        set_together(self._parameters, values)
        self._proposal, self._stage = proposal.accepted(), ACCEPTED
        self._accepted, self._before = proposal, before
        self._holds = self._state()
        self._tried = pair_key(self._parameters)
        text = _("The known length of the {side} radiograph is in its pixel spacing now.")
        told = [text.format(side=side) for side in replaced]
        self._box.say(" ".join([_("The proposal was accepted."), *told]))
        self._show()

    def _moved(self, side: str) -> tuple[float, float] | None:
        """The centre that the user has placed since it was proposed, in the picture shown; None for none."""
        if self._panels[side].mark.offered is not None:
            return None
        centre = tuple(self._parameters.getValue(side + name) for name in CENTRE_NAMES)
        return centre if min(centre) >= 0.0 else None

    def _undo(self, *_arguments) -> None:
        before, proposal = self._before, self._accepted
        self._drop()
        set_together(self._parameters, before)
        self._tried = pair_key(self._parameters)
        self._wait_for_answer(proposal)
        self._box.say(_("Everything is as it was before the proposal was accepted."))

    def _change(self, *_arguments) -> None:
        self._box.unsay()
        self._stage = MARKING
        self._holds = self._state()
        self._show()
        self._ui.showRadiographsButton.setFocus()

    def _drop(self) -> None:
        self._proposal, self._stage, self._accepted, self._before = None, "", None, {}
        self._box.unsay()
        self.heights.stop()
        for panel in self._panels.values():
            panel.mark.offer(None)

    def _show(self) -> None:
        running = self._jobs.running == "align" or self._quiet is not None
        self._box.show_button(running, self._pair.alignable and not self._jobs.running)
        names = []
        if self._stage:
            sides = [self._proposal.views[side].shown_on for side in SIDES]
            names = [self._parameters.getValue(side + "Volume").GetName() for side in sides]
            self.heights.show(self._proposal)
        self._box.show(self._stage, self._proposal, names, self._failure)
