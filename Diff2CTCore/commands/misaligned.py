"""The demonstration's second case: the bundled pair as a clinic would send it, neither level nor of one size."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..ct import evaluate
from ..radiograph import read_radiograph
from ..reconstruction import JobResult, RadiographInput, draw_alignment, run_job
from ..storage import private_folder, sample_file

SHIFT_MM = 60.0
SCALE = 1.08
LATERAL = "lateral.nrrd"
PICTURE = "alignment.png"
TITLE = f"Lateral view shifted by {SHIFT_MM:g} mm and larger by {SCALE - 1.0:.0%}, without and with alignment"


def run_misaligned(truth_hu: np.ndarray, centre_ras_mm, settings, model=None, progress=None):
    """The bundled frontal radiograph with its lateral one displaced, reconstructed as it lies and aligned.

    Args:
        truth_hu: (S, P, L), on the model's grid about the centre of the bundled pair.
        centre_ras_mm, settings, model, progress: see `Diff2CTCore.reconstruction.run_job`.

    Returns:
        {"as it lies": ..., "aligned": ...} of (JobResult, metrics).

    Raises:
        GeometryError: the pair could not be aligned with certainty.
    """
    frontal = sample_file("ap.dcm")
    found: dict[str, tuple[JobResult, dict]] = {}
    with private_folder() as folder:
        lateral = displaced_lateral(folder / LATERAL)
        for name, align in (("as it lies", "off"), ("aligned", "auto")):
            inputs = RadiographInput(frontal), RadiographInput(lateral, {}, {"view": "LL"})
            result = run_job(*inputs, settings, model, progress, centre_ras_mm, align)
            hu, grid = result.reconstruction.hu, result.reconstruction.grid
            found[name] = result, evaluate(hu, truth_hu, grid.spacing_mm)
    return found


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
