"""Stand-ins for Slicer's DICOM database and what fills it: what CTK's answers about files that a test put into it."""

import shutil
import tempfile
from pathlib import Path

import api
from PySide6 import QtCore

# The columns that Diff2CT asks for, and the elements that CTK fills them from; its SQL knows no others.
_COLUMNS = {
    "Series": {"Modality": "Modality", "SeriesDescription": "SeriesDescription", "SeriesNumber": "SeriesNumber"},
    "Studies": {"StudyDate": "StudyDate", "StudyDescription": "StudyDescription"},
}


@api.checked
class ctkDICOMDatabase:
    """Patients have numbers of their own in it, as CTK's do; `_files_read` counts each look into a file."""

    def __init__(self):
        self._headers = {}
        self._cache = {}
        self._open = True
        self._folder = None
        self._files_read = 0

    isOpen = property(lambda self: self._open)
    databaseDirectory = property(lambda self: self._folder)

    def _insert(self, path):
        import pydicom

        self._insert_header(path, pydicom.dcmread(path, stop_before_pixels=True))

    def _insert_header(self, path, header):
        self._headers[str(path)] = header

    def _copy(self, path):
        self._folder = self._folder or tempfile.mkdtemp(prefix="dicom-database-")
        copy = Path(self._folder, "dicom", f"{len(self._headers)}")
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(path, copy)
        self._insert(copy)

    def _clear(self):
        self.__init__()

    def _patient_keys(self):
        return list(dict.fromkeys(map(_patient_key, self._headers.values())))

    def _of_patient(self, patient):
        key = self._patient_keys()[int(patient) - 1]
        return [header for header in self._headers.values() if _patient_key(header) == key]

    def _of(self, keyword, value):
        return [header for header in self._headers.values() if header.get(keyword) == value]

    def patients(self):
        return [str(index + 1) for index in range(len(self._patient_keys()))]

    def studiesForPatient(self, patient):
        return list(dict.fromkeys(header.StudyInstanceUID for header in self._of_patient(patient)))

    def seriesForStudy(self, study):
        return list(dict.fromkeys(header.SeriesInstanceUID for header in self._of("StudyInstanceUID", study)))

    def instancesForSeries(self, series, hits=-1):
        found = [header.SOPInstanceUID for header in self._of("SeriesInstanceUID", series)]
        return found[:hits] if hits > 0 else found

    def filesForSeries(self, series, hits=-1):
        found = [path for path, header in self._headers.items() if header.SeriesInstanceUID == series]
        return found[:hits] if hits > 0 else found

    def nameForPatient(self, patient):
        return str(self._of_patient(patient)[0].get("PatientName", ""))

    def displayedNameForPatient(self, patient):
        return self.nameForPatient(patient).replace("^", ", ")

    def descriptionForSeries(self, series):
        return self.fieldForSeries("SeriesDescription", series)

    def fieldForSeries(self, field, series):
        return _column("Series", field, self._of("SeriesInstanceUID", series)[0])

    def fieldForStudy(self, field, study):
        return _column("Studies", field, self._of("StudyInstanceUID", study)[0])

    def fileValue(self, path, tag):
        group, element = (int(part, 16) for part in tag.split(","))
        if (path, tag) not in self._cache:
            self._files_read += 1
            value = self._headers[path].get((group, element))
            self._cache[path, tag] = "" if value is None else str(value.value)
        return self._cache[path, tag]

    def instanceValue(self, instance, tag):
        path = self.fileForInstance(instance)
        return self.fileValue(path, tag) if path else ""

    def instanceForFile(self, path):
        return self._headers[path].SOPInstanceUID

    def fileForInstance(self, instance):
        found = [path for path, header in self._headers.items() if header.SOPInstanceUID == instance]
        return found[0] if found else ""

    def thumbnailPathForInstance(self, study, series, instance):
        path = Path(self._folder or "", "thumbs", f"{instance}.png")
        return str(path) if self._folder and path.exists() else ""


def _patient_key(header):
    return tuple(str(header.get(keyword, "")) for keyword in ("PatientID", "PatientName", "PatientBirthDate"))


def _column(table, field, header):
    value = str(header.get(_COLUMNS[table][field], ""))
    # CTK stores dates as SQL does.
    return f"{value[:4]}-{value[4:6]}-{value[6:]}" if field.endswith("Date") and len(value) == 8 else value


@api.checked
class ctkDICOMIndexer(QtCore.QObject):
    """Files come into the database in the background; here in turns of the event loop."""

    indexingComplete = QtCore.Signal(int, int, int, int)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._background = False
        self._paths = []
        self._added = 0
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._index)

    def _is_background(self):
        return self._background

    def setBackgroundImportEnabled(self, enabled):
        self._background = enabled

    backgroundImportEnabled = QtCore.Property(bool, _is_background, setBackgroundImportEnabled)
    importing = property(lambda self: self._timer.isActive())

    def addDirectory(self, database, folder, copy=False, include_hidden=True):
        self._database, self._copied, self._added = database, copy, 0
        self._paths = sorted(path for path in Path(folder).rglob("*") if path.is_file())
        self._timer.start()
        while not self._background and self._paths:
            self._index()

    def _index(self):
        import pydicom

        if self._paths:
            path = self._paths.pop(0)
            try:
                (self._database._copy if self._copied else self._database._insert)(path)
                self._added += 1
            except (pydicom.errors.InvalidDicomError, OSError):
                return
            return
        self._timer.stop()
        self.indexingComplete.emit(0, 0, int(self._added > 0), self._added)
