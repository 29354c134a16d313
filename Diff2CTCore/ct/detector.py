"""What a detector makes of the attenuation along its rays: exact line integrals, then sharpness and quanta."""

from __future__ import annotations

import numpy as np

from ..errors import GeometryError
from ..geometry import ViewGeometry, VolumeGrid


def check_detector(photons: float | None, blur_mm: float) -> None:
    """GeometryError when the quanta in a pixel or the blur are out of range."""
    if photons is not None and not 1.0 <= photons <= 1e12:
        raise GeometryError(f"{photons:g} photons per pixel are not possible; give 1 to 1e12, 1e5 to 1e7 are common.")
    if not 0.0 <= blur_mm <= 10.0:
        raise GeometryError(
            f"A detector blur of {blur_mm:g} mm is not possible; give 0 to 10 mm, 0.1 to 0.3 is common."
        )


def line_integrals(attenuation: np.ndarray, grid: VolumeGrid, view: ViewGeometry) -> np.ndarray:
    """float32 (rows, columns), dimensionless, of an attenuation in 1/mm, (S, P, L)."""
    import torch

    from ..geometry import project

    with torch.no_grad():
        return project(torch.from_numpy(attenuation)[None, None], grid, view)[0, 0].numpy()


def detect(exact: np.ndarray, view: ViewGeometry, photons: float | None, blur_mm: float, random) -> np.ndarray:
    """What a detector of finite sharpness that counts quanta makes of line integrals."""
    if photons is None and blur_mm == 0.0:
        return exact
    transmission = np.exp(-exact.astype(np.float64))
    if blur_mm > 0.0:
        transmission = _blur(transmission, view.pixel_spacing_mm, blur_mm)
    if photons is not None:
        # A pixel without a quantum counts as half of one: the logarithm needs a positive number.
        transmission = np.maximum(random.poisson(transmission * photons), 0.5) / photons
    return -np.log(transmission).astype(np.float32)


def _blur(image: np.ndarray, spacing_mm: tuple[float, float], sigma_mm: float) -> np.ndarray:
    import SimpleITK as sitk

    picture = sitk.GetImageFromArray(image)
    picture.SetSpacing(spacing_mm[::-1])
    return sitk.GetArrayFromImage(sitk.DiscreteGaussian(picture, variance=sigma_mm**2, maximumError=1e-4))
