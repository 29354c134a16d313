"""`python -m training.export CONFIG FOLDER --name NAME --version V`: from a run's checkpoint to a model folder.

The averaged weights are stored in half precision (with --eight-bit in half of that) with a card; metrics
measured on the exported model are added with a second call that names a file written by `training.evaluate` or
`training.benchmark`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.models import save_model

from .command import command
from .run import build_card, card_metrics, load_checkpoint, load_config, read_sources, trained_config


@command
def main(argv: list[str] | None = None) -> None:
    """Export the checkpoint of a run."""
    parser = argparse.ArgumentParser(prog="python -m training.export", description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("folder", type=Path, help="model folder to write")
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    parser.add_argument("--output", type=Path, help="the run's folder, instead of the configuration's")
    parser.add_argument("--sources", type=Path, help="JSON list of training data for the card (default: the run's)")
    parser.add_argument("--metrics", type=Path, help="JSON written by training.evaluate or training.benchmark")
    parser.add_argument("--method", help="the model's name in that file (default: --name)")
    parser.add_argument("--eight-bit", action="store_true", help="store the weights in half the space")
    arguments = parser.parse_args(argv)
    config = load_config(arguments.config)
    run = arguments.output or Path(config.output)
    groups, state = load_checkpoint(run / "checkpoint.safetensors")
    config = trained_config(config, state)
    metrics = card_metrics(arguments.metrics, arguments.method or arguments.name) if arguments.metrics else []
    sources = read_sources(arguments.sources) if arguments.sources else state.get("sources")
    if not sources:
        raise Diff2CTError(
            "The run does not know what it was trained on; name it with --sources, a JSON list of "
            '{"name", "licence", "citation"}.'
        )
    card = build_card(config, arguments.name, arguments.version, state["step"], sources, metrics)
    save_model(arguments.folder, groups["average"], card, arguments.eight_bit)
    print(f"wrote {arguments.folder}")


if __name__ == "__main__":
    raise SystemExit(main())
