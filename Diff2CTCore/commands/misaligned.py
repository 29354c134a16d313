"""The demonstration's second case: the bundled pair as a clinic would send it, neither level nor of one size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..ct import evaluate
from ..radiograph import read_radiograph
from ..reconstruction import JobResult, RadiographInput, draw_alignment, look_at_pair, run_job
from ..storage import private_folder, sample_file

SHIFT_MM = 60.0
SCALE = 1.08
LATERAL = "lateral.nrrd"
PICTURE = "alignment.png"
TITLE = f"Lateral radiograph shifted by {SHIFT_MM:g} mm and larger by {SCALE - 1.0:.0%}, without and with alignment"


def run_misaligned(
    truth_hu: np.ndarray, settings, model=None, progress=None
) -> dict[str, tuple[JobResult, dict[str, float]]]:
    """The bundled frontal radiograph with its lateral one displaced, reconstructed as it lies and aligned.

    What the alignment finds is used here however sure it is; a reconstruction would ask where it is not.

    Args:
        truth_hu: (S, P, L), on the model's grid about the centre of the bundled pair.
        settings, model, progress: see `Diff2CTCore.reconstruction.run_job`; notes are not passed on.

    Returns:
        Result and metrics by name; the second name says how sure the alignment is.
    """
    with private_folder() as folder:
        inputs = [_frontal(), RadiographInput(displaced_lateral(folder / LATERAL), {}, {"view": "LL"})]
        proposal = look_at_pair(inputs, model)
        sure = "sure" if proposal.alignment.sure else "not sure"
        aligned = [RadiographInput(side.opened.path, side.reading, side.geometry) for side in proposal.sides]
        cases = {"as it lies": inputs, f"aligned ({sure}, {proposal.alignment.probability:.0%})": aligned}
        found = {}
        for name, pair in cases.items():
            result = run_job(*pair, settings, model, _without_notes(progress), align="off")
            grid = result.reconstruction.grid
            found[name] = result, evaluate(result.reconstruction.hu, truth_hu, grid.spacing_mm)
    return found


def _without_notes(progress):
    """The same sentences as in the first case would be told again."""
    if progress is None:
        return None

    def tell(stage: str, step: int, of: int) -> None:
        progress(stage, step, of)

    tell.note = lambda _sentence: None
    return tell


def _frontal() -> RadiographInput:
    """The frontal radiograph with its centre marked, which is the truth's: so the results can be compared with it."""
    path = sample_file("ap.dcm")
    radiograph = read_radiograph(path)
    return RadiographInput(path, {}, {"centre_px": ((radiograph.columns - 1) / 2.0, (radiograph.rows - 1) / 2.0)})


def displaced_lateral(path: Path) -> Path:
    """Write the bundled lateral radiograph `SHIFT_MM` further down, `SCALE` times as large, with nothing in its header
    but the pixel spacing."""
    import SimpleITK as sitk

    radiograph = read_radiograph(sample_file("lateral.dcm"))
    row_mm, column_mm = radiograph.pixel_spacing_mm
    image = sitk.GetImageFromArray(radiograph.pixels)
    image.SetSpacing((column_mm, row_mm))
    middle = image.TransformContinuousIndexToPhysicalPoint([(count - 1) / 2.0 for count in image.GetSize()])
    # From where a pixel lies to where it comes from.
    back = sitk.AffineTransform(2)
    back.SetCenter(middle)
    back.Scale(1.0 / SCALE)
    shift = SHIFT_MM * radiograph.sid_mm / radiograph.sod_mm
    back.SetTranslation((0.0, -shift / SCALE))
    air = float(radiograph.pixels.min())
    sitk.WriteImage(sitk.Resample(image, image, back, sitk.sitkLinear, air), str(path))
    return path


def draw_misaligned(path: Path, found: dict, truth_hu: np.ndarray) -> None:
    """The picture before and after."""
    draw_alignment(path, [(name, result) for name, (result, _) in found.items()], truth_hu, TITLE)
