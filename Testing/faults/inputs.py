"""Malformed inputs of every kind that the program takes, each with the command line that reads it."""

import hashlib
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from mutations import (
    WORDS,
    spoiled_bytes,
    spoiled_header,
    spoiled_json,
    spoiled_table,
    spoiled_tags,
    spoiled_text,
    spoiled_values,
    with_png_checksums,
)
from pydicom.uid import RLELossless

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Testing" / "core"))

from ct_files import block_image  # noqa: E402
from radiograph_files import compressed, dataset, dicom, pattern, save  # noqa: E402
from small_model import save_small_model  # noqa: E402

WHOLE_FILES = "DIFF2CT_TEST_WHOLE_FILES"

TESTED_CASES = 25
"""Of each kind in every run of the tests."""

QUICK = ["--steps", "1", "--no-consistency", "--device", "cpu", "--progress", "none"]
TAGS = {
    "PatientOrientation": ["L", "F"],
    "ImagerPixelSpacing": [4.0, 4.0],
    "DistanceSourceToDetector": 1150,
    "DistanceSourceToPatient": 950,
    "PixelIntensityRelationship": "LOG",
    "PixelIntensityRelationshipSign": -1,
    "RescaleSlope": 1,
    "RescaleIntercept": 0,
    "WindowCenter": 2000,
    "WindowWidth": 3000,
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 0,
    "ShutterRightVerticalEdge": 80,
    "ShutterUpperHorizontalEdge": 0,
    "ShutterLowerHorizontalEdge": 90,
}


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


def whole() -> Path:
    """The folder of the whole files that are spoiled; it stays for the processes of one campaign."""
    return Path(os.environ[WHOLE_FILES])


def write_whole_files(folder: Path) -> None:
    """Write a small whole file of each kind, and name the folder to this process and its children."""
    os.environ[WHOLE_FILES] = str(folder)
    dicom(folder / "ap.dcm", ViewPosition="AP", **TAGS)
    dicom(folder / "lateral.dcm", pattern()[::-1], ViewPosition="LL", **{**TAGS, "PatientOrientation": ["P", "F"]})
    rle = dataset(pattern(), ViewPosition="AP", **TAGS)
    rle.compress(RLELossless, encoding_plugin="pydicom")
    save(rle, folder / "rle.dcm")
    for name, syntax, bits in (("jpeg", "50", 8), ("lossless", "70", 12), ("jpegls", "80", 12), ("jpeg2000", "90", 12)):
        compressed(
            folder / f"{name}.dcm",
            f"1.2.840.10008.1.2.4.{syntax}",
            pattern(bits=bits),
            bits=bits,
            ViewPosition="AP",
            **TAGS,
        )
    image = sitk.GetImageFromArray(pattern())
    image.SetSpacing((4.0, 4.0))
    for name in ("ap.png", "ap.tif", "ap.nrrd", "ap.mha", "ap.nii", "ap.nii.gz"):
        sitk.WriteImage(image, str(folder / name))
    volume = block_image()
    for name in ("ct.nrrd", "ct.nii", "ct.mha"):
        sitk.WriteImage(volume, str(folder / name))
    save_small_model(folder / "model")


def _reconstruct(folder: Path, frontal: Path, model: Path | None = None, options=()) -> tuple[str, list[str]]:
    command = ["reconstruct", str(frontal), str(whole() / "lateral.dcm"), "-o", str(folder / "out" / "ct.nrrd")]
    return "diff2ct", [*command, "--model", str(model or whole() / "model"), *QUICK, *options]


def _radiograph(name: str, spoil) -> Kind:
    def prepare(folder, random):
        path = folder / name
        path.write_bytes(spoil((whole() / name).read_bytes(), random))
        return _reconstruct(folder, path)

    return prepare


