"""The networks that align a pair: pairs of rendered radiographs, training, and the worth of their confidence."""

from Diff2CTCore.late import late_names

__all__ = [
    "AlignmentSettings",
    "Calibration",
    "Networks",
    "RenderedPairs",
    "as_values",
    "calibrate",
    "measure",
    "networks_of",
    "phantom_scan",
    "read_networks",
    "render",
    "render_all",
    "train",
]

__getattr__ = late_names(
    __name__,
    calibration=("Calibration", "calibrate"),
    measurement=("as_values", "measure"),
    rendering=("RenderedPairs", "phantom_scan", "render", "render_all"),
    trainer=("AlignmentSettings", "Networks", "networks_of", "read_networks", "train"),
)
