"""What every network's configuration holds: where its volume and its input images lie."""

from __future__ import annotations

import math
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
        """Inverse of `to_dict`; entries that are unknown, missing or of another kind raise ModelError."""
        values = {**cls.LATER, **values}
        known = {item.name for item in fields(cls)}
        if set(values) != known:
            odd = ", ".join(sorted(set(values) ^ known))
            raise ModelError(f"The model's architecture does not match this version of Diff2CT (entries: {odd}).")
        for item in fields(cls):
            # A network may lack a part, but volume and images have a size.
            lowest = 1e-3 if hasattr(NetworkConfig, item.name) else 0
            if not _is_like(values[item.name], item.default, lowest):
                raise ModelError(
                    f"The model's architecture has {item.name} = {values[item.name]!r}, which no network can have; "
                    "install the model anew."
                )
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})


def _is_like(value, default, lowest: float) -> bool:
    """Whether a card's value may stand where `default` does: truth stays truth, a count a count, a length a length."""
    if isinstance(default, tuple):
        return isinstance(value, list) and bool(value) and all(_is_like(item, default[0], lowest) for item in value)
    if isinstance(value, bool) or isinstance(default, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    kinds = (int, float) if isinstance(default, float) else int
    return isinstance(value, kinds) and lowest <= value < math.inf