def _weights(folder, random):
    whole_weights = (whole() / "model" / "model.safetensors").read_bytes()
    header_bytes = 8 + int.from_bytes(whole_weights[:8], "little")
    kinds = (spoiled_bytes(whole_weights, random), spoiled_values(whole_weights, random, header_bytes))
    content = kinds[random.integers(2)]
    card = json.loads((whole() / "model" / "card.json").read_text())
    # In most cases the card vouches for the damage, so that it reaches the parser and the network.
    if random.random() < 0.8:
        card["sha256"] = hashlib.sha256(content).hexdigest()
    return _model(folder, content, json.dumps(card).encode())


def _card(folder, random):
    text = (whole() / "model" / "card.json").read_text()
    card = json.loads(text)
    part = ("architecture", "grid")[random.integers(2)]
    inner = json.dumps({**card, part: json.loads(spoiled_json(json.dumps(card[part]), random))})
    kinds = (spoiled_json(text, random), inner, inner)
    content = kinds[random.integers(3)].encode()
    if random.random() < 0.2:
        content = spoiled_bytes(text.encode(), random)
    return _model(folder, (whole() / "model" / "model.safetensors").read_bytes(), content)


def _model(folder, weights: bytes, card: bytes):
    model = folder / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(weights)
    (model / "card.json").write_bytes(card)
    return _reconstruct(folder, whole() / "ap.dcm", model)


def _configuration(folder, random):
    text = (ROOT / "training" / "configs" / "default.toml").read_text(encoding="utf-8")
    path = folder / "configuration.toml"
    if random.random() < 0.8:
        path.write_text(spoiled_text(text, random), encoding="utf-8")
    else:
        path.write_bytes(spoiled_bytes(text.encode(), random))
    # Without cases no configuration, right or wrong, may begin a training.
    return "train", [str(path), "--cache", str(folder / "no-cases"), "--output", str(folder / "out")]


def _manifest(folder, random):
    pair = f"{whole() / 'ap.dcm'},{whole() / 'lateral.dcm'}"
    text = f"case,frontal,lateral,sid,ap-centre,ap-invert,seed\na,{pair},1150,40 48,no,3\nb,{pair},,,,\n"
    path = folder / "cases.csv"
    if random.random() < 0.8:
        path.write_text(spoiled_table(text, random), encoding="utf-8")
    else:
        path.write_bytes(spoiled_bytes(text.encode(), random))
    return "diff2ct", ["batch", str(path), "-o", str(folder / "out"), "--model", str(whole() / "model"), *QUICK]


def _whole_cases(files: list[str]) -> bool:
    """The table of results, and each case with volume and report."""
    volumes, reports = ({name[: -len(end)] for name in files if name.endswith(end)} for end in (".nrrd", ".json"))
    return "results.csv" in files and volumes == reports and len(files) == 1 + 2 * len(volumes)


def _datalist(folder, content: dict, random) -> Path:
    path = folder / "datalist.json"
    text = json.dumps(content)
    path.write_bytes(
        spoiled_json(text, random).encode() if random.random() < 0.8 else spoiled_bytes(text.encode(), random)
    )
    return path


def _datalist_to_prepare(folder, random):
    # The scans are not there, so no datalist, right or wrong, may begin the work.
    entries = [{"image": f"{name}.nii.gz", "patient": name, "label": f"{name}_seg.nii.gz"} for name in "abc"]
    path = _datalist(folder, {"training": entries[:1], "validation": entries[1:2], "test": entries[2:]}, random)
    return "prepare", ["--datalist", str(path), "-o", str(folder / "out")]


def _datalist_to_evaluate(folder, random):
    cases = {"phantom": ["phantom-1.npz"], "real": [{"image": "real-1.npz", "patient": "a"}]}
    path = _datalist(folder, cases, random)
    return "evaluate", ["--cases", str(path), "--models", str(whole() / "model"), "-o", str(folder / "out")]


def _prepared_card(folder, random):
    prepared = folder / "prepared"
    prepared.mkdir()
    card = {"name": "a", "split": "train", "patient": "a", "image": "a.nii.gz", "flags": [], "notes": {}}
    _datalist(prepared, card, random).rename(prepared / "a.json")
    return "make_cases", [str(folder / "cache"), "--prepared", str(prepared)]


