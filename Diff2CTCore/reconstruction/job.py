"""From two files to a volume and its report on disk: what the command line does, and what others may call."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import OutputError
from ..models import CARD_FILE, INTENDED_USE, WEIGHTS_FILE
from ..progress import plain
from ..storage import (
    check_output_folder,
    check_output_path,
    hu_to_int16,
    replaced_together,
    same_file,
    sha256_of_file,
    sha256_of_voxels,
    write_json,
    write_volume,
)
from .clock import StageClock
from .kept_model import kept_or_loaded
from .placing import place_of
from .reading_pair import RadiographInput, ReadPair, as_found, as_given, has_to_be_found, open_pair
from .report import build_report
from .reprojections import reprojection_files, store_reprojections
from .words import assumption_in_words


@dataclass(frozen=True, eq=False)
class JobResult:
    """What a job made.

    Attributes:
        reconstruction: a `Diff2CTCore.reconstruction.Reconstruction`.
        frontal, lateral: the radiographs as read.
        geometry: the `BiplanarGeometry` in use.
        centre_ras_mm: where the middle of the volume lies, RAS mm.
        centre_source: what says so, in words.
        assumptions: {"frontal": [...], "lateral": [...]} of `Assumption`.
        report: plain values for JSON.
    """

    reconstruction: object
    frontal: object
    lateral: object
    geometry: object
    centre_ras_mm: tuple[float, float, float]
    centre_source: str
    assumptions: dict
    report: dict


def run_job(
    frontal: RadiographInput,
    lateral: RadiographInput,
    settings,
    model=None,
    progress=None,
    centre_ras_mm=None,
    align: str = "auto",
) -> JobResult:
    """Read both radiographs, settle their geometry, reconstruct, and report.

    Args:
        frontal, lateral: the two files.
        settings: `Diff2CTCore.reconstruction.Settings`.
        model: a model's folder or name; the default one if None.
        progress: callable(stage, step, of), with `note(sentence)` for assumptions; see `Diff2CTCore.progress`.
        centre_ras_mm: where the middle of the volume is put, instead of where the radiographs say; for centre points
            that files or user state, or with `align` "off".
        align: "auto" to find out from the pictures what neither files nor user say (which view is which, how each
            lies, and where both show the same); "off" to take the usual.

    Raises:
        Diff2CTError: with a sentence about what is wrong.
    """
    from ..progress import Silent

    progress = progress or Silent()
    clock = StageClock()
    inputs = (frontal, lateral)
    with clock("read"):
        sides = open_pair(*inputs, progress)
        looked_at = align == "auto" and has_to_be_found(sides)
        if not looked_at:
            pair = as_given(sides, inputs)
            place = place_of(pair, centre_ras_mm, progress)
            _tell(pair, progress)
    with clock("load"):
        loaded = kept_or_loaded(model)
    if looked_at:
        with clock("align"):
            pair = _looked_at(sides, inputs, loaded, progress)
            place = place_of(pair, centre_ras_mm, progress)
            _tell(pair, progress)

    from .pipeline import reconstruct

    reconstruction = reconstruct(*pair.radiographs, pair.geometry, loaded, settings, progress)
    timings = {**clock.seconds, **reconstruction.seconds}
    report = build_report(reconstruction, pair, {**timings, "total": round(sum(timings.values()), 3)})
    return JobResult(reconstruction, *pair.radiographs, pair.geometry, *place, pair.assumptions, report)


def _looked_at(sides: tuple, inputs: tuple, loaded, progress) -> ReadPair:
    from ..alignment import alignment_model

    progress("aligning", 0, 1)
    networks = alignment_model(loaded)
    if networks is None:
        progress.note(f"The model {loaded.card.name} cannot align a pair; the views are taken as they are given.")
        return as_given(sides, inputs)
    pair = as_found(sides, inputs, networks)
    progress("aligning", 1, 1)
    return pair


def _tell(pair: ReadPair, progress):
    """Say what was found; where nothing was looked for, what had to be assumed."""
    if pair.proposal:
        for sentence in (*pair.proposal.found, pair.scale.sentence):
            progress.note(sentence)
        return
    for name, items in pair.assumptions.items():
        for item in items:
            told = assumption_in_words(item.name, item.value)
            progress.note(f"Assumed for the {name} radiograph: {told}. {item.why}")
    if pair.scale.uncertainty is not None:
        progress.note(pair.scale.sentence)


def check_outputs(volume: Path, report: Path, std: Path | None, reprojections: Path | None, inputs: tuple[Path, ...]):
    """Refuse outputs that cannot be written, are named twice, or would replace an input. OutputError says why.

    A model's folder is no place for outputs, whichever model is used: its card has the name that a report may have.
    """
    targets = [check_output_path(volume), check_output_path(report, (".json",))]
    targets += [check_output_path(std)] if std else []
    targets += reprojection_files(check_output_folder(reprojections)) if reprojections else []
    for number, target in enumerate(targets):
        if any(same_file(target, other) for other in targets[:number]):
            raise OutputError(f"Two outputs have the same name {target}; give each its own.")
        for source in inputs:
            if same_file(target, source):
                raise OutputError(f"The output {source} is one of the radiographs; choose another name.")
        if in_model_folder(target):
            raise OutputError(f"The output {target} would lie in the folder of a model; choose another folder.")


def in_model_folder(path: Path) -> bool:
    """Whether a file would lie beside a model's card and weights."""
    folder = path.resolve().parent
    return all((folder / name).is_file() for name in (CARD_FILE, WEIGHTS_FILE))


