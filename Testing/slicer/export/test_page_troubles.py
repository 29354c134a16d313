"""The page from the module where something is missing, in the way, or in the middle: told, and nothing left behind."""

import numpy as np
import pytest
import qt
import slicer
from host import wait_for

PAGE = 4


@pytest.fixture
def press(reconstructed, monkeypatch):
    """Begin an export of the page to a path."""

    def begin(path):
        monkeypatch.setattr(qt.QFileDialog, "getSaveFileName", lambda *_: str(path))
        reconstructed.ui.exportFormatComboBox.setCurrentIndex(PAGE)
        reconstructed.ui.exportButton.click()

    return begin


@pytest.fixture
def export(reconstructed, press):
    """Export the page to a path; gives what the panel says then."""

    def whole(path):
        press(path)
        wait_for(lambda: not reconstructed.widget.logic.busy)
        assert not list(reconstructed.temporary_folder.glob("Diff2CT-job-*"))
        return reconstructed.ui.exportStatusLabel.text

    return whole


def compare(window):
    window.ui.compareButton.click()
    wait_for(lambda: not window.widget.logic.busy)


def test_radiographs_that_were_deleted_or_hold_no_image_are_left_out(reconstructed, export, tmp_path):
    reconstructed.parameters.lateralMeasured.SetAndObserveImageData(None)
    assert export(tmp_path / "page.html") == f"Written: {tmp_path / 'page.html'}"
    assert (tmp_path / "page.html").read_text(encoding="utf-8").count("<img ") == 3
    slicer.mrmlScene.RemoveNode(reconstructed.parameters.frontalReprojection)
    assert export(tmp_path / "other.html") == f"Written: {tmp_path / 'other.html'}"


def test_a_truth_that_was_deleted_or_holds_no_image_is_left_out(reconstructed, export, tmp_path):
    compare(reconstructed)
    reconstructed.parameters.truth.SetAndObserveImageData(None)
    assert export(tmp_path / "page.html") == f"Written: {tmp_path / 'page.html'}"
    slicer.mrmlScene.RemoveNode(reconstructed.parameters.truth)
    assert export(tmp_path / "other.html") == f"Written: {tmp_path / 'other.html'}"
    for name in ("page", "other"):
        page = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
        assert (page.count("<img "), "Agreement with the true CT" in page) == (7, False)


def test_a_truth_that_covers_a_part_is_shown_with_the_metrics_of_the_panel(reconstructed, export, tmp_path):
    truth = reconstructed.parameters.truthCt
    values = slicer.util.arrayFromVolume(truth)
    slicer.util.updateVolumeFromArray(truth, np.ascontiguousarray(values[: len(values) // 2]))
    compare(reconstructed)
    assert export(tmp_path / "page.html") == f"Written: {tmp_path / 'page.html'}"
    assert "Agreement with the true CT" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_place_that_cannot_be_written_is_told(reconstructed, export, tmp_path):
    (tmp_path / "taken.html").mkdir()
    assert "it is a folder; give the name of a file" in export(tmp_path / "taken.html")
    assert "does not exist; create it first" in export(tmp_path / "missing" / "page.html")
    assert not list(tmp_path.rglob("*page*"))


@pytest.mark.real_worker
def test_a_cancelled_export_leaves_the_page_of_before(reconstructed, press, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("before")
    press(page)
    assert reconstructed.widget.logic.busy
    reconstructed.ui.exportButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    assert "Cancelled" in reconstructed.ui.exportStatusLabel.text
    assert page.read_text() == "before"
    assert not list(reconstructed.temporary_folder.glob("Diff2CT-job-*"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "temporary"]
