"""The bundled pair as a clinic might send it: files without a word about views, distances or centres."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from Diff2CTCore.radiograph import read_radiograph
from Diff2CTCore.reconstruction import RadiographInput
from Diff2CTCore.storage import sample_file

REDUCE = 2


def pictures():
    """Frontal and lateral, upright, dense = bright, at half the resolution; and the pitch in mm."""
    radiographs = [read_radiograph(sample_file(name)) for name in ("ap.dcm", "lateral.dcm")]
    pitch = radiographs[0].pixel_spacing_mm[0] * REDUCE
    return [
        image.pixels.reshape(image.rows // REDUCE, REDUCE, image.columns // REDUCE, REDUCE).mean((1, 3))
        for image in radiographs
    ], pitch


def written(folder: Path, frontal, lateral, pitch_mm, names=("one.nrrd", "two.nrrd")) -> list[RadiographInput]:
    """Both as NRRD files with a pixel pitch."""
    inputs = []
    for name, picture in zip(names, (frontal, lateral), strict=True):
        image = sitk.GetImageFromArray(np.ascontiguousarray(picture, dtype=np.float32))
        image.SetSpacing((pitch_mm, pitch_mm))
        sitk.WriteImage(image, str(folder / name))
        inputs.append(RadiographInput(folder / name))
    return inputs
