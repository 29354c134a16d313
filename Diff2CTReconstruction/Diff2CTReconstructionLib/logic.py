"""The module's logic: starts jobs, one at a time, and brings their results into the scene."""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import slicer
from slicer.i18n import tr as _
from slicer.ScriptedLoadableModule import ScriptedLoadableModuleLogic

from .parameters import CENTRE_NAMES, FRONTAL, SIDES, Diff2CTReconstructionParameterNode
from .scene import (
    common_grid,
    comparison,
    file_of,
    place_of_pair,
    radiographs,
    refuse_transform,
    results,
    source_of,
    write_volume,
)
from .scene import take_over as take_over_result
from .worker import ChangedMeanwhileError, Job, Outcome, ReadyWorker, commands

SERIES_FOLDER = "series"


class Diff2CTReconstructionLogic(ScriptedLoadableModuleLogic):
    """Reconstruction, simulation, comparison and DICOM export as jobs; nothing here computes on images of full size.

    Each of the four methods that start a job takes `on_event` (the worker's progress and note events) and
    `on_finished` (the `Outcome`), both called later in the window's thread, and raises ValueError with a
    sentence for the user when the job cannot be started.
    """

    def __init__(self) -> None:
        super().__init__()
        self._job: Job | None = None
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
        """Whether a job runs."""
        return self._job is not None

    @property
    def workerPid(self) -> int | None:
        """Process id of the running worker."""
        return self._job.worker_pid if self._job else None

    def reconstruct(self, parameters, on_event: Callable[[dict], None], on_finished: Callable[[Outcome], None]) -> None:
        """Reconstruct the two chosen radiographs; the new nodes go into a folder of their own."""
        refusal = radiographs.pair_refusal(parameters)
        if refusal:
            raise ValueError(refusal)

        # Others may be chosen while this goes on.
        nodes = {side: parameters.getValue(side + "Volume") for side in SIDES}
        chosen = {side: parameters.getValue(side + "Frame") for side in SIDES}
        remarks: dict[str, str] = {}

        def prepare(folder: Path) -> Iterator[None]:
            sources = {}
            for side, node in nodes.items():
                source = yield from source_of(node, chosen[side], folder, side)
                sources[side], remarks[side] = source, source.remark
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
        _refuse_flat(ct)
        centre = _first_point(parameters.simulationCentre)

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
        _refuse_flat(ct)
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
            volume, report = folder / "reconstruction.mha", folder / "report.json"
            yield from write_volume(reconstruction, volume)
            report.write_text(json.dumps(results.provenance_of(reconstruction)), encoding="utf-8")
            files = yield from results.source_files(reconstruction)
            return commands.export_series(volume, report, files, target or folder / SERIES_FOLDER)

        self._start(prepare, lambda result, folder: use(Path(result["folder"])), on_event, on_finished)

    def cancel(self) -> None:
        """Stop the running job; its `on_finished` follows within about two seconds."""
        if self._job is not None:
            self._job.cancel()

    def abandon(self) -> None:
        """Stop the running job at once, without a callback: scene, module or application close."""
        if self._job is not None:
            job, self._job = self._job, None
            job.abandon()
        self.releaseWorker()

    def releaseWorker(self) -> None:
        """Free the worker that stays ready: at once, or after the running job."""
        self._ready.release()

    def _start(self, prepare, take_over, on_event, on_finished) -> None:
        if self._job is not None:
            raise ValueError(_("Another job is running; wait for it or cancel it."))

        def finished(outcome: Outcome) -> None:
            self._job = None
            on_finished(outcome)

        self._job = Job(slicer.app.temporaryPath, prepare, take_over, on_event, finished, self._ready)
        self._job.start()


def _refuse_flat(ct) -> None:
    if ct.GetImageData() is None or 1 in ct.GetImageData().GetDimensions():
        raise ValueError(_("“{name}” is not a CT volume; choose one with many slices.").format(name=ct.GetName()))


def _first_point(markups) -> list[float] | None:
    if markups is None:
        return None
    # A point that is still to be placed has a position, too, but it means nothing.
    status = slicer.vtkMRMLMarkupsNode.PositionDefined
    count = markups.GetNumberOfControlPoints()
    defined = [index for index in range(count) if markups.GetNthControlPointPositionStatus(index) == status]
    if len(defined) != 1:
        text = _("The point list “{name}” holds {count} points; let it hold the centre alone, or choose None.")
        if not defined:
            text = _("The point list “{name}” is empty; place the centre point or choose None.")
        raise ValueError(text.format(name=markups.GetName(), count=len(defined)))
    position = [0.0, 0.0, 0.0]
    markups.GetNthControlPointPositionWorld(defined[0], position)
    return position
