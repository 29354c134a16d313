"""Malformed inputs of a reconstruction: radiographs, models, manifests and options; for `inputs.Kind.prepare`."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from mutations import WORDS, spoiled_bytes, spoiled_json, spoiled_table, spoiled_values
from whole_files import whole

QUICK = ["--steps", "1", "--no-consistency", "--device", "cpu", "--progress", "none"]


def _reconstruct(folder: Path, frontal: Path, model: Path | None = None, options=()) -> tuple[str, list[str]]:
    command = ["reconstruct", str(frontal), str(whole() / "lateral.dcm"), "-o", str(folder / "out" / "ct.nrrd")]
    return "diff2ct", [*command, "--model", str(model or whole() / "model"), *QUICK, *options]


def radiograph(name: str, spoil: Callable) -> Callable:
    """Spoils a whole frontal radiograph."""

    def prepare(folder, random):
        path = folder / name
        path.write_bytes(spoil((whole() / name).read_bytes(), random))
        return _reconstruct(folder, path)

    return prepare


def model_weights(folder, random):
    """A model with spoilt weights."""
    whole_weights = (whole() / "model" / "model.safetensors").read_bytes()
    header_bytes = 8 + int.from_bytes(whole_weights[:8], "little")
    kinds = (spoiled_bytes(whole_weights, random), spoiled_values(whole_weights, random, header_bytes))
    content = kinds[random.integers(2)]
    card = json.loads((whole() / "model" / "card.json").read_text())
    # In most cases the card vouches for the damage, so that it reaches the parser and the network.
    if random.random() < 0.8:
        card["sha256"] = hashlib.sha256(content).hexdigest()
    return _model(folder, content, json.dumps(card).encode())


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
    return _model(folder, (whole() / "model" / "model.safetensors").read_bytes(), content)


def _model(folder, weights: bytes, card: bytes):
    model = folder / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(weights)
    (model / "card.json").write_bytes(card)
    return _reconstruct(folder, whole() / "ap.dcm", model)


def manifest(folder, random):
    """A spoilt table of cases."""
    pair = f"{whole() / 'ap.dcm'},{whole() / 'lateral.dcm'}"
    text = f"case,frontal,lateral,sid,ap-centre,ap-invert,seed\na,{pair},1150,40 48,no,3\nb,{pair},,,,\n"
    path = folder / "cases.csv"
    if random.random() < 0.8:
        path.write_text(spoiled_table(text, random), encoding="utf-8")
    else:
        path.write_bytes(spoiled_bytes(text.encode(), random))
    return "diff2ct", ["batch", str(path), "-o", str(folder / "out"), "--model", str(whole() / "model"), *QUICK]


def whole_cases(files: list[str]) -> bool:
    """The table of results, and each case with volume and report."""
    volumes, reports = ({name[: -len(end)] for name in files if name.endswith(end)} for end in (".nrrd", ".json"))
    return "results.csv" in files and volumes == reports and len(files) == 1 + 2 * len(volumes)


def command_line(folder, random):
    """Command lines with values that no X-ray system has."""
    names = ("sid", "sod", "spacing", "ap-primary", "ap-secondary", "ap-rotation", "ap-centre", "ap-principal-point")
    options = []
    for name in random.choice(names, size=random.integers(1, 4), replace=False):
        count = 2 if name in ("ap-centre", "ap-principal-point") else 1
        words = [WORDS[random.integers(len(WORDS))] for _ in range(count)]
        options += [f"--{name}={words[0]}"] if count == 1 else [f"--{name}", *words]
    return _reconstruct(folder, whole() / "ap.dcm", options=options)
