"""`python -m training.randomisation_pictures OUT.png`: what each randomisation does, at both ends of its range.

One phantom, changed by one field of a configuration at a time while all others rest.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.models import INTENDED_USE_SENTENCE
from Diff2CTCore.reconstruction import headline, picture, show_image
from Diff2CTCore.storage import check_output_path

from .command import command
from .data import (
    CACHE_GRID,
    CACHE_PLANE,
    AppearanceRange,
    AugmentationRange,
    Body,
    GeometryRange,
    RealScan,
    make_case,
    phantom_body,
)
from .run import TrainConfig, load_config

PHANTOM_SEED = 3
FINE, ZOOM = ("blur_mm", "noise", "shift_mm", "turn_deg", "scale"), slice(95, 225)
"""Fields whose effect on a radiograph is seen in its middle part only, and that part."""

COLUMNS = 4
"""Pairs of panels side by side."""

SPREAD = 2.0
"""Ends of a range that is given as a standard deviation."""

CALM_APPEARANCE = AppearanceRange(
    gamma=(1.0, 1.0), blur_mm=0.0, noise=0.0, scatter=0.0, collimation=0.0, marker=0.0, shift_mm=0.0, turn_deg=0.0,
    scale=0.0,
)  # fmt: skip
CALM_GEOMETRY = GeometryRange(sid_mm=(1150.0, 1150.0), sod_over_sid=(0.8, 0.8), angle_deg=0.0, miscentring_mm=0.0)
CALM_AUGMENTATION = AugmentationRange(turn_deg=0.0, scale=0.0, centre_mm=0.0, bone_gain=0.0, mirror=0.0, elastic_mm=0.0)

# How a field is drawn: a (low, high) "range", uniform "from 0", uniform "within" +-, with a "deviation", by "chance".
APPEARANCE = {
    "gamma": "range",
    "blur_mm": "from 0",
    "noise": "from 0",
    "scatter": "from 0",
    "collimation": "chance",
    "marker": "chance",
    "shift_mm": "deviation",
    "turn_deg": "deviation",
    "scale": "deviation",
}
GEOMETRY = {"sid_mm": "range", "sod_over_sid": "range", "angle_deg": "within", "miscentring_mm": "within"}
AUGMENTATION = {
    "turn_deg": "within",
    "scale": "within",
    "centre_mm": "within",
    "bone_gain": "within",
    "mirror": "chance",
    "elastic_mm": "within",
}


class AtEnd:
    """Stands in for numpy's Generator: every draw is the lowest (0) or highest (1) value of its range."""

    def __init__(self, end: int):
        self.end = end

    def uniform(self, low, high, size=None):
        value = (low, high)[self.end]
        if size is None or np.ndim(size) == 0:
            return value if size is None else np.full(size, value)
        # A field of numbers: pairs at opposite ends. All at one end would shift the whole, and single ones cancel.
        return np.where(np.indices(size).sum(0) // 2 % 2, value, low + high - value)

    def normal(self, mean, deviation, size=None):
        value = mean + (-SPREAD, SPREAD)[self.end] * deviation
        return value if size is None else np.full(size, value)

    def integers(self, low, high=None, size=None):
        # In the middle of its range, whatever the end: places are drawn so, not sizes.
        low, high = (0, low) if high is None else (low, high)
        value = (low + high) // 2
        return value if size is None else np.full(size, value)

    def random(self) -> float:
        # A chance of 1 comes true and one of 0 does not.
        return 0.5


@dataclass(frozen=True)
class Panel:
    """An image with its title and the grey values to show as black and white."""

    title: str
    image: np.ndarray
    window: tuple[float, float]


def panels(config: TrainConfig) -> list[tuple[Panel, Panel]]:
    """The pictures of every randomisation at the low and the high end of its range."""
    body = phantom_body(PHANTOM_SEED, CACHE_GRID, "lumbar", 0.0)
    plain = torch.from_numpy(_radiograph(body, CALM_GEOMETRY, AtEnd(0)))
    first = np.array([axis[0] for axis in body.axes_mm])
    scan = RealScan(body.name, body.hu, np.full(3, CACHE_GRID.spacing_mm), first, np.zeros((1, 3)))

    def seen(settings: AppearanceRange, rng: AtEnd) -> np.ndarray:
        image, mask = settings.apply(plain, torch.ones_like(plain), CACHE_PLANE.row_spacing_mm, rng)
        return (image * mask).numpy()[::-1]

    def cast(settings: GeometryRange, rng: AtEnd) -> np.ndarray:
        return _radiograph(body, settings, rng)[::-1]

    def coronal(settings: AugmentationRange, rng: AtEnd) -> np.ndarray:
        return scan.body(CACHE_GRID, settings, rng).volume[::-1, CACHE_GRID.shape[1] // 2]

    return [
        *_pairs("radiograph", APPEARANCE, CALM_APPEARANCE, config.appearance, seen),
        *_pairs("camera", GEOMETRY, CALM_GEOMETRY, config.geometry, cast),
        *_pairs("patient", AUGMENTATION, CALM_AUGMENTATION, config.augmentation, coronal),
    ]


def draw(config: TrainConfig, path: Path) -> None:
    """Write the pictures as one PNG."""
    pairs = panels(config)
    rows = -(-len(pairs) // COLUMNS)
    height = 2.2 * rows + 0.5
    with picture(path, (3.6 * COLUMNS, height), dpi=90, greys=128) as figure:
        places = {"left": 0.01, "right": 0.99, "bottom": 0.35 / height, "top": 1.0 - 0.85 / height}
        axes = figure.subplots(rows, 2 * COLUMNS, squeeze=False, gridspec_kw={**places, "wspace": 0.06, "hspace": 0.28})
        for panel in axes.flat:
            panel.axis("off")
        for index, pair in enumerate(pairs):
            row, column = divmod(index, COLUMNS)
            for place, panel in enumerate(pair):
                cell = axes[row, 2 * column + place]
                show_image(cell, panel.image, panel.window, title=panel.title)
                cell.title.set_fontsize(8.5)
        note = f"A procedural phantom, not a patient. {INTENDED_USE_SENTENCE}"
        headline(figure, "Each randomisation of the training at both ends of its range", note)


def _pairs(what: str, kinds: dict[str, str], calm, settings, image_of) -> list[tuple[Panel, Panel]]:
    """A pair of panels for each field of a kind of randomisation."""
    pairs = []
    for name, kind in kinds.items():
        value = getattr(settings, name)
        if kind == "chance":
            only = replace(calm, **{name: 1.0})
            images = [image_of(used, AtEnd(0)) for used in (calm, only)]
            ends = ("no", f"yes (chance {value:g})")
        else:
            only = replace(calm, **{name: value})
            images = [image_of(only, AtEnd(end)) for end in (0, 1)]
            if name in FINE and what == "radiograph":
                images = [image[ZOOM, ZOOM] for image in images]
            low, high = _ends(kind, value)
            ends = (f"{low:g}", f"{high:g}")
        words, unit = _words(name)
        window = tuple(np.percentile(np.stack(images), (1.0, 99.7)))
        pairs.append(
            tuple(
                Panel(f"{what}:\n{words} {end}{unit}", image, window) for end, image in zip(ends, images, strict=True)
            )
        )
    return pairs


def _ends(kind: str, value) -> tuple[float, float]:
    """The lowest and the highest value of a field, as `AtEnd` draws it."""
    if kind == "range":
        return value
    if kind == "from 0":
        return 0.0, value
    reach = SPREAD * value if kind == "deviation" else value
    return -reach, reach


def _words(name: str) -> tuple[str, str]:
    """A field's name and unit for people."""
    for ending, unit in (("_mm", " mm"), ("_deg", "\N{DEGREE SIGN}")):
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " "), unit
    return name.replace("_", " "), ""


def _radiograph(body: Body, geometry: GeometryRange, rng: AtEnd) -> np.ndarray:
    """The frontal radiograph on the iso-plane (rows to the head), as the network gets it before standardisation."""
    sources = np.stack([geometry.sample_source(view, rng) for view in ("AP", "LL")])
    return make_case(body, CACHE_GRID.spacing_mm, CACHE_PLANE, sources[None]).images[0, 0].astype(np.float32)


@command
def main(argv: list[str] | None = None) -> None:
    """Draw the pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m training.randomisation_pictures", description=__doc__.split("\n")[0]
    )
    parser.add_argument("output", type=Path, help="PNG file")
    parser.add_argument("--config", type=Path, help="configuration whose ranges are drawn (default: the defaults)")
    arguments = parser.parse_args(argv)
    path = check_output_path(arguments.output, (".png",))
    draw(load_config(arguments.config) if arguments.config else TrainConfig(), path)


if __name__ == "__main__":
    raise SystemExit(main())