def write_outputs(
    result: JobResult,
    volume: str | os.PathLike,
    report: str | os.PathLike,
    std: str | os.PathLike | None = None,
    reprojections: str | os.PathLike | None = None,
):
    """Write volume, report and, if wanted, the voxel-wise standard deviation and the folder of re-projections.

    All of them or none are written. The report holds the SHA-256 of the other files, and that of the voxels, by which
    the volume is told when another program has stored it anew.

    Args:
        result: of `run_job`.
        volume: .nrrd, .nii.gz, .nii or .mha; int16 HU.
        report: .json.
        std: as the volume, float32 HU; only where there were several samples.
        reprojections: a folder, for the files of `reprojection_files`.

    Raises:
        OutputError: one of them cannot be written, its folder does not exist, or there is no standard deviation.
        VolumeError: the volume holds values that are no HU.
    """
    volume, report = check_output_path(volume), check_output_path(report, (".json",))
    std, reprojections = std and check_output_path(std), reprojections and check_output_folder(reprojections)
    reconstruction = result.reconstruction
    if std and reconstruction.std_hu is None:
        raise OutputError(f"One sample has no deviation to write to {std.name}; reconstruct with samples = 2 or more.")
    hu, grid, centre = hu_to_int16(reconstruction.hu), reconstruction.grid, result.centre_ras_mm
    metadata = {"Diff2CT": f"version {result.report['version']}, {INTENDED_USE}"}
    views = reprojection_files(reprojections) if reprojections else []
    targets = [report, volume, *([std] if std else []), *views]
    with replaced_together(targets) as places:
        staged = dict(zip(targets, places, strict=True))
        write_volume(staged[volume], hu, grid, centre, metadata)
        if std:
            write_volume(staged[std], reconstruction.std_hu, grid, centre, metadata)
        if views:
            store_reprojections(result, [staged[path] for path in views])
        outputs = {
            "volume": volume.name,
            "centre_ras_mm": list(centre),
            "centre_source": result.centre_source,
            "std": std.name if std else None,
            "sha256_of_voxels": sha256_of_voxels(hu),
            "files": [{"name": path.name, "sha256": sha256_of_file(staged[path])} for path in targets[1:]],
        }
        write_json(staged[report], {**result.report, "outputs": plain(outputs)})
