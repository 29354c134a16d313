"""What is handed to the worker for a radiograph of the scene: its file as long as both agree, else its own pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from slicer.i18n import tr as _

from ..worker import facts_of, view_choices
from . import frames, radiographs
from .background import in_background
from .file_identity import Likeness, likeness, voxel_digest
from .patients import patient_in
from .volume_files import ijk_to_ras, write_volume

SAME_PLACE_MM = 0.01
SAME_SPACING = 1e-3
SAME_DIRECTION = 1e-3


@dataclass(frozen=True)
class Source:
    """A file for the worker, and what to give along.

    Attributes:
        path: the radiograph's own file, or its pixels written for this job.
        given: arguments of `view_geometry`, and under "reading" those of the reader; a DICOM file speaks for itself.
        frame: the number of the frame in a run, from 1; None for a single picture.
        frames: how many the run has.
        centre_ras_mm: where the volume's centre lies, as far as the scene knows.
        remark: what was not taken from the file as it is, in sentences for the user; empty when nothing was.
        digest: of the pixels in the scene.
        falling: whether the scene holds the file's values turned round.
        patient: what a DICOM file says of its patient, as `Diff2CTCore.radiograph.pair_refusal` takes it.
    """

    path: Path
    given: dict = field(default_factory=dict)
    frame: int | None = None
    frames: int = 1
    centre_ras_mm: list[float] | None = None
    remark: str = ""
    digest: str = ""
    falling: bool = False
    patient: tuple[str, ...] | None = None


def source_of(node, chosen_frame: int, folder: Path, side: str) -> Iterator[None]:
    """Look at a radiograph and give its `Source`; pixels are written into `folder` where no file holds them.

    Raises ValueError with a sentence for the user.
    """
    refusal = radiographs.refusal(node, chosen_frame)
    if refusal:
        raise ValueError(refusal)
    run = frames.run_of(node)
    number = frames.frame_number(run, chosen_frame)
    voxels = frames.frame_voxels(node, number)
    digest = yield from in_background(voxel_digest, voxels)
    shared = {"frame": number, "frames": run.count, "digest": digest}
    others: list[tuple[Path, Likeness]] = []
    own = None
    for path in frames.files_of(node):
        found = yield from likeness(voxels, path, number)
        if found.same_picture and frames.is_dicom(path):
            shared["patient"] = yield from in_background(patient_in, path)
            return _of_dicom(node, path, found, shared)
        # Only DICOM says which end is dense: in another file, values that were turned round are another picture.
        if found.same_picture and found.slope > 0.0:
            own = own or (path, found)
        else:
            others.append((path, found))
    given, centre, remarks, reference = yield from _kept_along(node, others, number, digest)
    path, found = own or (folder / f"{side}.mha", None)
    if found is None:
        yield from write_volume(node, path, voxels)
    else:
        reference = found.ijk_to_ras
    remarks.append(_placed_otherwise(node, reference))
    if reference is not None and not _is_spacing_of(ijk_to_ras(node), reference, [other for other, _found in others]):
        given["pixel_spacing_mm"] = list(_spacing(ijk_to_ras(node)))
        remarks.append(_spacing_remark(node))
    return Source(path, given, centre_ras_mm=centre, remark=" ".join(filter(None, remarks)), **shared)


def sources_of(chosen: dict[str, tuple], folder: Path) -> Iterator[None]:
    """The `Source` of both radiographs by side.

    Args:
        chosen: as `radiographs.chosen_pair` gives them.
    """
    found = {}
    for side, (node, frame) in chosen.items():
        found[side] = yield from source_of(node, frame, folder, side)
    return found


def place_of_pair(sources: dict[str, Source], moved: bool) -> tuple[list[float] | None, str]:
    """(where the middle of the volume goes, what to tell of it); None leaves it to the files, or to the origin.

    Args:
        sources: by side.
        moved: whether a centre was placed by hand, so that it is no longer the point whose place is known.

    Raises ValueError with a sentence for the user where the two contradict each other.
    """
    known = [source.centre_ras_mm for source in sources.values() if source.centre_ras_mm is not None]
    if not known:
        return None, ""
    if not np.allclose(known[0], known[-1], rtol=0.0, atol=SAME_PLACE_MM):
        text = _(
            "The two radiographs were simulated about different centre points, so they are no pair; choose two of one."
        )
        raise ValueError(text)
    if moved:
        return [0.0, 0.0, 0.0], _("The centre point was placed by hand, so the volume is put at the scene's origin.")
    return known[0], ""


def _of_dicom(node, path: Path, found: Likeness, shared: dict) -> Source:
    remarks = [_placed_otherwise(node, found.ijk_to_ras)]
    given: dict = {"reading": {"frame": shared["frame"]}} if shared["frame"] else {}
    if not _is_spacing_of(ijk_to_ras(node), found.ijk_to_ras, [path]):
        given["pixel_spacing_mm"] = list(_spacing(ijk_to_ras(node)))
        remarks.append(_spacing_remark(node))
    remark = " ".join(filter(None, remarks))
    centre = radiographs.centre_ras_mm(node)
    return Source(path, given, centre_ras_mm=centre, remark=remark, falling=found.slope < 0.0, **shared)


def _kept_along(node, others: list[tuple[Path, Likeness]], number: int | None, digest: str) -> Iterator[None]:
    """What is known of a radiograph whose DICOM file does not hold its pixels.

    Args:
        others: files it may have come from, which hold other pixels.

    Returns (what is given along, the volume's centre, remarks, where its file put it).
    """
    kept = radiographs.remembered_pixels(node)
    given, reading = radiographs.remembered_geometry(node), radiographs.remembered_reading(node)
    centre = radiographs.centre_ras_mm(node)
    told = next((path for path, _found in others if frames.is_dicom(path)), None)
    if not (given or reading) and told is not None:
        given, reading, centre = yield from in_background(_said_by, told, number)
    reference = np.array(kept["ijk_to_ras"]) if "ijk_to_ras" in kept else None
    if reference is None and others:
        reference = others[0][1].ijk_to_ras
    text = ""
    if kept and kept.get("frame") != number:
        given = {key: value for key, value in given.items() if key not in radiographs.OF_FRAME}
        text = _("The file of “{name}” is gone: what it said of frame {frame} alone, such as angles, is not known.")
    elif kept.get("digest") == digest:
        text = _("The file {file} no longer holds “{name}”: the pixels in the scene are used.") if others else ""
    elif kept or others:
        given = {key: value for key, value in given.items() if key not in view_choices.IN_PIXELS}
        centre = None
        text = _(
            "“{name}” was changed in the scene after it was read: its pixels there are used, with the spacing, view "
            "and distances that its file gave; what that says of single pixels, such as a shutter, does not count."
        )
    remark = text.format(name=node.GetName(), frame=number, file=others[0][0].name if others else "")
    given["reading"] = {key: value for key, value in reading.items() if key != "frame"}
    return given, centre, [remark], reference


def _said_by(path: Path, frame: int | None) -> tuple[dict, dict, list[float] | None]:
    """Geometry, reading and centre that a DICOM file states; empty where it cannot be read as a radiograph."""
    from Diff2CTCore.errors import Diff2CTError

    request = {"radiograph": str(path), "choices": {"frame": frame} if frame else {}, "geometry": {}}
    try:
        facts, _radiograph = facts_of({**request, "default_view": "AP"})
    except Diff2CTError:
        return {}, {}, None
    return radiographs.stated(facts), facts["reading"], facts.get("centre_ras_mm")


def _placed_otherwise(node, reference: np.ndarray | None) -> str:
    """A remark on a picture that was turned in space; ValueError where it was mirrored, which nobody can follow."""
    if reference is None:
        return ""
    own, wanted = (_directions(matrix) for matrix in (ijk_to_ras(node), reference))
    if np.abs(own - wanted).max() < SAME_DIRECTION:
        return ""
    if np.linalg.det(own) * np.linalg.det(wanted) < 0.0:
        text = _(
            "“{name}” was mirrored in the scene by its place, not in its pixels; load it anew, and mirror it under "
            "“Correct what was read”."
        )
        raise ValueError(text.format(name=node.GetName()))
    text = _("“{name}” was turned in the scene as a whole; its rows and columns are used as they are stored.")
    return text.format(name=node.GetName())


def _directions(matrix: np.ndarray) -> np.ndarray:
    return matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=0)


def _spacing(matrix: np.ndarray) -> tuple[float, float]:
    """(row, column) in mm."""
    column, row, _slice = np.linalg.norm(matrix[:3, :3], axis=0)
    return float(row), float(column)


def _is_spacing_of(own: np.ndarray, reference: np.ndarray, paths: list[Path]) -> bool:
    """Whether a node has the spacing that one of Slicer's readers makes of its file."""
    known = [_spacing(reference), *(spacing for path in paths for spacing in frames.spacings_in(path))]
    return any(np.allclose(_spacing(own), spacing, rtol=SAME_SPACING, atol=0.0) for spacing in known)


def _spacing_remark(node) -> str:
    row, column = _spacing(ijk_to_ras(node))
    text = _("The pixel spacing of “{name}” was set in the scene: {row:.3f} × {column:.3f} mm.")
    return text.format(name=node.GetName(), row=row, column=column)
