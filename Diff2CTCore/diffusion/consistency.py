"""Data consistency: pull an x0 estimate towards the radiographs that were measured.

The network's estimate seldom projects exactly onto the radiographs it was given. A few conjugate-gradient
steps on the estimate (as in decomposed diffusion sampling, Chung et al., 2024: no back-propagation
through the network) mend that. Two things keep it honest:

- A radiograph has no absolute scale, and it also sees tissue beside the reconstructed volume. Gain and
  offset are fitted, and what is smoother than `EXTERIOR_MM` is left to the network.
- Two views say nothing about where along a ray a difference lies. It is spread as the network's own
  uncertainty is: each coefficient by its typical residual, and only inside the body.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F

from ..geometry import IsoPlane, iso_plane_projector, plane_axes_mm
from ..networks import Diff2CT
from .familiarity import strangeness

EXTERIOR_MM = 30.0
BODY_FROM = -0.7
"""Network value (-700 HU) above which a voxel may be changed; lung and air hold almost no mass."""

_TINY = 1e-30


class DataConsistency:
    """Args:
    model: for its block transform and its residuals' sizes.
    views: (1, 2, 2, rows, columns), the network's input: standardised image and mask of both views.
    sources_mm: (1, 2, 3).
    axes_mm: voxel positions of the volume along S, P, L.
    strength: how far a radiograph is believed, 0 (not) to large; the inverse of the damping.
    iterations: conjugate-gradient steps.
    """

    REDUCE = 2

    def __init__(self, model: Diff2CT, views, sources_mm, axes_mm, strength: float = 5.0, iterations: int = 4):
        config = model.config
        self.transform = model.transform
        self.residual = model.denoiser.residual_std.view(1, -1, 1, 1, 1)
        self.plane = IsoPlane(
            config.plane_size // self.REDUCE,
            config.plane_size // self.REDUCE,
            config.plane_spacing_mm * self.REDUCE,
            config.plane_spacing_mm * self.REDUCE,
        )
        device = views.device
        shape = torch.Size([1, 1, *(len(axis) for axis in axes_mm)])
        places = plane_axes_mm(self.plane, device)
        self.projectors = [
            iso_plane_projector(shape, axes_mm, sources_mm[:, index], index == 0, *places) for index in range(2)
        ]
        coverage = self._project(torch.ones(shape, device=device))
        seen = F.avg_pool2d(views[0, :, 1:], self.REDUCE)[:, 0] > 0.99
        # Rays that enter through the volume's head or foot end pass mostly through unknown tissue.
        deepest = coverage.amax((1, 2), keepdim=True)
        self.mask = (seen & (coverage > 0.9 * deepest)).float()
        self.smoothed_mask = _smooth(self.mask, EXTERIOR_MM / self.plane.row_spacing_mm).clamp(min=1e-3)
        self.measured = F.avg_pool2d(views[0, :, :1], self.REDUCE)[:, 0]
        self.damping = 1.0 / strength
        self.iterations = iterations
        self.path_mm = float(deepest.mean())

    def __call__(self, x0: torch.Tensor) -> torch.Tensor:
        """The volume of an estimate, made consistent.

        Args:
            x0: block coefficients (1, 64, S/4, P/4, L/4).

        Returns:
            (1, 1, S, P, L) in the network's range; in full precision also under autocast.
        """
        with torch.autocast(x0.device.type, enabled=False), torch.no_grad():
            return self._refined(self.transform.inverse(x0))

    def _refined(self, volume: torch.Tensor) -> torch.Tensor:
        body = (volume > BODY_FROM).float()
        weight = self.mask / self.path_mm

        def change(z: torch.Tensor) -> torch.Tensor:
            return self.transform.inverse(z * self.residual) * body

        def seen_by(back: torch.Tensor) -> torch.Tensor:
            """The adjoint of `change`."""
            return self.transform.adjoint(back * body) * self.residual

        def normal(z: torch.Tensor) -> torch.Tensor:
            """How the projections of a change pull it back."""
            image, back_project = self._projected(change(z))
            return seen_by(back_project(image * weight.square()))

        image, back_project = self._projected(volume + 1.0)
        pull = seen_by(back_project(self._residual(image) * weight / self.path_mm))
        return volume + change(self._solve(normal, pull))

    def _projected(self, volume: torch.Tensor) -> tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]]:
        """`_project`, and its adjoint, which may be called once."""
        with torch.enable_grad():
            variable = volume.detach().requires_grad_()
            image = self._project(variable)

        def back_project(views: torch.Tensor) -> torch.Tensor:
            # Of a scalar, because PyTorch imports a computer algebra system, for a second or two, to check others.
            with torch.enable_grad():
                explained = (image * views).sum()
            return torch.autograd.grad(explained, variable)[0]

        return image.detach(), back_project

    def error(self, volume: torch.Tensor) -> list[float]:
        """Re-projection error of each view: unexplained part of the radiograph after the best gain and offset.

        `volume` is (1, 1, S, P, L) in the network's range; the result is as in
        `Diff2CTCore.ct.reprojection_error`, on the rays that cross the whole volume.
        """
        from ..ct import reprojection_error

        return [reprojection_error(measured, image, seen) for measured, image, seen in self._compared(volume)]

    def strangeness(self, estimate: torch.Tensor) -> list[float]:
        """`Diff2CTCore.diffusion.familiarity.strangeness` of each view, on the same rays, of X2NoiseNet's volume."""
        return [strangeness(*images) for images in self._compared(estimate)]

    def _compared(self, volume: torch.Tensor) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """For each view the radiograph, the volume's projection, and which pixels count."""
        images = (self.measured, self._project(volume + 1.0), self.mask > 0)
        return list(zip(*(image.cpu().numpy() for image in images), strict=True))

    def _project(self, volume: torch.Tensor) -> torch.Tensor:
        """(1, 1, S, P, L) to both views (2, rows, columns)."""
        return torch.cat([projector(volume) for projector in self.projectors])[:, 0]

    def _residual(self, projected: torch.Tensor) -> torch.Tensor:
        """What the radiographs show and a volume's projections do not, in these, (2, rows, columns)."""
        count = self.mask.sum((1, 2), keepdim=True).clamp(min=1.0)

        def centred(image):
            return (image - (image * self.mask).sum((1, 2), keepdim=True) / count) * self.mask

        smooth_free = [self._fine(centred(image)) for image in (projected, self.measured)]
        along = (smooth_free[0] * smooth_free[1]).sum((1, 2), keepdim=True)
        # Without agreement there is nothing to scale by; then the radiograph is not believed.
        gain = (along / smooth_free[1].square().sum((1, 2), keepdim=True).clamp(min=1e-6)).clamp(min=0.0)
        return gain * smooth_free[1] - smooth_free[0] * (gain > 0)

    def _fine(self, image: torch.Tensor) -> torch.Tensor:
        """The image less its part that is smoother than `EXTERIOR_MM`, inside the mask."""
        return (image - _smooth(image, EXTERIOR_MM / self.plane.row_spacing_mm) / self.smoothed_mask) * self.mask

    def _solve(self, normal: Callable[[torch.Tensor], torch.Tensor], pull: torch.Tensor) -> torch.Tensor:
        """Conjugate gradients on (normal + damping) z = pull."""
        scale = None
        z = torch.zeros_like(pull)
        r = pull
        p, norm = r.clone(), r.square().sum()
        # Where nothing is left to explain all of these are zero. They are kept from dividing by it rather than asked:
        # each answer would make a GPU wait.
        for _ in range(self.iterations):
            found = normal(p)
            if scale is None:
                # The operator's size along the first direction: makes the damping independent of units.
                scale = (p * found).sum() / norm.clamp(min=_TINY)
            found = found + self.damping * scale * p
            step = norm / (p * found).sum().clamp(min=_TINY)
            z = z + step * p
            r = r - step * found
            previous, norm = norm, r.square().sum()
            p = r + norm / previous.clamp(min=_TINY) * p
        return z


def _smooth(images: torch.Tensor, sigma_px: float) -> torch.Tensor:
    """Gaussian blur of (N, rows, columns), zero beyond the edge."""
    radius = int(3.0 * sigma_px)
    x = torch.arange(-radius, radius + 1, device=images.device, dtype=images.dtype)
    kernel = torch.exp(-0.5 * (x / sigma_px) ** 2)
    kernel = (kernel / kernel.sum()).view(1, 1, -1, 1)
    blurred = F.conv2d(images[:, None], kernel, padding=(radius, 0))
    return F.conv2d(blurred, kernel.transpose(2, 3), padding=(0, radius))[:, 0]
