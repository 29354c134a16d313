"""How well pairs are found, by the public entry, on files that say as little as a clinic's."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.reconstruction import RadiographInput, look_at_pair

from ..data import RealScan
from .trial import PITCH_MM, SID_MM, SOD_MM, Trial, draw_trial, write_picture
from .worth import worth

NAMES = ("one.nrrd", "two.nrrd")
FALSE_MM = 8.0
CHANGES = ("exchanged", "upside down", "mirrored", "negative")


@dataclass(frozen=True)
class Measured:
    """One pair.

    Attributes:
        name: of the body.
        kind: "real" or "phantom".
        shift_error_mm: between the heights of both centres, mm in the patient.
        magnification_error: relative, of the lateral view's size against the frontal one's, at the spine.
        sideways_error_mm: of both centres, from the spine's middle.
        turn_error_deg: of both views.
        asked: whether the program asked what the pictures show before it aligned them; the truth was the answer.
        sure: whether the alignment claims to be.
        probability: its claim.
        recognised: for each of `CHANGES`, whether it was put right.
        ssim_body: of `worth`; None where nothing was reconstructed.
    """

    name: str
    kind: str
    shift_error_mm: float
    magnification_error: float
    sideways_error_mm: tuple[float, float]
    turn_error_deg: tuple[float, float]
    asked: bool
    sure: bool
    probability: float
    recognised: dict[str, bool]
    ssim_body: dict[str, float] | None


def measure(scans: Iterable[RealScan], model, seed: int = 0, reconstruct_every: int = 0, tell=print) -> list[Measured]:
    """One random pair of each scan; every change of `CHANGES` is tried on it.

    Args:
        scans: bodies that nothing was trained on.
        model: folder of the model.
        seed: of the errors.
        reconstruct_every: reconstruct every so many pairs; none if 0.
        tell: is given a line for each pair.
    """
    found = []
    for number, scan in enumerate(scans):
        rng = np.random.default_rng([seed, number])
        trial = draw_trial(scan, rng)
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, name) for name in NAMES]
            wanted = bool(reconstruct_every) and number % reconstruct_every == 0
            found.append(_measured(scan, trial, paths, model, rng, wanted))
        last = found[-1]
        tell(
            f"{last.name}: shift {last.shift_error_mm:+.1f} mm, sure {last.sure} ({last.probability:.2f}), "
            f"{last.ssim_body}"
        )
    return found


def inputs_of(trial: Trial, paths: Sequence[Path], lateral_change=None, frontal_change=None) -> list[RadiographInput]:
    """Both pictures written; the frontal view's distances are known, the lateral one's are not."""
    changes = (frontal_change, lateral_change)
    for path, picture, mask, given in zip(paths, trial.pictures, trial.masks, changes, strict=True):
        change = given or (lambda array: array)
        # What the detector did not see is air, in a negative, too.
        write_picture(path, change(np.where(mask, picture, picture[mask].min())))
    spacing = {"pixel_spacing_mm": PITCH_MM}
    return [
        RadiographInput(paths[0], {}, {**spacing, "sid_mm": SID_MM, "sod_mm": SOD_MM}),
        RadiographInput(paths[1], {}, spacing),
    ]


def _answered(given: list[RadiographInput], trial: Trial) -> list[RadiographInput]:
    """The same as a user gives it who was asked what the pictures show."""
    reading = {"rotate": 0, "flip": None, "invert": False}
    return [
        replace(each, reading={**each.reading, **reading}, geometry={**each.geometry, "view": view.view})
        for each, view in zip(given, trial.geometry.views, strict=True)
    ]


def _measured(
    scan: RealScan, trial: Trial, paths: list[Path], model, rng: np.random.Generator, reconstructed: bool
) -> Measured:
    given = inputs_of(trial, paths)
    proposal = look_at_pair(given, model)
    asked = proposal.alignment is None
    if asked:
        given = _answered(given, trial)
        proposal = look_at_pair(given, model)
    ssim_body = worth(scan, trial, paths, proposal, given, model) if reconstructed else None
    frontal, lateral = proposal.geometry.views
    point, true_px = trial.truth(frontal.centre_px[1])
    to_mm = [view.pixel_spacing_mm[0] / view.magnification for view in trial.geometry.views]
    frontal_px = trial.geometry.frontal.project(point)
    # At the spine, about which both views are laid: of the frontal view's depth in the body nothing is known.
    sizes = [view.pixel_spacing_mm[0] / view.magnification for view in (frontal, lateral)]
    return Measured(
        name=scan.name,
        kind="phantom" if scan.name.startswith("phantom-") else "real",
        shift_error_mm=float((lateral.centre_px[1] - true_px[1]) * to_mm[1]),
        magnification_error=float(sizes[1] / sizes[0] * trial.size_ratio(point) - 1.0),
        sideways_error_mm=(
            float((frontal.centre_px[0] - frontal_px[0]) * to_mm[0]),
            float((lateral.centre_px[0] - true_px[0]) * to_mm[1]),
        ),
        turn_error_deg=tuple(
            float(found.rotation_deg - true.rotation_deg)
            for found, true in zip(proposal.geometry.views, trial.geometry.views, strict=True)
        ),
        asked=asked,
        sure=bool(proposal.alignment.sure),
        probability=float(proposal.alignment.probability),
        recognised={change: _recognised(change, trial, paths, model, rng) for change in CHANGES},
        ssim_body=ssim_body,
    )


def _recognised(change: str, trial: Trial, paths: list[Path], model, rng: np.random.Generator) -> bool:
    """Whether a pair that was changed, in one view at random, is put right."""
    view = int(rng.integers(2))
    if change == "exchanged":
        inputs_of(trial, paths)
        given = [RadiographInput(paths[1]), RadiographInput(paths[0])]
    else:
        changes = {
            "upside down": lambda array: array[::-1, ::-1],
            "mirrored": lambda array: array[:, ::-1],
            "negative": np.negative,
        }
        by_view = [None, None]
        by_view[view] = changes[change]
        inputs_of(trial, paths, by_view[1], by_view[0])
        given = [RadiographInput(path) for path in paths]
    try:
        proposal = look_at_pair(given, model)
    except Diff2CTError:
        return False
    if change == "exchanged":
        return proposal.swapped and not proposal.doubts
    reading = proposal.sides[view].reading
    if proposal.swapped:
        return False
    if change == "negative":
        return bool(reading.get("invert"))
    wanted = (180, None) if change == "upside down" else (0, "horizontal")
    return (reading.get("rotate", 0), reading.get("flip")) == wanted


def summary(measured: Sequence[Measured]) -> dict:
    """The figures of several pairs, plain."""
    shift = np.abs([each.shift_error_mm for each in measured])
    sure = np.array([each.sure for each in measured])
    wrong = shift >= FALSE_MM
    scale = np.abs([each.magnification_error for each in measured])
    turn = np.abs([each.turn_error_deg for each in measured])
    aside = np.abs([each.sideways_error_mm for each in measured])
    figures = {
        "pairs": len(measured),
        "shift_median_mm": np.median(shift),
        "shift_90_percent_mm": np.quantile(shift, 0.9),
        "shift_within_8_mm": (~wrong).mean(),
        "magnification_median": np.median(scale),
        "turn_median_deg": np.median(turn),
        "sideways_median_mm": np.median(aside),
        "asked": np.mean([each.asked for each in measured]),
        "sure": sure.mean(),
        "wrong_and_sure": (wrong & sure).mean(),
    }
    if sure.any():
        figures |= {
            "sure_shift_median_mm": np.median(shift[sure]),
            "sure_shift_90_percent_mm": np.quantile(shift[sure], 0.9),
            "sure_magnification_median": np.median(scale[sure]),
        }
    tried = [each.ssim_body for each in measured if each.ssim_body]
    for name in tried[0] if tried else ():
        figures[f"ssim_body, {name}"] = np.mean([each[name] for each in tried])
    sure_ssim = [each.ssim_body for each in measured if each.ssim_body and each.sure]
    for name in sure_ssim[0] if sure_ssim else ():
        figures[f"ssim_body where sure, {name}"] = np.mean([each[name] for each in sure_ssim])
    figures |= {"reconstructed": len(tried), "reconstructed and sure": len(sure_ssim)}
    figures |= {change: np.mean([each.recognised[change] for each in measured]) for change in CHANGES}
    return {name: round(float(value), 4) for name, value in figures.items()}


def as_values(measured: Sequence[Measured]) -> dict:
    """All pairs and their figures by kind, plain."""
    kinds = {kind: [each for each in measured if each.kind == kind] for kind in ("real", "phantom")}
    return {
        "summary": {kind: summary(pairs) for kind, pairs in kinds.items() if pairs},
        "pairs": [asdict(each) for each in measured],
    }
