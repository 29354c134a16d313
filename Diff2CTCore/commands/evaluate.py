"""`diff2ct evaluate`: how near a reconstruction comes to a CT."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import numpy as np

from ..errors import Diff2CTError, VolumeError
from ..geometry import HU_AIR, VolumeGrid
from ..progress import plain
from .result import Result

LEAST_COVERED = 0.1
"""A truth that covers less of the reconstruction than this lies in another place."""

LEAST_OVERLAP = 0.65
"""So do two volumes whose bodies overlap less (Dice); a good reconstruction reaches 0.9, one moved by 60 mm 0.65."""

LEAST_OVERLAP_IN_HALF = 0.8
"""The same where the truth covers less than half: a body in the wrong place fills a part of another more easily."""

EXTRAS = ("matplotlib", "scipy", "skimage")


class MissingLibraryError(Diff2CTError):
    """An optional library is not installed."""

    kind = "library"


def add_parser(commands):
    """Add `evaluate` to the command line and return its parser."""
    parser = commands.add_parser(
        "evaluate",
        help="compare a reconstruction with the true CT",
        description="Compare a reconstruction with the true CT, which may have any grid; it is resampled onto "
        "the reconstruction's. PSNR and SSIM take HU clipped to -1000..1500 over a range of 2500; 'body' and 'bone' "
        "are masks made from the true CT (bone: above 200 HU). The level profile and the spine overlap are taken along "
        "the spine that is found in it; '-' where there is none.",
    )
    parser.add_argument("reconstruction", metavar="RECON", type=Path, help="NRRD, NIfTI or MHA volume in HU")
    parser.add_argument("truth", metavar="CT", type=Path, help="true CT: NRRD, NIfTI, MHA or a folder of DICOM slices")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(arguments, progress) -> Result:
    """Read both, bring the true CT onto the reconstruction's grid, measure."""
    from ..ct import NO_SPINE, body_mask, dice, evaluate, lacks_spine, metrics_table, read_ct, resample_ct

    progress("reading", 0, 2)
    reconstruction = read_ct(arguments.reconstruction, generated=True)
    progress("reading", 1, 2)
    truth = read_ct(arguments.truth)
    progress("reading", 2, 2)
    for note in (*reconstruction.notes, *truth.notes):
        progress.note(note)
    grid, centre = grid_of(reconstruction)
    own = covered_part(reconstruction, grid, centre)
    seen = covered_part(truth, grid, centre) & own
    covered = float(seen.sum() / own.sum())
    if covered < LEAST_COVERED:
        raise VolumeError(
            f"The true CT covers {covered:.0%} of the reconstruction, less than {LEAST_COVERED:.0%}, so the two lie in "
            "different places; register them first, or reconstruct with --centre-ras."
        )
    if covered < 1.0:
        progress.note(f"The true CT covers {covered:.0%} of the reconstruction; the rest of it is taken for air.")
    if not own.all():
        progress.note(
            f"The reconstruction lies on turned axes and fills {own.mean():.0%} of the box along the patient's axes; "
            "the rest of the box is taken for air in both volumes."
        )
    progress("measuring", 0, 1)
    pair = [np.where(own, resample_ct(volume, grid, centre), HU_AIR) for volume in (reconstruction, truth)]
    overlap = dice(*(body_mask(hu, grid.spacing_mm) & seen for hu in pair))
    least = LEAST_OVERLAP if covered >= 0.5 else LEAST_OVERLAP_IN_HALF
    if overlap < least:
        raise VolumeError(
            f"The bodies in the two volumes overlap by {overlap:.2f} (Dice), less than {least:g}, so they lie in "
            "different places or are not one patient; register them first, or reconstruct with --centre-ras."
        )
    with evaluation_libraries():
        found = evaluate(*pair, grid.spacing_mm)
    progress("measuring", 1, 1)
    if lacks_spine(found):
        progress.note(NO_SPINE)
    values = {"metrics": plain(found), "truth_coverage": round(covered, 4), "body_overlap": round(overlap, 4)}
    text = f"{metrics_table(found)}\n\nThe bodies in the two volumes overlap by {overlap:.2f} (Dice)."
    return Result(json.dumps(values, indent=2) if arguments.json else text, values)


@contextlib.contextmanager
def evaluation_libraries():
    """Names the library of the extras `evaluate` or `demo` that is missing, in a sentence."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in EXTRAS:
            raise
        raise MissingLibraryError(
            f"This needs the library {error.name}; install it with: pip install 'diff2ct[demo]'."
        ) from error


def grid_of(ct) -> tuple[VolumeGrid, np.ndarray]:
    """The isotropic grid along the patient's axes that covers a volume at its finest spacing, and its centre (RAS mm).

    For a volume made by Diff2CT that is its own grid.
    """
    spacing = min(ct.image.GetSpacing())
    extent = np.ptp(ct.corners_ras_mm(), axis=0)
    right, anterior, superior = (max(1, round(float(length) / spacing)) for length in extent)
    return VolumeGrid((superior, anterior, right), spacing), ct.middle_ras_mm()


def covered_part(ct, grid: VolumeGrid, centre_ras_mm) -> np.ndarray:
    """Mask (S, P, L) of a grid's voxels whose centres lie inside a CT's scanned box."""
    import SimpleITK as sitk

    scanned = sitk.Image(ct.image.GetSize(), sitk.sitkUInt8) + 1
    scanned.CopyInformation(ct.image)
    reference = sitk.Image([*grid.shape[::-1]], sitk.sitkUInt8)
    reference.SetSpacing((grid.spacing_mm,) * 3)
    reference.SetOrigin(grid.lps_origin_mm(centre_ras_mm))
    inside = sitk.Resample(scanned, reference, sitk.Transform(), sitk.sitkNearestNeighbor, 0.0)
    return sitk.GetArrayFromImage(inside) == 1
