"""The module's logic: starts jobs, one at a time, and brings their results into the scene."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from .export import page_job, series_job
from .parameters import CENTRE_NAMES, FRONTAL, SIDES, Diff2CTReconstructionParameterNode
from .scene import (
    common_grid,
    comparison,
    file_of,
    only_point,
    place_of_pair,
    radiographs,
    refuse_flat,
    refuse_transform,
    rests_on,
    results,
    sources_of,
)
from .scene import take_over as take_over_result
from .worker import ChangedMeanwhileError, Job, Outcome, ReadyWorker, commands

SERIES_FOLDER = "series"


class Diff2CTReconstructionLogic(ScriptedLoadableModuleLogic):
    """Alignment, reconstruction, simulation, comparison, export as jobs; nothing here computes on large images.

    Each of the six methods that start a job takes `on_event` (the worker's progress and note events) and
    `on_finished` (the `Outcome`), both called later in the window's thread, and raises ValueError with a
    sentence for the user when the job cannot be started.
    """

    def __init__(self) -> None:
        super().__init__()
        self._job: Job | None = None
        self._give_way: Callable[[], None] | None = None
        self._ready = ReadyWorker()
        self._wrapper: weakref.ref | None = None

    def getParameterNode(self) -> Diff2CTReconstructionParameterNode:
        """The parameters of the scene; the same object while it is in use, for each one reads all anew at a change."""
        node = super().getParameterNode()
        parameters = self._wrapper() if self._wrapper is not None else None
        if parameters is None or parameters.parameterNode is not node:
            parameters = Diff2CTReconstructionParameterNode(node)
            self._wrapper = weakref.ref(parameters)
        return parameters

    def forgetParameterNode(self) -> None:
        """A scene was loaded: its parameters are read anew, for the nodes that they name came after them."""
        self._wrapper = None

    @property
    def busy(self) -> bool:
        """Whether a job runs that others have to wait for."""
        return self._job is not None and self._give_way is None

    @property
    def workerPid(self) -> int | None:
        """Process id of the running worker."""
        return self._job.worker_pid if self._job else None

    def align(
        self,
        parameters,
        on_event: Callable[[dict], None],
        on_finished: Callable[[Outcome], None],
        use: Callable[[dict, dict[str, dict]], None],
        gives_way: bool = False,
    ) -> None:
        """Find out how the two chosen radiographs belong together; the scene and the parameters stay as they are.

        Args:
            use: called with the worker's result, and by side with how the pixels are stored where no file says it.
            gives_way: whether it ends, as if it were cancelled, as soon as another job is started.
        """
        radiographs.refuse_no_pair(parameters)
        chosen, before = radiographs.chosen_pair(parameters), rests_on(parameters, with_centres=True)
        readings: dict[str, dict] = {}

        def prepare(folder: Path) -> Iterator[None]:
            sources = yield from sources_of(chosen, folder)
            readings.update({side: source.given.get("reading", {}) for side, source in sources.items()})
            given = {side: (source.path, source.given) for side, source in sources.items()}
            return commands.align(parameters, given, folder)

        def take_over(result: dict, _folder: Path) -> None:
            if rests_on(parameters, with_centres=True) != before:
                text = _("The radiographs, or what is chosen about them, changed meanwhile; align the views again.")
                raise ChangedMeanwhileError(text)
            use(result, readings)

        self._start(prepare, take_over, on_event, on_finished, gives_way)

    def reconstruct(self, parameters, on_event: Callable[[dict], None], on_finished: Callable[[Outcome], None]) -> None:
        """Reconstruct the two chosen radiographs; the new nodes go into a folder of their own."""
        radiographs.refuse_no_pair(parameters)
        # Others may be chosen while this goes on.
        chosen = radiographs.chosen_pair(parameters)
        nodes = {side: node for side, (node, _frame) in chosen.items()}
        remarks: dict[str, str] = {}

        def prepare(folder: Path) -> Iterator[None]:
            sources = yield from sources_of(chosen, folder)
            remarks.update({side: source.remark for side, source in sources.items()})
            moved = any(parameters.getValue(side + name) >= 0.0 for side in SIDES for name in CENTRE_NAMES)
            centre, remark = place_of_pair(sources, moved)
            remarks[FRONTAL] = " ".join(filter(None, (remarks[FRONTAL], remark)))
            for remark in filter(None, remarks.values()):
                on_event({"event": "note", "message": remark})
            given = {side: (source.path, source.given) for side, source in sources.items()}
            return commands.reconstruct(parameters, given, centre, folder)

        def take_over(result: dict, folder: Path) -> None:
            take_over_result.reconstruction(parameters, nodes, remarks, result, folder)

        self._start(prepare, take_over, on_event, on_finished)

    def simulate(self, parameters, on_event: Callable[[dict], None], on_finished: Callable[[Outcome], None]) -> None:
        """Make a pair of radiographs and the truth from the chosen CT, and choose them for reconstruction."""
        ct = parameters.simulationCt
        if ct is None:
            raise ValueError(_("Choose the CT to simulate radiographs from."))
        refuse_flat(ct)
        centre = only_point(parameters.simulationCentre)

        def prepare(folder: Path) -> Iterator[None]:
            path = yield from file_of(ct, folder / "ct.mha")
            return commands.simulate(path, centre, folder)

        def take_over(result: dict, folder: Path) -> None:
            take_over_result.simulation(parameters, result, folder)

        self._start(prepare, take_over, on_event, on_finished)

    def compare(self, parameters, on_event: Callable[[dict], None], on_finished: Callable[[Outcome], None]) -> None:
        """Measure the current reconstruction against the chosen CT."""
        reconstruction, ct = parameters.reconstruction, parameters.truthCt
        if reconstruction is None:
            raise ValueError(_("There is no reconstruction to compare yet; press Reconstruct first."))
        if ct is None:
            raise ValueError(_("Choose the true CT to compare with."))
        if ct is reconstruction:
            raise ValueError(_("The true CT is the reconstruction itself; choose a CT of the patient."))
        refuse_flat(ct)
        for node in (reconstruction, ct):
            refuse_transform(node)
        if comparison.covers(reconstruction, ct) == 0.0:
            text = _("“{name}” does not contain the field of view of the reconstruction; move or register it first.")
            raise ValueError(text.format(name=ct.GetName()))

        compared = [(node, radiographs.state(node)) for node in (reconstruction, ct)]

        def prepare(folder: Path) -> Iterator[None]:
            if (yield from results.is_changed_in_steps(reconstruction)):
                text = _("“{name}” was changed in the scene: these numbers are not the model's.")
                on_event({"event": "note", "message": text.format(name=reconstruction.GetName())})
            made = yield from file_of(reconstruction, folder / "reconstruction.mha")
            truth = yield from file_of(ct, folder / "truth.mha")
            return commands.evaluate(made, truth)

        def take_over(result: dict, folder: Path) -> Iterator[None]:
            grid = yield from common_grid(reconstruction, ct)
            for node, before in compared:
                deleted = not slicer.mrmlScene.IsNodePresent(node)
                if deleted or radiographs.state(node) != before:
                    text = _("“{name}” was changed while it was compared; compare again.")
                    if deleted:
                        text = _("“{name}” was deleted while it was compared.")
                    raise ChangedMeanwhileError(text.format(name=node.GetName()))
            take_over_result.compared(parameters, reconstruction, grid, result)

        self._start(prepare, take_over, on_event, on_finished)

    def export_series(
        self,
        parameters,
        target: Path | None,
        on_event: Callable[[dict], None],
        on_finished: Callable[[Outcome], None],
        use: Callable[[Path], None] = lambda series: None,
    ) -> None:
        """Write the current reconstruction as a DICOM series into a new folder.

        Args:
            target: the folder; None for one that goes with the job, once `use` was called with it.
        """
        reconstruction = parameters.reconstruction
        if reconstruction is None:
            raise ValueError(_("There is no reconstruction to export yet; press Reconstruct first."))
        results.refuse_changed(reconstruction)

        def prepare(folder: Path) -> Iterator[None]:
            return series_job(reconstruction, target or folder / SERIES_FOLDER, folder)

        self._start(prepare, lambda result, folder: use(Path(result["folder"])), on_event, on_finished)

    def export_page(
        self, parameters, target: Path, on_event: Callable[[dict], None], on_finished: Callable[[Outcome], None]
    ) -> None:
        """Write the page of the current reconstruction, with what it was compared with."""
        self._start(functools.partial(page_job, parameters, target), lambda *_result: None, on_event, on_finished)

    def cancel(self) -> None:
        """Stop the running job; its `on_finished` follows within about two seconds."""
        if self._job is not None:
            self._job.cancel()

    def giveWay(self) -> None:
        """End the job that gives way to others, if one runs; its `on_finished` is called at once."""
        if self._give_way is not None:
            self._give_way()

    def abandon(self) -> None:
        """Stop the running job at once, without a callback: scene, module or application close."""
        if self._job is not None:
            job, self._job, self._give_way = self._job, None, None
            job.abandon()
        self.releaseWorker()

    def releaseWorker(self) -> None:
        """Free the worker that stays ready: at once, or after the running job."""
        self._ready.release()

    def _start(self, prepare, take_over, on_event, on_finished, gives_way: bool = False) -> None:
        self.giveWay()
        if self._job is not None:
            raise ValueError(_("Another job is running; wait for it or cancel it."))

        def finished(outcome: Outcome) -> None:
            self._job = self._give_way = None
            on_finished(outcome)

        def give_way() -> None:
            self._job.abandon()
            finished(Outcome("cancelled"))

        self._give_way = give_way if gives_way else None
        self._job = Job(slicer.app.temporaryPath, prepare, take_over, on_event, finished, self._ready)
        self._job.start()
