"""The chooser of radiographs from Slicer's DICOM database, driven as a person does."""

import functools
import gc
import weakref

import pydicom
import pytest
import qt
import slicer
from dicom_dialog import open_chooser
from Diff2CTReconstructionLib.panels import dicom_choice
from Diff2CTReconstructionLib.scene import sample_data
from host import lib, process_events, wait_for
from pydicom.uid import generate_uid

OK, CANCEL = qt.QDialogButtonBox.Ok, qt.QDialogButtonBox.Cancel
VIEW, DESCRIPTION, FRAMES = 2, 3, 5


@pytest.fixture
def database():
    """Slicer's DICOM database, with the sample pair in one series of one study."""
    for side in ("frontal", "lateral"):
        slicer.dicomDatabase._insert(sample_data.sample_files()[side])
    yield slicer.dicomDatabase
    slicer.dicomDatabase._clear()


@pytest.fixture
def insert(database, tmp_path):
    """Put a copy of a sample radiograph into the database, with other values in some elements."""

    def insert(side, **values):
        header = pydicom.dcmread(sample_data.sample_files()[side])
        header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        for keyword, value in values.items():
            setattr(header, keyword, value)
        path = tmp_path / f"{header.SOPInstanceUID}.dcm"
        header.save_as(path)
        database._insert(path)
        return header.SOPInstanceUID

    return insert


@pytest.fixture
def choose(window, database):
    """Press one of the DICOM buttons; gives the dialog, which is open when the button is done."""
    yield functools.partial(open_chooser, window)
    for widget in qt.QApplication.topLevelWidgets():
        if isinstance(widget, qt.QDialog):
            widget.close()


def instances(window):
    nodes = (window.parameters.frontalVolume, window.parameters.lateralVolume)
    return [node.GetAttribute("DICOM.instanceUIDs") if node is not None else None for node in nodes]


def of_sample(database):
    return [header.SOPInstanceUID for header in database._headers.values()][:2]


def test_ok_takes_the_selected_radiograph_for_its_side(window, database, choose):
    chooser = choose("lateral")
    assert chooser.texts(DESCRIPTION) == ["Simulated from CT, research use only"] * 2
    chooser.select(1)
    chooser.press(OK)
    assert chooser.answers == [1]
    assert instances(window) == [None, of_sample(database)[1]]
    # The database knows the file even when the scene does not.
    window.parameters.lateralVolume.GetStorageNode().SetFileName("")
    panel = window.widget.panels["lateral"]
    wait_for(lambda: panel.facts)
    assert panel.facts["view"] == "LL"
    assert panel.facts["pixel_spacing_mm"] == [0.4, 0.4]


def test_cancel_and_escape_take_none(window, choose):
    for answer in (lambda chooser: chooser.press(CANCEL), lambda chooser: chooser.key(qt.Qt.Key_Escape)):
        chooser = choose("frontal")
        answer(chooser)
        assert chooser.answers == [0]
    assert instances(window) == [None, None]


def test_first_row_is_taken_by_return_alone(window, database, choose):
    choose("frontal").key(qt.Qt.Key_Return)
    assert instances(window) == [of_sample(database)[0], None]


def test_both_of_a_study_are_taken_in_one_step_each_for_its_own_side(window, database, choose):
    chooser = choose("lateral")
    chooser.read()
    assert chooser.texts(VIEW) == ["AP", "LL"]
    assert "as the frontal" in chooser.both.toolTip
    chooser.both.click()
    assert instances(window) == of_sample(database)


def test_two_selected_rows_are_sorted_by_their_views(window, database, choose):
    chooser = choose("frontal")
    chooser.select(0, 1)
    assert chooser.frontal.currentText.startswith("Frontal: ")
    chooser.press(OK)
    assert instances(window) == of_sample(database)


def test_two_whose_views_do_not_tell_are_asked_by_name(window, choose, insert):
    added = [insert("frontal", ViewPosition="", SeriesDescription="Spine") for _number in range(2)]
    chooser = choose("frontal")
    chooser.select(2, 3)
    assert not chooser.box.button(OK).enabled
    assert not chooser.both.enabled
    chooser.frontal.setCurrentIndex(2)
    chooser.press(OK)
    assert instances(window) == added[::-1]


def test_description_tells_the_view_where_the_tag_does_not(choose, insert):
    for number, text in enumerate(("Spine lateral", "Thorax PA", "Thorax PA and lateral", "")):
        insert("frontal", ViewPosition="", SeriesInstanceUID=f"1.2.{number}", SeriesDescription=text)
    chooser = choose("frontal")
    chooser.read()
    assert chooser.texts(VIEW)[2:] == ["lateral", "frontal", "", ""]


