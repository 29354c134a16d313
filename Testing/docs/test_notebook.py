"""The notebook of the documentation: valid, small, and what it shows is what its cells give."""

import base64
import re

import nbformat
import pytest
from documentation import ROOT, recipe_of
from notebook import executed

NOTEBOOK = ROOT / "docs" / "reconstruct.ipynb"
MOST_BYTES = 500_000
NUMBER = re.compile(r"-?\d+\.?\d*")


@pytest.fixture(scope="module")
def stored():
    return nbformat.read(NOTEBOOK, as_version=4)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    return executed(NOTEBOOK, tmp_path_factory.mktemp("notebook"))


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(notebook):
    """What each cell of code printed."""
    return ["".join(out.text for out in cell.outputs if out.output_type == "stream") for cell in code(notebook)]


def pictures(notebook):
    """PNG files of each cell of code."""
    data = [[out.data for out in cell.outputs if "data" in out] for cell in code(notebook)]
    return [[base64.b64decode(item["image/png"]) for item in items if "image/png" in item] for items in data]


def test_it_is_valid_and_small(stored):
    nbformat.validate(stored)
    assert NOTEBOOK.stat().st_size < MOST_BYTES


def test_its_outputs_are_those_of_one_run_from_the_top(stored):
    assert [cell.execution_count for cell in code(stored)] == list(range(1, len(code(stored)) + 1))
    assert all("traceback" not in out for cell in code(stored) for out in cell.outputs)
    assert not any(out.get("name") == "stderr" for cell in code(stored) for out in cell.outputs)


def test_it_runs_and_prints_what_is_stored(stored, fresh):
    assert [NUMBER.sub("#", text) for text in texts(fresh)] == [NUMBER.sub("#", text) for text in texts(stored)]
    # Other processors compute in another precision.
    for found, shown in zip(texts(fresh), texts(stored), strict=True):
        numbers = [[float(number) for number in NUMBER.findall(text)] for text in (found, shown)]
        assert numbers[0] == pytest.approx(numbers[1], rel=0.05, abs=0.02)


def test_it_draws_as_many_pictures_as_are_stored(stored, fresh):
    assert [len(found) for found in pictures(fresh)] == [len(shown) for shown in pictures(stored)]
    assert sum(len(found) for found in pictures(stored)) == 4
    assert all(png.startswith(b"\x89PNG") for found in pictures(fresh) for png in found)


def test_it_says_what_it_is_not_for(stored):
    assert "Research use only, not for clinical decisions" in stored.cells[0].source
    drawing = [cell.source for cell, drawn in zip(code(stored), pictures(stored), strict=True) if drawn]
    assert all("INTENDED_USE_SENTENCE" in source or "show_planes(" in source for source in drawing)


def test_make_stores_its_outputs():
    assert recipe_of("notebook")[1:] == ["Testing/docs/notebook.py", "docs/reconstruct.ipynb"]
