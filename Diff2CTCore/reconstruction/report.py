"""The report beside a volume: everything that is needed to judge it, and to make it again."""

from __future__ import annotations

import contextlib
import datetime
import math
import sys
from pathlib import Path

from .. import __version__
from ..models import INTENDED_USE
from ..progress import plain
from ..versions import versions


def peak_memory_bytes() -> int | None:
    """Largest memory that this process has held; None where the system does not tell (Windows)."""
    # On Linux getrusage counts what the parent held when it started this process, such as all of Slicer.
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    try:
        import resource
    except ModuleNotFoundError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def agreement_text(frontal: float | None, lateral: float | None) -> str:
    """Re-projection errors, 0 to 1, for people: such as "frontal 12.3%, lateral 9.8%"; "-" for None and NaN."""
    errors = {"frontal": frontal, "lateral": lateral}
    return ", ".join(
        f"{side} {'-' if error is None or math.isnan(error) else format(error, '.1%')}"
        for side, error in errors.items()
    )


def build_report(reconstruction, pair, timings_s: dict) -> dict:
    """Plain values for JSON; no patient identity.

    Args:
        reconstruction: a `Diff2CTCore.reconstruction.Reconstruction`; its provenance names model, settings, geometry
            and the hashes of the radiographs.
        pair: a `Diff2CTCore.reconstruction.reading_pair.ReadPair`: what was assumed and found about the radiographs.
        timings_s: seconds by stage.
    """
    return plain(
        {
            "program": "Diff2CT",
            "version": __version__,
            "intended_use": INTENDED_USE,
            "created": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            **reconstruction.provenance,
            "assumptions": {view: [item.to_dict() for item in items] for view, items in pair.assumptions.items()},
            "scale": pair.scale.to_dict(),
            "alignment": pair.proposal.to_dict() if pair.proposal else None,
            "grid": {"shape": reconstruction.grid.shape, "spacing_mm": reconstruction.grid.spacing_mm},
            "reprojection_error": reconstruction.reprojection_error,
            "uncertainty": reconstruction.uncertainty,
            "strangeness": reconstruction.strangeness,
            "warnings": reconstruction.warnings,
            "timings_s": timings_s,
            "peak_memory_bytes": peak_memory_bytes(),
            "versions": versions(),
        }
    )
