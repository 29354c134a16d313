"""Malformed inputs of a reconstruction: radiographs, models, manifests and options; for `inputs.Kind.prepare`."""

import csv
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from dicom_truth import expected_of_dicom
from mutations import spoiled_bytes, spoiled_values
from radiograph_truth import Expected, expected_of_picture, wrong_radiograph
from spoilt import EITHER, REFUSED, Spoilt
from text_mutations import WORDS, spoiled_json, spoiled_table
from whole_files import QUICK, whole

LIKELY = {"sid": ("1200.5", "1.1e3"), "sod": ("900", "812.25"), "ap-centre": ("40", "45.5")}
LIKELY["ap-principal-point"] = LIKELY["ap-centre"]
PAIRS = ("40,48", "0.8", "1,25", "0,8", "4,3.5", "4", "4;3.5", "4,-4", "1e-9,1", "2,2,2", ",", "4 3.5")


def reconstructed(folder: Path, frontal: Path, model: Path | None = None, options=(), **what) -> Spoilt:
    """The run that reads a frontal radiograph beside a sound lateral one."""
    command = ["reconstruct", str(frontal), str(whole() / "lateral.dcm"), "-o", str(folder / "out" / "ct.nrrd")]
    return Spoilt("diff2ct", [*command, "--model", str(model or whole() / "model"), *QUICK, *options], **what)


def read_as(folder: Path, path: Path, expected: Callable[[], Expected], options=(), reading=None, **what) -> Spoilt:
    """The run that must make `expected()` of a frontal radiograph, read with choices that the options name, too."""

    def wrong():
        return wrong_radiograph(path, folder / "out" / "ct.json", expected(), **(reading or {}))

    return reconstructed(folder, path, options=options, wrong=wrong, **what)


def radiograph(name: str, spoil: Callable) -> Callable:
    """Spoils a whole frontal radiograph."""

    def prepare(folder, random):
        path, before = folder / name, (whole() / name).read_bytes()
        path.write_bytes(spoil(before, random))

        def expected():
            return expected_of_dicom(path, whole() / name) if path.suffix == ".dcm" else expected_of_picture(path)

        return read_as(folder, path, expected, changed=path.read_bytes() != before)

    return prepare


def model_weights(folder, random):
    """A model with spoilt weights."""
    whole_weights = (whole() / "model" / "model.safetensors").read_bytes()
    header_bytes = 8 + int.from_bytes(whole_weights[:8], "little")
    kinds = (spoiled_bytes(whole_weights, random), spoiled_values(whole_weights, random, header_bytes))
    content = kinds[random.integers(2)]
    card = json.loads((whole() / "model" / "card.json").read_text())
    # In most cases the card vouches for the damage, so that it reaches the parser and the network.
    vouched = random.random() < 0.8
    if vouched:
        card["sha256"] = hashlib.sha256(content).hexdigest()
    changed = content != whole_weights
    what = {"must": EITHER if vouched else REFUSED, "about": "weights that the card does not vouch for"}
    return _model(folder, content, json.dumps(card).encode(), changed=changed, **(what if changed else {}))


def model_card(folder, random):
    """A model with a spoilt card."""
    text = (whole() / "model" / "card.json").read_text()
    card = json.loads(text)
    part = ("architecture", "grid")[random.integers(2)]
    inner = json.dumps({**card, part: json.loads(spoiled_json(json.dumps(card[part]), random))})
    kinds = (spoiled_json(text, random), inner, inner)
    content = kinds[random.integers(3)].encode()
    if random.random() < 0.2:
        content = spoiled_bytes(text.encode(), random)
    changed = content != text.encode() and content != json.dumps(card).encode()
    return _model(folder, (whole() / "model" / "model.safetensors").read_bytes(), content, changed=changed)


def _model(folder, weights: bytes, card: bytes, **what):
    model = folder / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(weights)
    (model / "card.json").write_bytes(card)
    return reconstructed(folder, whole() / "ap.dcm", model, **what)