def test_rows_are_found_by_words(choose, insert, database):
    insert("frontal", PatientName="Other^Person", PatientID="2", SeriesInstanceUID="1.2.3", StudyInstanceUID="1.2.4")
    chooser = choose("frontal")
    chooser.search.setText("person simulated")
    hidden = [chooser.table.isRowHidden(row) for row in range(3)]
    assert hidden == [True, True, False]
    chooser.search.setText("nowhere")
    # What is not seen is not taken.
    assert not chooser.box.button(OK).enabled


def test_frame_of_a_run_is_chosen_with_it(window, choose, insert):
    frames = 3
    picture = pydicom.dcmread(sample_data.sample_files()["frontal"]).PixelData
    xa = {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.12.1", "Modality": "XA", "SeriesInstanceUID": "1.2.3"}
    insert("frontal", **xa, NumberOfFrames=frames, PixelData=picture * frames)
    for chosen in (2, 2):
        chooser = choose("frontal")
        chooser.read()
        assert chooser.texts(FRAMES) == ["", "", "3"]
        assert not chooser.frame.visible
        chooser.select(2)
        assert chooser.frame.visible
        chooser.frame.setValue(chosen)
        chooser.press(OK)
        assert window.parameters.frontalFrame == chosen


def test_thumbnail_of_the_database_is_shown_and_none_is_made(choose, database):
    import numpy as np

    from Diff2CTCore.storage import png_bytes

    database._copy(sample_data.sample_files()["frontal"])
    first = choose("frontal")
    assert any("no preview" in label.text for label in first.dialog.findChildren(qt.QLabel))
    first.press(CANCEL)
    folder = database.databaseDirectory + "/thumbs"
    qt.QDir().mkpath(folder)
    with open(f"{folder}/{of_sample(database)[0]}.png", "wb") as file:
        file.write(png_bytes(np.zeros((40, 30), np.uint8)))
    second = choose("frontal")
    pictures = [label.pixmap for label in second.dialog.findChildren(qt.QLabel) if not label.pixmap.isNull()]
    assert [picture.height() for picture in pictures] == [dicom_choice.PREVIEW_SIZE]


def test_list_that_is_cut_says_so(choose, monkeypatch):
    monkeypatch.setattr(lib("panels.dicom_choice"), "MOST_SHOWN", 1)
    said = [label.text for label in choose("lateral").dialog.findChildren(qt.QLabel)]
    assert any(text.startswith("Only the first 1 images are listed") for text in said), said


def test_no_file_is_opened_for_series_that_are_no_radiographs(window, database, choose):
    for number in range(200):
        header = pydicom.Dataset()
        header.PatientID, header.PatientName, header.Modality = "CT", "Many^Scans", "CT"
        header.StudyInstanceUID, header.SeriesInstanceUID, header.SOPInstanceUID = (
            "1.1",
            f"1.2.{number}",
            f"1.3.{number}",
        )
        database._insert_header(f"/archive/{number}.dcm", header)
    chooser = choose("frontal")
    assert chooser.table.rowCount == 2
    chooser.read()
    for _turn in range(20):
        process_events()
    # Three elements of either radiograph.
    assert database._files_read == 6


def test_closed_chooser_leaves_nothing_behind(choose, monkeypatch):
    made = []
    chooser_class = lib("panels.dicom_choice").DicomChooser
    ready = chooser_class.__init__

    def noted(chooser, *arguments):
        made.append(weakref.ref(chooser))
        ready(chooser, *arguments)

    monkeypatch.setattr(chooser_class, "__init__", noted)
    for button in (CANCEL, OK):
        choose("frontal").press(button)
    assert len(made) == 2

    def gone():
        qt.QCoreApplication.sendPostedEvents(None, qt.QEvent.DeferredDelete)
        gc.collect()
        return [chooser() for chooser in made] == [None, None]

    # What was taken is read for a moment longer.
    wait_for(gone)
    assert not [widget for widget in qt.QApplication.topLevelWidgets() if isinstance(widget, qt.QDialog)]


def test_image_whose_file_is_gone_from_the_database_is_told(window, database, choose):
    chooser = choose("frontal")
    database._headers.clear()
    chooser.press(OK)
    assert "has no file of Simulated from CT" in window.status
    assert instances(window) == [None, None]
