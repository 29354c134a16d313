"""What the worker wrote, brought into the scene: each function does all of it or raises and leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..parameters import SIDES, set_together
from ..worker import commands
from . import comparison, radiographs, results
from .assumptions import SCENE_ASSUMPTION
from .common_grid import CommonGrid

GREY = "vtkMRMLColorTableNodeGrey"


def reconstruction(parameters, made_from: dict, remarks: dict[str, str], result: dict, folder: Path) -> None:
    """Load volume, standard deviation, radiographs and re-projections, and make them the current result.

    Args:
        made_from: the radiographs by side; others may be chosen by now.
        remarks: by side, what was not taken from its file; they go into the report as assumptions.
    """
    report = json.loads(Path(result["report"]).read_text(encoding="utf-8"))
    for side, remark in remarks.items():
        if remark:
            assumed = report.setdefault("assumptions", {}).setdefault(side, [])
            assumed.append({"name": SCENE_ASSUMPTION, "value": None, "why": remark})
    with results.new_run_folder(_("Diff2CT reconstruction"), made_from.values()) as run:
        name = _("{run} synthetic CT").format(run=run.run)
        volume = run.add_volume(Path(result["volume"]), name, "reconstruction", results.BONE_WINDOW)
        results.attach_provenance(volume, report)
        results.attach_sources(volume, made_from)
        run.describe(report)
        uncertainty = None
        if result.get("std"):
            name = _("{run} uncertainty").format(run=run.run)
            uncertainty = run.add_volume(Path(result["std"]), name, "uncertainty")
            comparison.show_as_map(uncertainty, comparison.UNCERTAINTY_COLOURS, comparison.UNCERTAINTY_WINDOW)
        overlays = {}
        for side in SIDES:
            for kind, word in (("Measured", _("measured")), ("Reprojection", _("re-projection"))):
                path = folder / commands.OVERLAY_FOLDER / f"{side}_{kind.lower()}.nrrd"
                node = run.add_volume(path, f"{run.run} {side} {word}", f"{side} {kind.lower()}")
                overlays[side + kind] = node
        for side in SIDES:
            _same_window(overlays[side + "Measured"], overlays[side + "Reprojection"])
        nodes = {"reconstruction": volume, "uncertainty": uncertainty, **overlays}
        # What belonged to the result before is no longer the current one.
        nodes.update(truth=None, difference=None, metrics=None, bone=None)
        set_together(parameters, nodes)


def simulation(parameters, result: dict, folder: Path) -> None:
    """Load the simulated pair and its truth, choose them, and remember their geometry with the nodes."""
    made = folder / commands.SIMULATION_FOLDER
    with results.new_run_folder(_("Diff2CT simulation")) as run:
        nodes = {}
        for side, name in (("frontal", "ap"), ("lateral", "lateral")):
            node = run.add_volume(made / f"{name}.dcm", f"{run.run} {side}", f"{side} radiograph")
            radiographs.keep_geometry(node, result[side], result["centre_ras_mm"])
            nodes[side + "Volume"] = node
        truth = run.add_volume(
            made / "truth.nrrd", _("{run} true CT").format(run=run.run), "truth", results.BONE_WINDOW
        )
        results.attach_provenance(truth, result)
        set_together(parameters, {**nodes, "truthCt": truth})


def compared(parameters, volume, grid: CommonGrid, result: dict) -> None:
    """Put truth on the reconstruction's grid, the difference and the table of metrics beside the reconstruction.

    Args:
        volume: what was compared; another may be the current one by now.
        grid: of it and the truth.
    """
    before = {name: parameters.getValue(name) for name in ("truth", "difference", "metrics")}
    run = results.folder_of(volume)
    prefix = run.run if run is not None else volume.GetName()
    added = []
    try:
        truth = comparison.volume_beside(volume, grid.truth, _("{run} true CT").format(run=prefix))
        added.append(truth)
        truth.GetDisplayNode().SetWindowLevel(*results.BONE_WINDOW)
        difference = comparison.volume_beside(volume, grid.difference, f"{prefix} difference")
        added.append(difference)
        comparison.show_as_map(difference, comparison.DIFFERENCE_COLOURS, comparison.DIFFERENCE_WINDOW)
        metrics = comparison.metrics_table(result["metrics"], f"{prefix} metrics")
        added.append(metrics)
        comparison.mark_compared(metrics, grid.truth_digest)
        if run is not None:
            for node, role in ((truth, "truth"), (difference, "difference"), (metrics, "metrics")):
                run.adopt(node, role)
    except BaseException:
        for node in added:
            slicer.mrmlScene.RemoveNode(node)
        raise
    set_together(parameters, {"truth": truth, "difference": difference, "metrics": metrics})
    for node in before.values():
        if node is not None:
            slicer.mrmlScene.RemoveNode(node)


def _same_window(measured, reprojection) -> None:
    """Both pictures on one scale, so that fading between them shows differences and no jump in brightness."""
    low, high = comparison.percentiles(measured, 0.5, 99.5)
    for node in (measured, reprojection):
        display = node.GetDisplayNode()
        display.SetAndObserveColorNodeID(GREY)
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(max(high - low, 1e-6), (high + low) / 2.0)
