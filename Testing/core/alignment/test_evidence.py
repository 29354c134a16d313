"""Which of two files is the frontal view: what tags, names, descriptions and pictures weigh."""

from pathlib import Path

import numpy as np
import pytest
from radiograph_files import dicom

from Diff2CTCore.alignment.evidence import evidence_of, exact_view, in_order, reasons
from Diff2CTCore.radiograph import open_radiograph, view_in_words


def opened(path: Path, **tags):
    dicom(path, **tags)
    return open_radiograph(path)


@pytest.mark.parametrize(
    ("text", "view"),
    [
        ("LOMBAIRE FACE PA", "frontal"),
        ("LOMBAIRE PROFIL", "lateral"),
        ("L-Spine A.P.", "frontal"),
        ("lumbar_ap2", "frontal"),
        ("LWS seitlich", "lateral"),
        ("Rachis profil gauche", "lateral"),
        ("L SPINE AP/LAT", None),
        ("surface", None),
        ("PLATE 7", None),
        ("", None),
    ],
)
def test_words_for_views(text, view):
    """Both or neither named is no answer."""
    assert view_in_words(text) == view


def test_a_clear_picture_outweighs_a_wrong_tag_and_the_order(tmp_path):
    first = evidence_of(opened(tmp_path / "a.dcm", ViewPosition="AP"), 4.5, None)
    second = evidence_of(opened(tmp_path / "b.dcm", ViewPosition="AP"), -4.5, None)
    assert in_order(first, second) < -3.0
    text = reasons(first, lateral=True)
    assert "its picture" in text
    assert "its ViewPosition says AP and is not followed" in text


def test_a_description_decides_where_the_picture_is_silent(tmp_path):
    first = evidence_of(opened(tmp_path / "a.dcm", SeriesDescription="LOMBAIRE PROFIL"), 0.0, None)
    second = evidence_of(opened(tmp_path / "b.dcm", SeriesDescription="LOMBAIRE FACE"), 0.0, None)
    assert in_order(first, second) < -2.0
    assert reasons(first, lateral=True) == "its SeriesDescription says so"


def test_names_of_files_count(tmp_path):
    first = evidence_of(opened(tmp_path / "spine_lat.dcm"), 0.0, None)
    assert [item.source for item in first if item.lateral > 1.0] == ["its name"]


def test_a_chosen_view_is_not_doubted(tmp_path):
    found = evidence_of(opened(tmp_path / "lateral.dcm", ViewPosition="LL"), 9.0, "PA")
    assert len(found) == 1
    assert found[0].lateral < -50.0


def test_the_exact_view_is_the_files_where_it_fits(tmp_path):
    file = opened(tmp_path / "a.dcm", ViewPosition="PA")
    assert exact_view(file, False, None) == "PA"
    assert exact_view(file, True, None) == "LL"
    assert exact_view(file, True, "RL") == "RL"
    assert np.isfinite(in_order([], []))
