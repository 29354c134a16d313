"""One scan prepared as `case`, and what is then on the disk."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from training.prepare.case import Outcome, prepare_case, settings_of
from training.prepare.layouts import find_scans


def prepare(source: Path, cache: Path, spacing: float = 2.0) -> Outcome:
    """Prepare the one scan that lies in `source`, at a spacing in mm."""
    cache.mkdir(exist_ok=True)
    (scan,) = find_scans(source)
    return prepare_case(scan, "case", cache, settings_of(spacing))


def read(cache: Path, name: str = "case.nii.gz") -> tuple[sitk.Image, np.ndarray]:
    """An image of the cache, and its values (S, P, L)."""
    image = sitk.ReadImage(str(cache / name))
    return image, sitk.GetArrayFromImage(image)
