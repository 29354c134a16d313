"""The map of the house in docs/developers.md shows the house as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from house import FOLDERS, room_of

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "developers.md").read_text(encoding="utf-8")
MAP = PAGE.split("```text\n")[1].split("```")[0]
WAY = PAGE.split("## The way of a radiograph")[1].split("## Commands")[0]
FILES = sorted(set(re.findall(r"`([\w/]+\.py)`", WAY)))


@pytest.mark.parametrize("package", FOLDERS)
def test_the_map_shows_every_room(house, package):
    (section,) = (part for part in MAP.split("\n\n") if package in part.split("\n")[0].split(" ")[0])
    named = re.findall(r"(\w+)/", section.split("\n", 1)[1])
    rooms = {room_of(name)[1] for name in house.packages if room_of(name)[0] == package} - {""}
    assert rooms <= set(named)


@pytest.mark.parametrize("name", FILES)
def test_the_page_names_files_that_are_there(house, name):
    found = [path for path in house.files.values() if path.as_posix().endswith(f"/{name}")]
    assert found


def test_the_page_names_many_files():
    assert len(FILES) > 25
