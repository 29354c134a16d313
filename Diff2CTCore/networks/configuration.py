"""What every network's configuration holds: where its volume and its input images lie."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import ClassVar

from ..errors import ModelError
from ..geometry import IsoPlane, VolumeGrid


@dataclass(frozen=True)
class NetworkConfig:
    """Attributes:
    shape, spacing_mm: the volume's grid, (superior, posterior, left) voxels and mm.
    plane_size, plane_spacing_mm: the square iso-plane image of each view, pixels and mm.
    LATER: entries that older cards lack, with the values that their networks have.
    """

    LATER: ClassVar[dict] = {}

    shape: tuple[int, int, int] = (128, 128, 128)
    spacing_mm: float = 2.0
    plane_size: int = 320
    plane_spacing_mm: float = 1.0

    @property
    def grid(self) -> VolumeGrid:
        return VolumeGrid(self.shape, self.spacing_mm)

    @property
    def plane(self) -> IsoPlane:
        return IsoPlane(self.plane_size, self.plane_size, self.plane_spacing_mm, self.plane_spacing_mm)

    def to_dict(self) -> dict:
        """Plain values for a model card."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict) -> NetworkConfig:
        """Inverse of `to_dict`; unknown or missing entries raise ModelError."""
        values = {**cls.LATER, **values}
        known = {item.name for item in fields(cls)}
        if set(values) != known:
            odd = ", ".join(sorted(set(values) ^ known))
            raise ModelError(f"The model's architecture does not match this version of Diff2CT (entries: {odd}).")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
