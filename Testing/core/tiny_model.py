"""A model small enough to build and run within a test."""

from Diff2CTCore.networks.diff2ct import Diff2CTConfig

TINY = Diff2CTConfig(
    shape=(32, 32, 32),
    spacing_mm=8.0,
    plane_size=64,
    plane_spacing_mm=5.0,
    view_widths=(8, 8, 8, 8),
    fine=1,
    coarse=4,
    lift_widths=(8, 8),
    lift_blocks=(1, 1),
    widths=(8, 8),
    blocks=(1, 1),
    embedding=16,
)
