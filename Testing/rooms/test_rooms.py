"""Data flow one way: which room may know which, through doors only, and no circle anywhere."""

from __future__ import annotations

import ast
import graphlib
import shutil

import pytest
from house import FOLDERS, ROOT, House, room_of

CODE = ("Diff2CTCore", "Diff2CTReconstruction", "training", "Testing", "Resources")
LINES_OF_A_FILE, LINES_OF_A_FUNCTION = 250, 60

# From the ground up. A room may know those in the lines before its own; rooms in one line do not know each other.
FLOORS = {
    "Diff2CTCore": (
        "bundled errors progress versions late",
        "geometry",
        "storage",
        "dicom_files image_files",
        "batch ct models networks radiograph",
        "alignment diffusion",
        "reconstruction",
        "viewing",
        "commands",
        "__main__",
    ),
    "training": (
        "command phantom prepare",
        "data",
        "methods",
        "baselines paper run",
        "alignment evaluation",
        "ablations",
        "benchmark bundle calibrate evaluate export flops goals",
        "align make_cases pack randomisation_pictures train try_device",
    ),
    "Diff2CTReconstructionLib": (
        "layouts parameters sample_pair timer",
        "worker",
        "scene",
        "export",
        "panels",
        "logic",
        "selftest widget",
    ),
}


FREE = {("training", "Diff2CTCore"), ("Diff2CTReconstructionLib", "Diff2CTCore")}
"""Packages of which the first may know the second."""


def upward(house: House) -> list[str]:
    """Imports of a room that stands on the same floor or above, or of a package that is not to be known."""
    floor = {
        (package, name): level
        for package, floors in FLOORS.items()
        for level, names in enumerate(floors)
        for name in names.split()
    }
    floor |= {(package, ""): -1 for package in FLOORS}
    found = []
    for item in house.imports:
        source, target = room_of(item.importer), room_of(item.imported)
        if source[0] != target[0]:
            wrong = (source[0], target[0]) not in FREE
        else:
            wrong = source[1] and source != target and floor[target] >= floor[source]
        if wrong:
            found.append(f"{item.importer}:{item.line} imports {item.imported}")
    return found


def past_doors(house: House) -> list[str]:
    """Imports of what a room does not hand on, or from a file inside it."""
    found = []
    for item in house.imports:
        door = house.doors_between(item.importer, item.imported)
        if door and (door != item.imported or not set(item.names) <= house.handed_on(door)):
            found.append(f"{item.importer}:{item.line} takes {', '.join(item.names)} from {item.imported}")
    return found


@pytest.mark.parametrize("package", FLOORS)
def test_every_room_has_its_floor(house, package):
    named = " ".join(FLOORS[package]).split()
    there = {room_of(module)[1] for module in house.files if room_of(module)[0] == package}
    assert sorted(named) == sorted(there - {""})


def test_arrows_run_down(house):
    assert not upward(house)


def test_rooms_are_entered_through_their_doors(house):
    assert not past_doors(house)


def test_no_modules_import_each_other_in_a_circle(house):
    graph = {module: set() for module in house.files}
    for item in house.imports:
        graph[item.importer].add(item.imported)
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(house.files)


def test_files_and_functions_are_short():
    long = []
    for path in [file for room in CODE for file in (ROOT / room).rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LINES_OF_A_FILE:
            long.append(path.name)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
                if node.end_lineno - first >= LINES_OF_A_FUNCTION:
                    long.append(f"{path.name}: {node.name}")
    assert not long


def test_each_door_says_what_its_room_is_for(house):
    for package in house.packages:
        told = ast.get_docstring(ast.parse(house.files[package].read_text(encoding="utf-8")))
        assert told, package
        assert told.splitlines()[0].endswith("."), package


@pytest.mark.parametrize(
    ("line", "find"),
    [
        ("from ..reconstruction import Settings", upward),
        ("import training.data", upward),
        ("def late():\n    from Diff2CTCore.commands import COMMANDS\n", upward),
        ("from ..geometry.projector import project", past_doors),
        ("from ..geometry import HU_OF_NOTHING", past_doors),
    ],
)
def test_an_arrow_that_is_turned_round_is_found(tmp_path, line, find):
    for package, folder in FOLDERS.items():
        for path in (folder / package).rglob("*.py"):
            copy = tmp_path / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
    folders = dict.fromkeys(FOLDERS, tmp_path)
    spoilt = tmp_path / "Diff2CTCore" / "networks" / "blocks.py"
    spoilt.write_text(spoilt.read_text(encoding="utf-8") + line, encoding="utf-8")
    assert len(find(House(folders))) == 1
