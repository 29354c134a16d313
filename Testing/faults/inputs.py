"""Malformed inputs of every kind that the program takes, each with the command line that reads it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ct_folders import consistent_values, header_values, slice_bytes, slice_files, slice_places
from ct_inputs import detached, evaluated, meta_header, nifti_field, nrrd_header, other_values, simulated
from ct_multiframe import enhanced
from dicom_inputs import element_values
from earlier_results import any_files, exported, second_batch, whole_series
from mutations import spoiled_bytes, spoiled_tags, with_png_checksums
from name_inputs import odd_ct_name, odd_path, odd_radiograph_name
from picture_inputs import png_chunks, tiff_layout, tiff_tag
from reconstruction_inputs import command_line, manifest, model_card, model_weights, radiograph, whole_cases
from spoilt import Spoilt
from surroundings import in_german, in_the_c_locale, output_name, volume_and_report
from training_inputs import configuration, datalist_to_evaluate, datalist_to_prepare, prepared_card
from xa_inputs import enhanced_xa, rotational

TESTED_CASES = 6
"""Of each kind in every run of the tests."""


@dataclass(frozen=True)
class Kind:
    """A kind of malformed input.

    Attributes:
        name: for people.
        prepare: called with (folder, random generator); writes the malformed input into the folder. Outputs go to the
            folder's `out`.
        outputs: what a success leaves in `out`, or a question whether the files there are whole.
        partly: exit code of a success in parts, which leaves files, too.
        share: of a campaign's cases; slow kinds get fewer.
        kept: there are files in `out` before the run.
        bar: the program shows its progress on the error stream.
        why: why a spoilt input succeeds whose outcome is compared with nothing.
    """

    name: str
    prepare: Callable[[Path, np.random.Generator], Spoilt]
    outputs: tuple[str, ...] | Callable[[list[str]], bool] = ("ct.json", "ct.nrrd")
    partly: int | None = None
    share: float = 1.0
    kept: bool = False
    bar: bool = False
    why: str = ""

    def fits(self, code: int, files: list[str]) -> bool:
        """Whether the files in `out` are what this exit code may leave there."""
        if code not in (0, self.partly):
            return self.kept or files == []
        return self.outputs(files) if callable(self.outputs) else files == sorted(self.outputs)

    def seeds(self, cases: int, first: int = 0) -> range:
        """The numbers of its inputs in a campaign of so many cases of each kind."""
        return range(first, first + max(1, round(cases * self.share)))


def _png(content, random):
    return with_png_checksums(spoiled_bytes(content, random))


def nothing_or_a_pair(files: list[str]) -> bool:
    """What `evaluate` or `simulate` leaves."""
    return files in ([], sorted(PAIR))


SLOW_SHARE = 0.2
PAIR = ("ap.dcm", "geometry.json", "lateral.dcm", "truth.nrrd")

KINDS = (
    Kind("DICOM, uncompressed", radiograph("ap.dcm", spoiled_bytes)),
    Kind("DICOM, wrong values in the tags", radiograph("ap.dcm", spoiled_tags)),
    Kind("DICOM, elements with known answers", element_values),
    Kind("DICOM, RLE", radiograph("rle.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG", radiograph("jpeg.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG lossless", radiograph("lossless.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG-LS", radiograph("jpegls.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG 2000", radiograph("jpeg2000.dcm", spoiled_bytes)),
    Kind("DICOM, rotational run", rotational),
    Kind("DICOM, enhanced XA", enhanced_xa),
    Kind("PNG", radiograph("ap.png", spoiled_bytes)),
    Kind("PNG, checksums mended", radiograph("ap.png", _png)),
    Kind("PNG, chunks and depths", png_chunks),
    Kind("TIFF", radiograph("ap.tif", spoiled_bytes)),
    Kind("TIFF, tags", radiograph("ap.tif", tiff_tag)),
    Kind("TIFF, layouts", tiff_layout),
    Kind("NRRD", radiograph("ap.nrrd", spoiled_bytes)),
    Kind("NRRD, header", radiograph("ap.nrrd", nrrd_header)),
    Kind("MHA", radiograph("ap.mha", spoiled_bytes)),
    Kind("MHA, header", radiograph("ap.mha", meta_header)),
    Kind("NIfTI", radiograph("ap.nii", spoiled_bytes)),
    Kind("NIfTI, header", radiograph("ap.nii", nifti_field)),
    Kind("NIfTI, compressed", radiograph("ap.nii.gz", spoiled_bytes)),
    Kind(
        "model weights",
        model_weights,
        why="the card vouches for the damage, and other finite weights are those of another model; weights that the "
        "card does not vouch for must be refused",
    ),
    Kind("radiograph, names and twins", odd_radiograph_name),
    Kind("paths that are none", odd_path),
    Kind("model card", model_card, why="what the card tells of licence, training data and date steers nothing"),
    Kind("manifest of a batch", manifest, whole_cases, partly=4),
    Kind("batch that ran before", second_batch, any_files, share=SLOW_SHARE, kept=True),
    Kind("training configuration", configuration, ()),
    Kind("datalist to prepare", datalist_to_prepare, ()),
    Kind("datalist to evaluate", datalist_to_evaluate, ()),
    Kind(
        "card of a prepared scan",
        prepared_card,
        (),
        bar=True,
        why="name, image and notes steer nothing here; a card without patient or split must be refused",
    ),
    Kind("CT to simulate from, NRRD", simulated("ct.nrrd", spoiled_bytes), PAIR, SLOW_SHARE),
    Kind("CT to simulate from, NIfTI", simulated("ct.nii", spoiled_bytes), PAIR, SLOW_SHARE),
    Kind("CT, NRRD", evaluated("ct.nrrd", spoiled_bytes), ()),
    Kind("CT, NRRD header", evaluated("ct.nrrd", nrrd_header), ()),
    Kind("CT, MHA header", evaluated("ct.mha", meta_header), ()),
    Kind("CT, NIfTI header", evaluated("ct.nii", nifti_field), ()),
    Kind("CT, header and data apart", detached, ()),
    Kind("CT, names and twins", odd_ct_name, ()),
    Kind("CT, values that are no HU", other_values, ()),
    Kind("CT slices, header values", header_values, nothing_or_a_pair),
    Kind("CT slices, other values in all", consistent_values, nothing_or_a_pair),
    Kind("CT slices, bytes", slice_bytes, nothing_or_a_pair),
    Kind("CT slices, files", slice_files, nothing_or_a_pair),
    Kind("CT slices, places", slice_places, nothing_or_a_pair),
    Kind("CT, enhanced", enhanced, nothing_or_a_pair),
    Kind("export", exported, whole_series),
    Kind("locale with decimal commas", in_german, lambda files: files == [] or volume_and_report(files)),
    Kind("C locale", in_the_c_locale, volume_and_report, share=0.05),
    Kind("names of outputs", output_name, volume_and_report),
    Kind("command line", command_line),
)
