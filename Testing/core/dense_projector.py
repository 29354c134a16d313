"""Projection and lift as products with whole interpolation matrices: slow, and short enough to be checked by eye."""

import torch


def project_to_iso_plane(volume, axes_mm, source_mm, frontal, rows_mm, columns_mm):
    """The same as `Diff2CTCore.geometry.projector.project_to_iso_plane`."""
    depth, across = _roles(frontal)
    images = []
    for case, (source, density) in enumerate(zip(source_mm, volume, strict=True)):
        axes = _axes_of(case, axes_mm)
        shrink = 1.0 - axes[depth] / source[depth]
        height = None if source[0].isnan() else source[0]
        row_matrix = _hat(_seen(rows_mm, height, shrink), axes[0])
        column_matrix = _hat(_seen(columns_mm, source[across], shrink), axes[across])
        planes = density if frontal else density.transpose(2, 3)  # (C, row, D, column)
        image = torch.einsum("drh,chdw,dkw->crk", row_matrix, planes, column_matrix)
        rise = rows_mm[:, None] * 0.0 if height is None else rows_mm[:, None] - height
        slant = rise**2 + (columns_mm[None] - source[across]) ** 2 + source[depth] ** 2
        images.append(image * (axes[depth][1] - axes[depth][0]) * slant.sqrt() / source[depth].abs())
    return torch.stack(images)


def lift_from_iso_plane(features, rows_mm, columns_mm, source_mm, frontal, axes_mm):
    """The same as `Diff2CTCore.geometry.projector.lift_from_iso_plane`."""
    depth, across = _roles(frontal)
    volumes = []
    for case, (source, image) in enumerate(zip(source_mm, features, strict=True)):
        axes = _axes_of(case, axes_mm)
        grow = 1.0 / (1.0 - axes[depth] / source[depth])
        height = None if source[0].isnan() else source[0]
        row_matrix = _hat(_seen(axes[0], height, grow), rows_mm).to(image.dtype)
        column_matrix = _hat(_seen(axes[across], source[across], grow), columns_mm).to(image.dtype)
        volumes.append(torch.einsum("drh,chw,dkw->crdk", row_matrix, image, column_matrix))
    lifted = torch.stack(volumes)  # (B, C, row, D, column)
    return lifted if frontal else lifted.transpose(3, 4)


def _roles(frontal):
    """Axes of depth and of columns among (superior, posterior, left)."""
    return (1, 2) if frontal else (2, 1)


def _axes_of(case, axes_mm):
    return [axis if axis.dim() == 1 else axis[case] for axis in axes_mm]


def _seen(positions, origin, scale):
    """(N,) positions scaled about the source's foot point, where it has one, in each of D planes: (D, N)."""
    if origin is None:
        return positions.expand(len(scale), -1)
    return origin + (positions - origin) * scale[:, None]


def _hat(positions, knots):
    """(D, N) positions on M regular knots to linear interpolation matrices (D, N, M)."""
    return (1.0 - (positions[..., None] - knots).abs() / (knots[1] - knots[0])).clamp(min=0.0)
