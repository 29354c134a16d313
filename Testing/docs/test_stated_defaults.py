"""Defaults and thresholds that pages and texts state are those of the code."""

import re

import numpy as np
from documentation import ROOT

from Diff2CTCore.ct import BONE_THRESHOLD_HU, bone_mask
from Diff2CTCore.geometry import DEFAULT_SID_MM, DEFAULT_SOD_MM
from Diff2CTCore.reconstruction import DEFAULT_STEPS, SPREAD_STEPS

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")


def row_of(option):
    return re.search(rf"^\| `{option}[^|]*\|(.*)\|$", PAGE, re.M)[1]


def test_distances_and_steps_of_the_command_line_are_those_in_use():
    assert row_of("--sid").endswith(f" {DEFAULT_SID_MM:g} ")
    assert row_of("--sod").endswith(f" SID less {DEFAULT_SID_MM - DEFAULT_SOD_MM:g} ")
    assert f"number of diffusion steps; {DEFAULT_STEPS} by default" in row_of("--steps")
    assert SPREAD_STEPS == 2
    assert "in two steps each" in row_of("--samples")


def test_bone_is_what_exceeds_200_hu():
    assert BONE_THRESHOLD_HU == 200.0
    assert bone_mask(np.array([199.0, 200.0, 201.0])).tolist() == [False, False, True]
    for page in ("README.md", "docs/results.md", "docs/clinician.md"):
        assert "200 HU" in (ROOT / page).read_text(encoding="utf-8"), page
