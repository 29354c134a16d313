"""Small packs of column scans, and configurations that train on them in seconds."""

from collections.abc import Sequence
from pathlib import Path

from column_scan import column_scan

from training.data import PackedBody, write_pack

MODEL = """
[model]
shape = [32, 32, 32]
spacing_mm = 8.0
plane_size = 80
plane_spacing_mm = 4.0
half_blocks = true
view_widths = [8, 8, 8, 8]
fine = 1
mid = 2
coarse = 4
lift_widths = [8, 8, 8]
lift_blocks = [1, 1, 1]
widths = [8, 8]
blocks = [1, 1]
embedding = 16
"""


def column_body(name: str, split: str, height_mm: float = 360.0) -> PackedBody:
    """A column scan as a packed body of a patient of its own."""
    scan = column_scan(height_mm, name)
    return PackedBody(
        name=name,
        patient=name,
        split=split,
        source="Columns",
        licence="CC0",
        hu=scan.hu,
        spacing_mm=float(scan.spacing_mm[0]),
        origin_mm=scan.origin_mm,
        centreline_mm=scan.centreline_mm,
    )


def write_column_pack(folder: Path, splits: Sequence[str] = ("train", "train", "validation")) -> Path:
    """A pack of one body for each split; returns its path."""
    path = folder / "scans.pack"
    write_pack(path, [column_body(f"column-{n}", split, 360.0 - 20.0 * n) for n, split in enumerate(splits)])
    return path


def write_pack_run(
    folder: Path, head: str = "", data: str = "real_share = 1.0", splits=("train", "validation")
) -> Path:
    """A pack and a configuration of six steps; returns the configuration's path."""
    pack = write_column_pack(folder, splits)
    path = folder / "config.toml"
    # In bfloat16 the CPU's convolutions are not reliable for as few channels as here.
    text = f'output = "{folder / "run"}"\nsteps = 6\nprecision = "float32"\ndevice = "cpu"\nvalidation_cases = 1\n'
    text += f'log_every = 1\n{head}\n[data]\npack = "{pack}"\nwhole_share = 1.0\nvolumes = 2\n{data}\n{MODEL}'
    path.write_text(text)
    return path
