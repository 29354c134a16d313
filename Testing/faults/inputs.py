"""Malformed inputs of every kind that the program takes, each with the command line that reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ct_inputs import evaluated, simulated
from mutations import spoiled_bytes, spoiled_header, spoiled_tags, with_png_checksums
from reconstruction_inputs import command_line, manifest, model_card, model_weights, radiograph, whole_cases
from training_inputs import configuration, datalist_to_evaluate, datalist_to_prepare, prepared_card

TESTED_CASES = 25
"""Of each kind in every run of the tests."""


@dataclass(frozen=True)
class Kind:
    """A kind of malformed input.

    Attributes:
        name: for people.
        prepare: called with (folder, random generator); writes the malformed input into the folder and returns the
            program (a key of `campaign.programs`) and its command line. Outputs go to the folder's `out`.
        outputs: what a success leaves in `out`, or a question whether the files there are whole.
        partly: exit code of a success in parts, which leaves files, too.
        share: of a campaign's cases; slow kinds get fewer.
    """

    name: str
    prepare: Callable[[Path, np.random.Generator], tuple[str, list[str]]]
    outputs: tuple[str, ...] | Callable[[list[str]], bool] = ("ct.json", "ct.nrrd")
    partly: int | None = None
    share: float = 1.0

    def fits(self, code: int, files: list[str]) -> bool:
        """Whether the files in `out` are what this exit code may leave there."""
        if code not in (0, self.partly):
            return files == []
        return self.outputs(files) if callable(self.outputs) else files == sorted(self.outputs)

    def seeds(self, cases: int, first: int = 0) -> range:
        """The numbers of its inputs in a campaign of so many cases of each kind."""
        return range(first, first + max(1, round(cases * self.share)))


def _nrrd_header(content, random):
    return spoiled_header(content, random, b"\n\n")


def _mha_header(content, random):
    return spoiled_header(content, random, b"ElementDataFile = LOCAL\n")


def _png(content, random):
    return with_png_checksums(spoiled_bytes(content, random))


SLOW_SHARE = 0.2
PAIR = ("ap.dcm", "geometry.json", "lateral.dcm", "truth.nrrd")

KINDS = (
    Kind("DICOM, uncompressed", radiograph("ap.dcm", spoiled_bytes)),
    Kind("DICOM, wrong values in the tags", radiograph("ap.dcm", spoiled_tags)),
    Kind("DICOM, RLE", radiograph("rle.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG", radiograph("jpeg.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG lossless", radiograph("lossless.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG-LS", radiograph("jpegls.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG 2000", radiograph("jpeg2000.dcm", spoiled_bytes)),
    Kind("PNG", radiograph("ap.png", spoiled_bytes)),
    Kind("PNG, checksums mended", radiograph("ap.png", _png)),
    Kind("TIFF", radiograph("ap.tif", spoiled_bytes)),
    Kind("NRRD", radiograph("ap.nrrd", spoiled_bytes)),
    Kind("NRRD, header", radiograph("ap.nrrd", _nrrd_header)),
    Kind("MHA", radiograph("ap.mha", spoiled_bytes)),
    Kind("MHA, header", radiograph("ap.mha", _mha_header)),
    Kind("NIfTI", radiograph("ap.nii", spoiled_bytes)),
    Kind("NIfTI, compressed", radiograph("ap.nii.gz", spoiled_bytes)),
    Kind("model weights", model_weights),
    Kind("model card", model_card),
    Kind("manifest of a batch", manifest, whole_cases, partly=4),
    Kind("training configuration", configuration, ()),
    Kind("datalist to prepare", datalist_to_prepare, ()),
    Kind("datalist to evaluate", datalist_to_evaluate, ()),
    Kind("card of a prepared scan", prepared_card, ()),
    Kind("CT to simulate from, NRRD", simulated("ct.nrrd", spoiled_bytes), PAIR, SLOW_SHARE),
    Kind("CT to simulate from, NRRD header", simulated("ct.nrrd", _nrrd_header), PAIR, SLOW_SHARE),
    Kind("CT to simulate from, NIfTI", simulated("ct.nii", spoiled_bytes), PAIR, SLOW_SHARE),
    Kind("CT to evaluate", evaluated, ()),
    Kind("command line", command_line),
)
