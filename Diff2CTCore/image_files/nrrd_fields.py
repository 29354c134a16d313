"""The fields of a NRRD header (https://teem.sourceforge.net/nrrd/format.html)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import ImageFileError
from . import faults
from .text_numbers import refuse_repeated, whole, without_mark

FORMAT = "NRRD"
_MAX_AXES = 5
_LINE_BYTES = 1 << 20
_MOST_LINES = 100_000
_SPELLINGS = {
    "datafile": "data file",
    "lineskip": "line skip",
    "byteskip": "byte skip",
    "blocksize": "block size",
    "oldmin": "old min",
    "oldmax": "old max",
    "axismins": "axis mins",
    "axismaxs": "axis maxs",
    "sampleunits": "sample units",
    "centerings": "centers",
}
_FIELDS = {
    *_SPELLINGS.values(),
    *("dimension", "type", "encoding", "endian", "content", "number", "min", "max", "sizes", "spacings", "thicknesses"),
    *("space", "space dimension", "space units", "space origin", "space directions", "measurement frame"),
    *("labels", "units", "kinds"),
}
_VECTOR = re.compile(r"\(([^()]*)\)")
_VECTORS = re.compile(r"(?:\s*(?:none|\([^()]*\)))+\s*")
_LABEL = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^\s"']+))""")
_SPATIAL_KINDS = ("domain", "space", "???", "none")
_OTHER_KINDS = {
    *("time", "list", "point", "vector", "covariant-vector", "normal", "stub", "scalar", "complex", "quaternion"),
    *("2-vector", "3-vector", "4-vector", "3-gradient", "3-normal", "3-color", "4-color"),
    *("rgb-color", "hsv-color", "xyz-color", "rgba-color"),
    *(f"{axes}d-{kind}" for axes in (2, 3) for kind in ("matrix", "masked-matrix")),
    *(f"{axes}d-{kind}" for axes in (2, 3) for kind in ("symmetric-matrix", "masked-symmetric-matrix")),
}


@dataclass(frozen=True)
class Fields:
    """What a header holds.

    Attributes:
        name: of the file.
        texts: of the fields by their names in lower case.
        following: lines after "data file: LIST".
        end: where the data begin in the same file.
    """

    name: str
    texts: dict[str, str]
    following: list[str]
    end: int

    def __contains__(self, field: str) -> bool:
        return field in self.texts

    def __getitem__(self, field: str) -> str:
        return self.texts[field]

    def get(self, field: str, default: str) -> str:
        """Of a field that may be absent."""
        return self.texts.get(field, default)

    @property
    def axes(self) -> int:
        return whole(self.name, "dimension", self.texts["dimension"], 1, _MAX_AXES)

    def words(self, field: str) -> list[str]:
        """One for each axis.

        Raises:
            ImageFileError: another number of them.
        """
        found = self.texts[field].split()
        if len(found) != self.axes:
            raise faults.contradictory(self.name, field, "dimension")
        return found

    def labels(self, field: str) -> list[str]:
        """The texts of a field in lower case; the format puts quotation marks around each, some programs do not.

        Raises:
            ImageFileError: what stands there cannot be divided into texts.
        """
        text, at, found = self.texts[field].strip(), 0, []
        while at < len(text):
            match = _LABEL.match(text, at)
            if match is None:
                raise faults.unreadable(self.name, field, "texts in quotation marks")
            found.append("".join(part or "" for part in match.groups()).strip().lower())
            at = match.end()
        return found

    def vectors(self, field: str) -> list[list[str] | None]:
        """The words of each vector "(1,0,0)", None for "none".

        Raises:
            ImageFileError: the field holds something else.
        """
        text = self.texts[field]
        if not _VECTORS.fullmatch(text):
            raise faults.unreadable(self.name, field, "vectors such as (0.5,0,0)")
        parts = re.findall(r"none|\([^()]*\)", text)
        return [None if part == "none" else [word.strip() for word in part[1:-1].split(",")] for part in parts]

    def kinds(self) -> list[str] | None:
        """Of the axes, in lower case; None where they are not stated.

        Raises:
            ImageFileError: one is unknown, or there are more or fewer than axes.
        """
        if "kinds" not in self:
            return None
        found = [kind.lower() for kind in self.words("kinds")]
        if not _OTHER_KINDS.issuperset(set(found) - set(_SPATIAL_KINDS)):
            raise faults.unreadable(self.name, "kinds", "kinds of axes that the NRRD format knows")
        return found

    def spatial_axes(self) -> list[bool]:
        """Which axes lie in space; others count colours, times or directions.

        Raises:
            ImageFileError: see `kinds`; or there are more or fewer directions than axes.
        """
        spatial = [True] * self.axes
        kinds = self.kinds()
        if kinds is not None:
            spatial = [kind in _SPATIAL_KINDS for kind in kinds]
        if "space directions" in self:
            directions = self.vectors("space directions")
            if len(directions) != self.axes:
                raise faults.contradictory(self.name, "space directions", "dimension")
            spatial = [is_space and step is not None for is_space, step in zip(spatial, directions, strict=True)]
        return spatial


def read_fields(path: Path) -> Fields:
    """The header up to its empty line.

    Raises:
        ImageFileError: the first line is no NRRD's, a line is no field, or one stands there twice.
    """
    texts: dict[str, str] = {}
    following: list[str] = []
    listed = False
    with path.open("rb") as stream:
        if not re.fullmatch(rb"NRRD000[1-5]\r?\n", without_mark(stream.readline(16))):
            raise faults.damaged(path.name, FORMAT)
        for _ in range(_MOST_LINES):
            raw = stream.readline(_LINE_BYTES)
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if not line:
                break
            if listed:
                following.append(line)
            elif not line.startswith("#") and ":=" not in line:
                field, text = _field(path.name, line)
                refuse_repeated(path.name, field, texts)
                texts[field] = text
                listed = field == "data file" and text.startswith("LIST")
        end = stream.tell()
    for field in ("dimension", "type", "sizes", "encoding"):
        if field not in texts:
            raise faults.damaged(path.name, FORMAT)
    return Fields(path.name, texts, following, end)


def _field(name: str, line: str) -> tuple[str, str]:
    field, separator, text = line.partition(":")
    field = " ".join(field.lower().split())
    field = _SPELLINGS.get(field, field)
    if not separator or field not in _FIELDS:
        raise ImageFileError(
            f"The header of {name} holds a line that is no field of the NRRD format; correct or remove it."
        )
    return field, text.strip()
