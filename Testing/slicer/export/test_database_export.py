"""A reconstruction in Slicer's DICOM database, in one step."""

from types import SimpleNamespace

import pydicom
import pytest
import slicer
from Diff2CTReconstructionLib.scene import sample_data
from host import wait_for

DATABASE_ROW = 3


@pytest.fixture
def database(reconstructed):
    """Slicer's DICOM database with the radiographs that the reconstruction was made from."""
    for side in ("frontal", "lateral"):
        slicer.dicomDatabase._insert(sample_data.sample_files()[side])
    yield slicer.dicomDatabase
    slicer.dicomDatabase._clear()


@pytest.fixture
def export(reconstructed):
    """Press Export with the database chosen; gives what the panel says in the end."""

    def press():
        label = reconstructed.ui.exportStatusLabel
        reconstructed.ui.exportFormatComboBox.setCurrentIndex(DATABASE_ROW)
        assert reconstructed.ui.exportFormatComboBox.currentText == "DICOM series in Slicer's database"
        reconstructed.ui.exportButton.click()
        wait_for(lambda: not reconstructed.widget.logic.busy and not label.text.endswith("…"))
        return label.text

    return press


def test_series_is_listed_beside_its_radiographs_and_nothing_else_is_left(reconstructed, database, export, monkeypatch):
    refreshed = []
    manager = SimpleNamespace(updateTableViews=lambda: refreshed.append(True))
    browser = SimpleNamespace(dicomBrowser=SimpleNamespace(dicomTableManager=lambda: manager))
    monkeypatch.setattr(slicer.modules, "DICOMInstance", SimpleNamespace(browserWidget=browser), raising=False)
    said = "Written into Slicer's DICOM database: 32 slices, which refer to 2 DICOM radiographs and are listed with"
    assert export().startswith(said)
    (patient,) = database.patients()
    (study,) = database.studiesForPatient(patient)
    _radiographs, made = database.seriesForStudy(study)
    assert database.fieldForSeries("Modality", made) == "CT"
    files = database.filesForSeries(made)
    assert len(files) == 32
    # Copies of the database's own: the temporary ones are gone.
    assert all(path.startswith(database.databaseDirectory) for path in files)
    assert pydicom.dcmread(files[0]).SyntheticData == "YES"
    assert not list(reconstructed.temporary_folder.glob("Diff2CT-job-*"))
    assert refreshed


def test_closed_database_is_told_before_anything_is_written(reconstructed, database, export):
    database._open = False
    assert export() == ("Slicer's DICOM database is not open; open the DICOM module once, or export into a folder.")


def test_database_that_does_not_take_all_is_told(database, export, monkeypatch):
    copied = []
    copy = type(database)._copy

    def full(self, path):
        copied.append(path)
        if len(copied) > 30:
            raise OSError("disk full")
        copy(self, path)

    monkeypatch.setattr(type(database), "_copy", full)
    assert export().startswith("Slicer's DICOM database took 30 of 32 slices; export into a folder")
