"""What people read for the metrics of `Diff2CTCore.ct.evaluate`; files in JSON and CSV keep the names of the code."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .metric_basics import BONE_THRESHOLD_HU, HU_RANGE

MISSING_METRIC = "-"
"""Stands for a metric that the true CT does not allow."""

INFINITE = "infinite"
"""Stands for the PSNR of two equal volumes."""

_HIGHER, _LOWER = "higher", "lower"


@dataclass(frozen=True)
class MetricLabel:
    """How one metric is shown.

    Attributes:
        text: its name, without the unit.
        unit: "dB", "HU", "mm", "%", or empty for a number without one.
        better: "higher" or "lower".
        meaning: a sentence for a tooltip.
        decimals: that are shown.
        scale: the value times this has the unit.
    """

    text: str
    unit: str
    better: str
    meaning: str
    decimals: int = 3
    scale: float = 1.0

    def number(self, value: float | None) -> str:
        """A value as it is shown, without its unit; `MISSING_METRIC` for None and NaN, `INFINITE` for what is."""
        if value is None or math.isnan(value):
            return MISSING_METRIC
        if math.isinf(value):
            return INFINITE
        return f"{value * self.scale:.{self.decimals}f}"


_SSIM = "1 where the structure around each voxel is the same in both"
_PSNR = f"How small the squared error is beside the range of {HU_RANGE:g} HU"
_MAE = "How far the Hounsfield units are off on average"


def _ssim(where: str, dimensions: str, over: str) -> MetricLabel:
    return MetricLabel(
        f"Structural similarity, {where} ({dimensions} SSIM)", "", _HIGHER, f"{_SSIM}; mean over {over}."
    )


def _psnr(where: str, over: str) -> MetricLabel:
    text = f"Peak signal-to-noise ratio, {where} (PSNR)"
    return MetricLabel(text, "dB", _HIGHER, f"{_PSNR}; over {over}.", decimals=2)


def _mae(where: str, over: str) -> MetricLabel:
    return MetricLabel(f"Mean absolute error, {where} (MAE)", "HU", _LOWER, f"{_MAE}; over {over}.", decimals=1)


METRIC_LABELS: dict[str, MetricLabel] = {
    "ssim_volume": _ssim("volume", "3D", "the whole volume, air included"),
    "ssim_body_3d": _ssim("body", "3D", "the body in the true CT"),
    "ssim_bone": _ssim("bone", "3D", "the bone in the true CT"),
    "ssim_planes": _ssim("volume", "2D", "all slices of the three planes, air included"),
    "ssim_body": _ssim("body", "2D", "the body in all slices of the three planes"),
    "psnr_volume_db": _psnr("volume", "the whole volume, air included"),
    "psnr_body_db": _psnr("body", "the body in the true CT"),
    "psnr_bone_db": _psnr("bone", "the bone in the true CT"),
    "psnr_planes_db": _psnr("slices", "each slice of the three planes by itself, then their mean"),
    "mae_hu": _mae("volume", "the whole volume, air included"),
    "mae_body_hu": _mae("body", "the body in the true CT"),
    "mae_bone_hu": _mae("bone", "the bone in the true CT"),
    "bone_dice": MetricLabel(
        "Bone overlap (Dice)",
        "",
        _HIGHER,
        f"Overlap of what exceeds {BONE_THRESHOLD_HU:g} HU in both: 1 all of it, 0 none.",
    ),
    "surface_distance_mm": MetricLabel(
        "Bone surface distance (ASSD)",
        "mm",
        _LOWER,
        "Average distance between the surfaces of bone in both.",
        decimals=2,
    ),
    "level_profile": MetricLabel(
        "Level profile (vertebrae at their heights)",
        "",
        _HIGHER,
        "Along the spine: 1 where vertebral bodies and discs stand at their true heights, 0 where they cannot be told "
        "apart, below 0 where bodies stand for discs.",
    ),
    "spine_dice": MetricLabel(
        "Spine overlap (Dice)",
        "",
        _HIGHER,
        "Overlap of the bone within 45 mm of the spine's line: 1 all of it, 0 none.",
    ),
    "reprojection_error": MetricLabel(
        "Re-projection error, volume alone",
        "%",
        _LOWER,
        "Part of simulated radiographs of the true CT that those of the reconstruction do not explain: 0 % none, 100 % "
        "all of it.",
        decimals=1,
        scale=100.0,
    ),
}
"""By the names that `evaluate` gives."""


def metric_rows(found: Mapping[str, float | None]) -> list[tuple[str, str, str, str]]:
    """(label, value, unit, "higher" or "lower" for which way is better) of each metric, by its name."""
    labels = {name: METRIC_LABELS[name] for name in found}
    return [(label.text, label.number(found[name]), label.unit, label.better) for name, label in labels.items()]


def metrics_table(found: Mapping[str, float | None]) -> str:
    """Metrics one a line in columns of fixed width: label, value, unit, and which way is better."""
    rows = metric_rows(found)
    width = max(len(row[0]) for row in rows)
    return "\n".join(f"{text:<{width}} {value:>8} {unit:<2}  {better} is better" for text, value, unit, better in rows)
