"""`python -m training.ablations CACHE`: train each variant at equal computation, and compare them.

Runs are kept in `runs/ablations`, so that the command goes on where it was interrupted. They are compared on the
cache's validation cases, or on those of `--cases`; phantoms and real scans are reported apart.

Research use only, not for clinical decisions.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from Diff2CTCore.errors import CancelledError, Diff2CTError
from Diff2CTCore.models import save_model
from Diff2CTCore.storage import replaced_when_complete, write_json

from ..command import command
from ..evaluation import RESULTS_FOLDER, MethodSpec, add_run_arguments, evaluate_sets, find_cases, run_settings
from ..run import TrainConfig, build_card, joined, load_checkpoint, load_config, run_training, within_budget
from .table import comparison, markdown
from .variants import BASE, VARIANTS, Variant

CONFIG = Path(__file__).parents[1] / "configs" / "benchmark" / "diff2ct.toml"
NAME = "ablations"
SOURCE = {"name": "cases of training.make_cases", "licence": "that of each scan", "citation": "training/README.md"}


@command
def main(argv: list[str] | None = None) -> None:
    """Train and compare the variants."""
    parser = argparse.ArgumentParser(prog="python -m training.ablations", description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, metavar="CACHE", help="folder filled by training.make_cases")
    parser.add_argument("--cases", type=Path, help="held-out cases, see training.evaluate (default: CACHE/validation)")
    parser.add_argument("--config", type=Path, default=CONFIG, help="of the base (default: the benchmark's)")
    parser.add_argument("--tflop", type=float, help="computation of each training (default: the configuration's)")
    parser.add_argument("--precision", default="auto", help="of the training: auto, bfloat16 or float32")
    parser.add_argument("--only", nargs="+", metavar="VARIANT", help="train these and compare nothing")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS_FOLDER, help="folder for the tables")
    add_run_arguments(parser)
    parser.set_defaults(cache=Path("runs/ablations"))
    arguments = parser.parse_args(argv)
    trained = [variant for variant in VARIANTS if not variant.trained_as]
    unknown = set(arguments.only or ()) - {variant.name for variant in trained}
    if unknown:
        names = ", ".join(variant.name for variant in trained)
        raise Diff2CTError(f"There is no variant {min(unknown)!r} to be trained; choose from {names}.")
    base = load_config(arguments.config)
    base = replace(
        base,
        precision=arguments.precision,
        budget_tflop=arguments.tflop or base.budget_tflop,
        data=replace(base.data, cache=str(arguments.data)),
    )
    steps = {
        variant.name: _train(variant, base, arguments.cache)
        for variant in trained
        if variant.name in (arguments.only or [variant.name])
    }
    if not arguments.only:
        print(_compare(steps, base, arguments))


def _train(variant: Variant, base: TrainConfig, folder: Path) -> int:
    """Train a variant, or go on with it, and export it to `folder`/NAME/model; returns its steps."""
    config = within_budget(variant.config(base, str(folder / variant.name)))
    with joined(config.device) as processes:
        run_training(config, True, None, processes)
    groups, state = load_checkpoint(Path(config.output) / "checkpoint.safetensors")
    if state["step"] < config.steps:
        raise CancelledError(f"Stopped while training {variant.name}; the same command goes on from there.")
    card = build_card(config, variant.name, "1.0", config.steps, [SOURCE], [])
    save_model(_model(folder, variant.name), groups["average"], card)
    return config.steps


def _compare(steps: dict[str, int], base: TrainConfig, arguments: argparse.Namespace) -> str:
    """Measure all variants and write their tables; returns the Markdown."""
    specs = [
        MethodSpec(variant.name, _model(arguments.cache, variant.trained_as or variant.name), variant.sampling)
        for variant in VARIANTS
    ]
    cases = find_cases(
        arguments.cases or arguments.data / "validation", arguments.cache / "cases", workers=arguments.workers
    )
    evaluation = evaluate_sets(specs, cases, run_settings(arguments), BASE)
    found = comparison(evaluation)
    write_json(arguments.output / f"{NAME}.json", found)
    text = markdown(found, steps, {kind: len(files) for kind, files in cases.items()}, base.budget_tflop)
    with replaced_when_complete(arguments.output / f"{NAME}.md") as staged:
        staged.write_text(text, encoding="utf-8")
    return text


def _model(folder: Path, name: str) -> Path:
    return folder / name / "model"


if __name__ == "__main__":
    raise SystemExit(main())
