"""A patient who does not exist, and the search for what says who it is."""

import contextlib
import gzip
import io
import zipfile
import zlib

PATIENT = {
    "PatientName": "Phantomova^Petronella",
    "PatientID": "PH-4711-XYZ",
    "PatientBirthDate": "19310213",
    "OtherPatientIDs": "OTHER-0815",
    "PatientAddress": "Elm Street 1428",
    "ReferringPhysicianName": "Frankenstein^Victor",
    "InstitutionName": "Sankt Nirgendwo",
    "AccessionNumber": "ACC778899",
}
WORDS = (
    "Phantomova",
    "Petronella",
    "PH-4711",
    "19310213",
    "OTHER-0815",
    "Elm Street",
    "Frankenstein",
    "Nirgendwo",
    "ACC7788",
)


def named_in(content: bytes) -> list[str]:
    """The words about the patient that stand in bytes, also in compressed ones and in two-byte text."""
    forms = [content]
    for start, expand in ((b"\x1f\x8b", gzip.decompress), (b"x\x9c", zlib.decompress)):
        place = content.find(start)
        if place >= 0:
            with contextlib.suppress(OSError, EOFError, zlib.error):
                forms.append(expand(content[place:]))
    found = {word for word in WORDS for form in forms if word.encode() in form or word.encode("utf-16-le") in form}
    return sorted(found.union(*map(named_in, _members(content))))


def _members(content: bytes) -> list[bytes]:
    """The files in a zip archive, such as a scene of Slicer; none for any other content."""
    if not content.startswith(b"PK"):
        return []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return [archive.read(name) for name in archive.namelist()]
