"""Metrics as people write them."""

from __future__ import annotations

import math

MISSING = "–"
"""Stands for a metric that the truth does not allow."""

_UNITS = (("_db", "dB"), ("_hu", "HU"), ("_mm", "mm"))
_WORDS = {
    "psnr": "PSNR",
    "ssim": "SSIM",
    "mae": "MAE",
    "rmse": "RMSE",
    "asd": "ASD",
    "dice": "Dice",
    "hd95": "HD95",
    "hu": "",
    "db": "",
}


def metric_rows(metrics: dict) -> list[tuple[str, str, str]]:
    """(name, value, unit) of each metric by its key; None and NaN are shown as missing."""
    rows = []
    for key, value in metrics.items():
        unit = next((unit for ending, unit in _UNITS if key.endswith(ending)), "")
        stem = key[: -len(unit) - 1] if unit else key
        missing = value is None or math.isnan(value)
        rows.append((_heading(stem), MISSING if missing else f"{value:.1f}" if unit else f"{value:.3f}", unit))
    return rows


def _heading(stem: str) -> str:
    name = " ".join(_WORDS.get(word, word) for word in stem.split("_"))
    return name[:1].upper() + name[1:]
