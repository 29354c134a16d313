"""The result of one method on one case, and the store in which an interrupted evaluation finds it again."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

import Diff2CTCore

TRUTH = "truth"
"""The name under which the truth itself goes through the evaluation."""


@dataclass(frozen=True)
class CaseResult:
    """Attributes:
    case: the case file's stem.
    values: metric to number; NaN where the case has no such tissue.
    features: for each feature network's metric, float32 (slices, d).
    planes: mid-axial, mid-coronal and mid-sagittal slice of the reconstruction, int16 HU.
    """

    case: str
    values: dict[str, float]
    features: dict[str, np.ndarray] = field(default_factory=dict)
    planes: list[np.ndarray] = field(default_factory=list)


class ResultStore:
    """Results on disk under a key of everything that they depend on: code, weights, settings, and the case.

    A changed line of code makes all of them unknown, so none is ever stale.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)

    def path(self, case: Path, *dependencies: str) -> Path:
        """Where the result of a case belongs."""
        key = json.dumps([code_sha256(), hashlib.sha256(case.read_bytes()).hexdigest(), *dependencies])
        return self.folder / f"{case.stem}-{hashlib.sha256(key.encode()).hexdigest()[:24]}.npz"

    @staticmethod
    def load(path: Path) -> CaseResult | None:
        """The stored result; None when there is none."""
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as data:
            features = {name[9:]: data[name] for name in data.files if name.startswith("features_")}
            planes = [data[f"plane_{index}"] for index in range(3)]
            return CaseResult(str(data["case"]), json.loads(str(data["values"])), features, planes)

    def save(self, path: Path, result: CaseResult) -> None:
        """Write whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        arrays = {f"features_{name}": value for name, value in result.features.items()}
        arrays |= {f"plane_{index}": plane for index, plane in enumerate(result.planes)}
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with open(temporary, "wb") as file:
            np.savez(file, case=np.array(result.case), values=np.array(json.dumps(result.values)), **arrays)
        os.replace(temporary, path)


@cache
def code_sha256() -> str:
    """Checksum of all Python code that a result depends on."""
    digest = hashlib.sha256()
    for root in (Path(Diff2CTCore.__file__).parent, Path(__file__).parents[1]):
        for file in sorted(root.rglob("*.py")):
            digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
    return digest.hexdigest()
