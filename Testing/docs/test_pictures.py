"""The pictures of the documentation: made by the program, each shown by a page, none too large."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
from documentation import PAGES, ROOT, recipe_of
from PIL import Image
from small_model import save_small_model

from Diff2CTCore.models import INTENDED_USE_SENTENCE

FIGURES = ROOT / "Resources" / "Figures"
FAILURES = FIGURES / "Failures"
ELSEWHERE = {"Diff2CTReconstruction.png"}
"""The icon, which Slicer shows."""

LARGEST = {"scroll.png": 2_000_000}
LARGEST_FAILURE = 150_000


def committed():
    """The pictures that git tracks."""
    listed = subprocess.run(["git", "ls-files", "*.png"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("no clone of the repository")
    return [ROOT / line for line in listed.stdout.splitlines()]


def shown():
    """The pictures that the pages show."""
    texts = ((page, page.read_text(encoding="utf-8")) for page in PAGES)
    return {
        (page.parent / target).resolve()
        for page, text in texts
        for target in re.findall(r"!\[[^\]]+\]\((?!https?:)([^)\s]+)\)", text)
    }


def test_each_picture_is_shown_by_a_page_and_each_that_is_shown_exists():
    pictures = {path.resolve() for path in committed() if path.name not in ELSEWHERE}
    assert {path.relative_to(ROOT) for path in shown() - pictures} == set()
    assert {path.relative_to(ROOT) for path in pictures - shown()} == set()


def test_pictures_are_small():
    failures = [path for path in committed() if path.parent == FAILURES]
    assert len(failures) == 8
    assert [path.name for path in failures if path.stat().st_size > LARGEST_FAILURE] == []
    assert [path.name for path in committed() if path.stat().st_size > LARGEST.get(path.name, 800_000)] == []


def test_the_animation_begins_with_a_picture_and_repeats():
    with Image.open(ROOT / "Resources" / "Screenshots" / "scroll.png") as scroll:
        assert scroll.info["loop"] == 0
        assert 6.0 <= scroll.n_frames * scroll.info["duration"] / 1000.0 <= 8.0
        first = np.asarray(scroll.convert("L")).astype(float)
        scroll.seek(scroll.n_frames // 4)
        later = np.asarray(scroll.convert("L")).astype(float)
    assert first.std() > 30.0
    assert np.abs(first - later).mean() > 3.0


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(save_small_model(tmp_path_factory.mktemp("models") / "small"))


def drawn(script, *arguments):
    """What the last lines of `make pictures` run, on other places and with a small model."""
    done = subprocess.run(
        [sys.executable, str(FIGURES / script), *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_pictures_of_the_sample_are_drawn(tmp_path, model):
    drawn("draw_sample.py", tmp_path, model)
    assert {path.name for path in tmp_path.iterdir()} == {"demo.png", "overview.png", "scroll.png"}
    with Image.open(tmp_path / "overview.png") as overview:
        assert overview.size == Image.open(ROOT / "Resources" / "Screenshots" / "overview.png").size
        assert np.asarray(overview.convert("L")).std() > 30.0


def test_the_failures_are_drawn_and_measured(tmp_path, model):
    page = tmp_path / "failures.md"
    shutil.copy(ROOT / "docs" / "failures.md", page)
    drawn("draw_failures.py", tmp_path / "pictures", page, model)
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {path.name for path in FAILURES.glob("*.png")}
    ours, whole = page.read_text(encoding="utf-8"), (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
    blocks = r"<!-- measured: (\w+) -->\n(.+?)<!-- end -->"
    measured = dict(re.findall(blocks, ours, re.S))
    assert len(measured) == 11
    # Another model measures something else; around the numbers the page stays as it is.
    assert all(measured[name] != text for name, text in re.findall(blocks, whole, re.S))
    assert re.sub(blocks, "", ours, flags=re.S) == re.sub(blocks, "", whole, flags=re.S)
    assert INTENDED_USE_SENTENCE in whole


def test_make_pictures_writes_where_the_pages_look():
    recipe = recipe_of("pictures")
    assert recipe[1:] == ["Resources/Figures/draw_failures.py", "Resources/Figures/Failures", "docs/failures.md"]
