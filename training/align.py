"""`python -m training.align`: the networks that align a pair, from prepared scans to a model's folder.

    python -m training.align render PREPARED FOLDER --phantoms 300
    python -m training.align train FOLDER MODEL --minutes 90

`render` fills FOLDER/train and FOLDER/validation with pairs of radiographs of prepared scans (`training.prepare`) and
of phantoms. `train` trains on them, measures the confidence on the validation bodies, and puts the networks into the
folder of a model, whose other weights stay as they are. `calibrate` does the last two for networks that are there,
`measure` tries them on pairs with known errors.
"""

from __future__ import annotations

import argparse
import itertools
import json
from dataclasses import asdict
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.models import add_alignment, find_model, load_model
from Diff2CTCore.storage import write_json

from .alignment import (
    AlignmentSettings,
    Networks,
    RenderedPairs,
    as_values,
    calibrate,
    measure,
    networks_of,
    phantom_scan,
    read_networks,
    render_all,
    train,
)
from .command import command
from .data import SPLITS, VALIDATION_SEED, CaseError, RealScan

PER_BODY = 20


def _scans(prepared: Path, split: str) -> list[Path]:
    """Prepared scans of a split."""
    found = []
    for path in sorted(item for item in prepared.glob("*.json") if item.name != "datalist.json"):
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CaseError(
                f"{path} is not the card of a prepared scan; run python -m training.prepare again."
            ) from error
        if card.get("split") == split and card.get("centreline_ras_mm"):
            found.append(path.with_suffix(".nii.gz"))
    return found


def _render(arguments) -> None:
    splits = (("train", 0, arguments.phantoms), ("validation", VALIDATION_SEED, arguments.validation_phantoms))
    for split, first, phantoms in splits:
        folder = arguments.folder / split
        folder.mkdir(parents=True, exist_ok=True)
        scans = _scans(arguments.prepared, split) if arguments.prepared else []
        render_all(scans, range(first, first + phantoms), folder, arguments.per_scan, arguments.per_phantom)


def _train(arguments) -> None:
    settings = AlignmentSettings(arguments.minutes, arguments.rate, seed=arguments.seed)
    start = _networks(arguments.start_from) if arguments.start_from else None
    folder = find_model(arguments.model)
    networks = train(arguments.folder / "train", settings, start, checkpoint=arguments.checkpoint)
    _put(networks, folder, arguments.folder, {"minutes": arguments.minutes, "seed": arguments.seed})


def _networks(source: str) -> Networks:
    """Of a checkpoint, or of a model by name or folder."""
    return read_networks(Path(source)) if Path(source).is_file() else networks_of(load_model(source))


def _calibrate(arguments) -> None:
    loaded = load_model(arguments.model)
    training = {} if arguments.networks else (loaded.card.alignment or {}).get("training", {})
    _put(_networks(arguments.networks or arguments.model), find_model(arguments.model), arguments.folder, training)


def _measure(arguments) -> None:
    scans = _scans(arguments.prepared, arguments.split) if arguments.prepared else []
    seeds = range(arguments.first_phantom, arguments.first_phantom + arguments.phantoms)
    bodies = itertools.chain(map(RealScan.read, scans), map(phantom_scan, seeds))
    values = as_values(measure(bodies, find_model(arguments.model), arguments.seed, arguments.reconstruct_every))
    write_json(arguments.output, values)
    print(json.dumps(values["summary"], indent=2))


def _put(networks: Networks, folder: Path, renderings: Path, training: dict) -> None:
    bodies = [RenderedPairs.load(path) for path in sorted((renderings / "validation").glob("*.npz"))]
    if not bodies:
        raise Diff2CTError(f"{renderings} holds no validation bodies; render some.")
    found = calibrate(networks, bodies, PER_BODY)
    add_alignment(folder, networks.weights(), {**asdict(found), "training": training})
    print(f"wrote {folder}: {found}")


@command
def main(argv: list[str] | None = None) -> None:
    """Render, train or calibrate."""
    parser = argparse.ArgumentParser(prog="python -m training.align", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    render = commands.add_parser("render", help="make pairs of radiographs")
    render.add_argument("prepared", type=Path, help="folder written by training.prepare")
    render.add_argument("folder", type=Path, help="where the pairs go; those that are there stay")
    render.add_argument("--phantoms", type=int, default=300)
    render.add_argument("--validation-phantoms", type=int, default=24)
    render.add_argument("--per-scan", type=int, default=40, help="pairs of each scan")
    render.add_argument("--per-phantom", type=int, default=6, help="pairs of each phantom")
    render.set_defaults(run=_render)
    training = commands.add_parser("train", help="train, calibrate, and put the networks into a model")
    training.add_argument("folder", type=Path, help="of the pairs")
    training.add_argument("model", help="name or folder of the model that gets the networks")
    training.add_argument("--minutes", type=float, required=True)
    training.add_argument("--rate", type=float, default=AlignmentSettings.learning_rate, help="largest learning rate")
    training.add_argument("--seed", type=int, default=0)
    training.add_argument("--start-from", metavar="MODEL", help="go on from the networks of a model or a checkpoint")
    training.add_argument("--checkpoint", type=Path, metavar="FILE", help="holds the networks of the last few minutes")
    training.set_defaults(run=_train)
    again = commands.add_parser("calibrate", help="measure the confidence of a model's networks")
    again.add_argument("folder", type=Path, help="of the pairs")
    again.add_argument("model", help="name or folder of the model")
    again.add_argument("--networks", metavar="FILE", help="of a checkpoint, which the model gets")
    again.set_defaults(run=_calibrate)
    trial = commands.add_parser("measure", help="try a model's networks on pairs with known errors")
    trial.add_argument("model", help="name or folder of the model")
    trial.add_argument("-o", "--output", type=Path, required=True, help="JSON of the figures")
    trial.add_argument("--prepared", type=Path, help="folder written by training.prepare")
    trial.add_argument("--split", default="validation", choices=SPLITS)
    trial.add_argument("--phantoms", type=int, default=0)
    trial.add_argument("--first-phantom", type=int, default=VALIDATION_SEED + 100_000, help="seed of the first one")
    trial.add_argument("--seed", type=int, default=0, help="of the errors")
    trial.add_argument("--reconstruct-every", type=int, default=0, metavar="N", help="of so many pairs one (none)")
    trial.set_defaults(run=_measure)
    arguments = parser.parse_args(argv)
    arguments.run(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