def manifest(folder, random):
    """A spoilt table of cases."""
    pair = f"{whole() / 'ap.dcm'},{whole() / 'lateral.dcm'}"
    text = f"case,frontal,lateral,sid,ap-centre,ap-invert,seed\na,{pair},1150,40 48,no,3\nb,{pair},,,,\n"
    path = folder / "cases.csv"
    if random.random() < 0.8:
        path.write_text(spoiled_table(text, random), encoding="utf-8")
    else:
        path.write_bytes(spoiled_bytes(text.encode(), random))
    command = ["batch", str(path), "-o", str(folder / "out"), "--model", str(whole() / "model"), *QUICK]
    changed = path.read_bytes() != text.encode()
    return Spoilt("diff2ct", command, changed=changed, wrong=lambda: _wrong_cases(path, folder / "out"))


def _wrong_cases(path: Path, out: Path) -> str | None:
    """Each line of the table must have become a case with the numbers of its cells."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file) if any(line.values())]
    for line in lines:
        if not line.get("case"):
            continue
        report = json.loads((out / f"{line['case']}.json").read_text(encoding="utf-8"))
        geometry, cells = next(iter(report["geometry"].values())), {"sid": 1150.0, "seed": 0.0}
        cells |= {name: float(line[name]) for name in cells if line.get(name)}
        found = geometry["sid_mm"], report["settings"]["seed"]
        if not np.allclose(found, [cells["sid"], cells["seed"]]):
            return f"case {line['case']} has SID and seed {found} instead of {list(cells.values())}"
    volumes = len(list(out.glob("*.nrrd")))
    return None if volumes == len(lines) else f"{volumes} volumes of {len(lines)} lines"


def whole_cases(files: list[str]) -> bool:
    """The table of results, and each case with volume and report."""
    volumes, reports = ({name[: -len(end)] for name in files if name.endswith(end)} for end in (".nrrd", ".json"))
    return "results.csv" in files and volumes == reports and len(files) == 1 + 2 * len(volumes)


def command_line(folder, random):
    """Command lines with values that no X-ray system has."""
    names = ("sid", "sod", "spacing", "ap-primary", "ap-secondary", "ap-rotation", "ap-centre", "ap-principal-point")
    options, given = [], {}
    for name in random.choice(names, size=random.integers(1, 4), replace=False):
        count = 2 if name in ("ap-centre", "ap-principal-point") else 1
        words = [LIKELY.get(name, ("-7.5", "+3"))[random.integers(2)] for _ in range(count)]
        if random.random() < 0.4:
            words[0] = WORDS[random.integers(len(WORDS))]
        if name == "spacing":
            words = [PAIRS[random.integers(len(PAIRS))]]
        options += [f"--{name}={words[0]}"] if count == 1 else [f"--{name}", *words]
        given[name] = words
    return reconstructed(
        folder, whole() / "ap.dcm", options=options, wrong=lambda: _wrong_options(folder, given), about=str(options)
    )


def _wrong_options(folder: Path, given: dict) -> str | None:
    """Each number of the command line must stand in the report."""
    report = json.loads((folder / "out" / "ct.json").read_text(encoding="utf-8"))
    geometry = report["geometry"]["AP"]
    keys = {"sid": "sid_mm", "sod": "sod_mm", "spacing": "pixel_spacing_mm", "ap-primary": "primary_deg"}
    keys |= {"ap-secondary": "secondary_deg", "ap-rotation": "rotation_deg", "ap-centre": "centre_px"}
    for name, words in given.items():
        found = np.ravel(geometry[keys.get(name, "principal_point_px")])
        wanted = [float(word) for text in words for word in text.split(",")]
        if not np.allclose(found, wanted * (len(found) // len(wanted))):
            return f"{name} is {found.tolist()} instead of {wanted}"
        if name == "spacing" and max(found) > 4.0 * min(found):
            return f"the pixels are {found.tolist()} mm"
    return None
