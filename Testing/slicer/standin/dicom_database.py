"""Stand-in for Slicer's DICOM database: what CTK's answers about files that a test put into it."""

import api


@api.checked
class ctkDICOMDatabase:
    def __init__(self):
        self._headers = {}

    isOpen = property(lambda self: True)

    def _insert(self, path):
        import pydicom

        self._headers[str(path)] = pydicom.dcmread(path, stop_before_pixels=True)

    def _clear(self):
        self._headers.clear()

    def _values(self, keyword, **conditions):
        found = []
        for header in self._headers.values():
            fits = all(header.get(name) == value for name, value in conditions.items())
            if fits and header.get(keyword) not in found:
                found.append(header.get(keyword))
        return found

    def patients(self):
        return self._values("PatientID")

    def studiesForPatient(self, patient):
        return self._values("StudyInstanceUID", PatientID=patient)

    def seriesForStudy(self, study):
        return self._values("SeriesInstanceUID", StudyInstanceUID=study)

    def filesForSeries(self, series, hits=-1):
        return [path for path, header in self._headers.items() if header.SeriesInstanceUID == series]

    def nameForPatient(self, patient):
        return str(self._values("PatientName", PatientID=patient)[0])

    def descriptionForSeries(self, series):
        return self._values("SeriesDescription", SeriesInstanceUID=series)[0]

    def fileValue(self, path, tag):
        group, element = (int(part, 16) for part in tag.split(","))
        value = self._headers[path].get((group, element))
        return "" if value is None else str(value.value)

    def instanceForFile(self, path):
        return self._headers[path].SOPInstanceUID

    def fileForInstance(self, instance):
        found = [path for path, header in self._headers.items() if header.SOPInstanceUID == instance]
        return found[0] if found else ""
