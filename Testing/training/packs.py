"""Small packs of column scans, and configurations that train on them in seconds."""

from collections.abc import Sequence
from pathlib import Path

from column_scan import column_scan
from run_config import model_section, write_config
from small_model import HALF_BLOCKS

from training.data import PackedBody, write_pack


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
    data = f'pack = "{pack}"\nwhole_share = 1.0\nvolumes = 2\n{data}'
    return write_config(folder, f"validation_cases = 1\n{head}", data, model_section(HALF_BLOCKS))
