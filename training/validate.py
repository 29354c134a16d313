"""`python -m training.validate MODEL CACHE -o metrics.json`: metrics of a model on a cache's validation cases.

Sets are reported apart: `real` scans and `phantom`s.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from Diff2CTCore.consistency import DataConsistency
from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.files import write_json
from Diff2CTCore.hounsfield import network_to_hu
from Diff2CTCore.metrics import evaluate
from Diff2CTCore.models import load_model
from Diff2CTCore.networks.diff2ct import Diff2CT
from Diff2CTCore.reconstruct import build_network, network_condition, sample_volume

from .batches import case_inputs
from .cases import UNKNOWN_HU, TrainingCase


def reconstruct_case(
    network: Diff2CT, case: TrainingCase, steps: int, seed: int, consistent: bool
) -> tuple[np.ndarray, float]:
    """One sample of a case, HU (S, P, L), and its mean re-projection error of both views."""
    inputs = case_inputs(network, case)
    condition = network_condition(network, *inputs)
    consistency = DataConsistency(network, *inputs)
    generator = torch.Generator().manual_seed(seed)
    x0 = sample_volume(network, condition, steps, generator, consistency if consistent else None)
    volume = network.transform.inverse(x0)
    return network_to_hu(volume)[0, 0].numpy(), float(np.mean(consistency.error(volume)))


def known_slab(truth_hu: np.ndarray) -> slice:
    """The axial slices in which the scan covers the whole grid."""
    known = np.flatnonzero((truth_hu != UNKNOWN_HU).all((1, 2)))
    return slice(known[0], known[-1] + 1)


def validate(network: Diff2CT, folder: Path, steps: int, seed: int = 0, consistent: bool = True) -> dict:
    """{set: {"cases": count, "values": {metric: mean}}} over the cases in a folder."""
    result = {}
    for kind in ("real", "phantom"):
        rows = []
        for file in tqdm(sorted(folder.glob(f"{kind}-*.npz")), desc=kind):
            case = TrainingCase.load(file)
            found, reprojection = reconstruct_case(network, case, steps, seed, consistent)
            slab = known_slab(case.volume)
            values = evaluate(found[slab], case.volume[slab].astype(np.float32), network.config.spacing_mm)
            rows.append({**values, "reprojection_error": reprojection})
        if rows:
            means = {name: float(np.nanmean([row[name] for row in rows])) for name in rows[0]}
            result[kind] = {"cases": len(rows), "values": means}
    return result


def main(argv: list[str] | None = None) -> int:
    """Validate a model folder; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.validate", description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a model's folder or name")
    parser.add_argument("cache", type=Path, help="folder written by training.make_cases")
    parser.add_argument("-o", "--output", type=Path, required=True, help="JSON file")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-consistency", action="store_true")
    arguments = parser.parse_args(argv)
    try:
        network = build_network(load_model(arguments.model), torch.device("cpu"))
        folder = arguments.cache / "validation"
        result = validate(network, folder, arguments.steps, arguments.seed, not arguments.no_consistency)
        if not result:
            raise Diff2CTError(f"{folder} holds no cases; fill it with python -m training.make_cases.")
        write_json(arguments.output, result)
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(json.dumps(result, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
