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
from torch import nn
from tqdm import tqdm

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.files import write_json
from Diff2CTCore.hounsfield import network_to_hu
from Diff2CTCore.metrics import evaluate
from Diff2CTCore.models import load_model
from Diff2CTCore.reconstruct import choose_device

from .batches import case_inputs
from .cases import UNKNOWN_HU, TrainingCase
from .methods import load_network, reconstruct


def known_slab(truth_hu: np.ndarray) -> slice:
    """The axial slices in which the scan covers the whole grid."""
    known = np.flatnonzero((truth_hu != UNKNOWN_HU).all((1, 2)))
    return slice(known[0], known[-1] + 1)


def validate(network: nn.Module, folder: Path, steps: int, seed: int = 0, consistent: bool = True) -> dict:
    """{set: {"cases": count, "values": {metric: mean}}} over the cases in a folder."""
    result = {}
    config, device = network.config, next(network.parameters()).device
    for kind in ("real", "phantom"):
        rows = []
        for file in tqdm(sorted(folder.glob(f"{kind}-*.npz")), desc=kind):
            case = TrainingCase.load(file).on(config.grid, config.plane)
            inputs = case_inputs(network, case, device=device)
            found = reconstruct(network, *inputs, steps, torch.Generator().manual_seed(seed), consistent)
            slab = known_slab(case.volume)
            hu = network_to_hu(found)[0, 0].cpu().numpy()
            rows.append(evaluate(hu[slab], case.volume[slab].astype(np.float32), config.grid.spacing_mm))
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
    parser.add_argument("--device", default="auto")
    parser.add_argument("--no-consistency", action="store_true")
    arguments = parser.parse_args(argv)
    try:
        network = load_network(load_model(arguments.model), choose_device(arguments.device))
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