def _simulated(name: str, spoil) -> Kind:
    def prepare(folder, random):
        path = folder / name
        path.write_bytes(spoil((whole() / name).read_bytes(), random))
        out = str(folder / "out")
        options = ["--spacing", "4", "--centre", "0", "0", "0", "--progress", "none"]
        return "diff2ct", ["simulate", str(path), "-o", out, *options]

    return prepare


def _evaluated(folder, random):
    name = ("ct.nrrd", "ct.nii", "ct.mha")[random.integers(3)]
    path = folder / name
    path.write_bytes(spoiled_bytes((whole() / name).read_bytes(), random))
    return "diff2ct", ["evaluate", str(path), str(whole() / "ct.nrrd"), "--progress", "none"]


def _options(folder, random):
    """Command lines with values that no X-ray system has."""
    names = ("sid", "sod", "spacing", "ap-primary", "ap-secondary", "ap-rotation", "ap-centre", "ap-principal-point")
    options = []
    for name in random.choice(names, size=random.integers(1, 4), replace=False):
        count = 2 if name in ("ap-centre", "ap-principal-point") else 1
        words = [WORDS[random.integers(len(WORDS))] for _ in range(count)]
        options += [f"--{name}={words[0]}"] if count == 1 else [f"--{name}", *words]
    return _reconstruct(folder, whole() / "ap.dcm", options=options)


def _nrrd_header(content, random):
    return spoiled_header(content, random, b"\n\n")


def _mha_header(content, random):
    return spoiled_header(content, random, b"ElementDataFile = LOCAL\n")


def _png(content, random):
    return with_png_checksums(spoiled_bytes(content, random))


SLOW_SHARE = 0.2
PAIR = ("ap.dcm", "geometry.json", "lateral.dcm", "truth.nrrd")

KINDS = (
    Kind("DICOM, uncompressed", _radiograph("ap.dcm", spoiled_bytes)),
    Kind("DICOM, wrong values in the tags", _radiograph("ap.dcm", spoiled_tags)),
    Kind("DICOM, RLE", _radiograph("rle.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG", _radiograph("jpeg.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG lossless", _radiograph("lossless.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG-LS", _radiograph("jpegls.dcm", spoiled_bytes)),
    Kind("DICOM, JPEG 2000", _radiograph("jpeg2000.dcm", spoiled_bytes)),
    Kind("PNG", _radiograph("ap.png", spoiled_bytes)),
    Kind("PNG, checksums mended", _radiograph("ap.png", _png)),
    Kind("TIFF", _radiograph("ap.tif", spoiled_bytes)),
    Kind("NRRD", _radiograph("ap.nrrd", spoiled_bytes)),
    Kind("NRRD, header", _radiograph("ap.nrrd", _nrrd_header)),
    Kind("MHA", _radiograph("ap.mha", spoiled_bytes)),
    Kind("MHA, header", _radiograph("ap.mha", _mha_header)),
    Kind("NIfTI", _radiograph("ap.nii", spoiled_bytes)),
    Kind("NIfTI, compressed", _radiograph("ap.nii.gz", spoiled_bytes)),
    Kind("model weights", _weights),
    Kind("model card", _card),
    Kind("manifest of a batch", _manifest, _whole_cases, partly=4),
    Kind("training configuration", _configuration, ()),
    Kind("datalist to prepare", _datalist_to_prepare, ()),
    Kind("datalist to evaluate", _datalist_to_evaluate, ()),
    Kind("card of a prepared scan", _prepared_card, ()),
    Kind("CT to simulate from, NRRD", _simulated("ct.nrrd", spoiled_bytes), PAIR, SLOW_SHARE),
    Kind("CT to simulate from, NRRD header", _simulated("ct.nrrd", _nrrd_header), PAIR, SLOW_SHARE),
    Kind("CT to simulate from, NIfTI", _simulated("ct.nii", spoiled_bytes), PAIR, SLOW_SHARE),
    Kind("CT to evaluate", _evaluated, ()),
    Kind("command line", _options),
)
