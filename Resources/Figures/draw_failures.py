"""Draw what goes wrong, and write the numbers into docs/failures.md.

python Resources/Figures/draw_failures.py FOLDER PAGE [MODEL]
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from failure_cases import METAL_HU, Case, cases, rods_cover  # noqa: E402
from failure_page import Measured, levels_text, measured_text, replaced  # noqa: E402
from levels import draw_levels, profiles  # noqa: E402

from Diff2CTCore.commands.demonstration import TRUTH  # noqa: E402
from Diff2CTCore.ct import evaluate, read_ct, resample_ct  # noqa: E402
from Diff2CTCore.geometry import VolumeGrid  # noqa: E402
from Diff2CTCore.models import INTENDED_USE_SENTENCE, find_model, load_card  # noqa: E402
from Diff2CTCore.reconstruction import (  # noqa: E402
    JobResult,
    Settings,
    headline,
    mark_centre,
    picture,
    planes_at,
    run_job,
    scale_note,
    show_plane,
    show_radiograph,
)
from Diff2CTCore.storage import sample_file  # noqa: E402

SIZE_IN, DPI, GREYS = (9.0, 5.2), 100, 64


class Notes:
    """What a run tells the user, kept."""

    def __init__(self):
        self.sentences: list[str] = []

    def __call__(self, stage: str, step: int, of: int) -> None:
        pass

    def note(self, sentence: str) -> None:
        self.sentences.append(sentence)


@dataclass(frozen=True)
class Truth:
    """The bundled CT: its middle (RAS mm), the model's grid about it, HU on it, and what rods take of each voxel."""

    centre_ras_mm: tuple[float, float, float]
    grid: VolumeGrid
    hu: np.ndarray
    rods: np.ndarray

    def of(self, case: Case) -> np.ndarray:
        """What the radiographs of a case show, HU."""
        return self.hu + self.rods * (METAL_HU - self.hu) if case.metal else self.hu

    def shown(self, case: Case) -> tuple[int, int, int]:
        """The voxel through which the planes of a case run: the middle, or that of the left rod."""
        middle = tuple(size // 2 for size in self.hu.shape)
        if not case.metal:
            return middle
        at = self.rods[middle[0], :, middle[2] :]
        posterior, left = np.unravel_index(at.argmax(), at.shape)
        return middle[0], int(posterior), int(left) + middle[2]


def bundled_truth(model: str | None) -> Truth:
    """The bundled patient's CT where a model puts its volume."""
    ct, shape = read_ct(sample_file(TRUTH)), load_card(find_model(model)).grid
    grid = VolumeGrid(tuple(shape["shape"]), shape["spacing_mm"])
    centre = tuple(float(value) for value in ct.middle_ras_mm())
    hu = resample_ct(ct, grid, centre)
    return Truth(centre, grid, hu, rods_cover(hu, grid))


def measure(case: Case, truth: Truth, model: str | None) -> tuple[JobResult, Measured, Measured | None]:
    """The case as it is stated, and as the program takes it by itself."""

    def run(pair, align: str) -> tuple[JobResult, Measured]:
        notes = Notes()
        result = run_job(*pair, Settings(), model, notes, align=align)
        metrics = evaluate(result.reconstruction.hu, truth.of(case), truth.grid.spacing_mm)
        errors = list(result.reconstruction.reprojection_error.values())
        return result, Measured(*errors, metrics, tuple(result.reconstruction.warnings), tuple(notes.sentences))

    result, stated = run((case.frontal, case.lateral), "off")
    return result, stated, run(case.alone, "auto")[1] if case.alone else None


def draw_case(path: Path, case: Case, right: JobResult, wrong: JobResult, truth: Truth) -> None:
    """Write a PNG: the radiographs as they are given, planes without and with the fault, the true CT's."""
    spacing = right.reconstruction.grid.spacing_mm
    columns = (("without the fault", right.reconstruction.hu), ("with it", wrong.reconstruction.hu))
    with picture(path, SIZE_IN, DPI, 9.5, GREYS) as figure:
        places = {"left": 0.01, "right": 0.99, "bottom": 0.06, "top": 0.865, "wspace": 0.03, "hspace": 0.03}
        axes = figure.subplots(2, 4, gridspec_kw=places)
        radiographs = zip((wrong.frontal, wrong.lateral), wrong.geometry.views, strict=True)
        for row, (radiograph, view) in enumerate(radiographs):
            show_radiograph(axes[row, 0], radiograph.pixels, view, "" if row else "radiographs as given")
            mark_centre(axes[row, 0], view)
        for column, (name, hu) in enumerate((*columns, ("true CT", truth.of(case))), start=1):
            planes = planes_at(hu, *truth.shown(case))
            for row, plane in enumerate(("coronal", "sagittal")):
                show_plane(axes[row, column], plane, planes[plane], spacing, "" if row else name)
        headline(figure, case.title, f"{INTENDED_USE_SENTENCE} {scale_note(radiographs=True)}")


def main(folder: Path, page: Path, model: str | None = None) -> None:
    """Write the pictures to a folder, which is made when missing, and the numbers between the page's marks."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = bundled_truth(model)
    texts, right = {}, None
    with tempfile.TemporaryDirectory() as made:
        for case in cases(Path(made), truth.hu, truth.grid):
            result, stated, alone = measure(case, truth, model)
            if right is None:
                right, usual = result, stated
                continue
            if case.title:
                draw_case(folder / f"{case.name}.png", case, right, result, truth)
            extra = rods_sentence(result.reconstruction.hu, truth.of(case), truth.rods) if case.metal else ""
            texts[case.name] = measured_text(usual, stated, alone) + extra
    found = profiles(right.reconstruction.hu, truth.hu, truth.grid.spacing_mm)
    draw_levels(folder / "levels.png", right.reconstruction.hu, truth.hu, truth.grid.spacing_mm, found)
    texts["levels"] = levels_text(usual, found)
    page.write_text(replaced(page.read_text(encoding="utf-8"), texts), encoding="utf-8")


def rods_sentence(hu: np.ndarray, true_hu: np.ndarray, rods: np.ndarray) -> str:
    """What the reconstruction holds where the rods are."""
    found, true = (volume[rods > 0.5].mean() for volume in (hu, true_hu))
    return f"\nWhere the rods are, the true CT holds {true:.0f} HU on average, the reconstruction {found:.0f} HU.\n"


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:4])
