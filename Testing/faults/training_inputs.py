"""Malformed inputs of the training: configurations, lists of scans, their cards; for `inputs.Kind.prepare`."""

import json
from pathlib import Path

from mutations import spoiled_bytes, spoiled_json, spoiled_text
from whole_files import ROOT, whole


def configuration(folder, random):
    """A spoilt configuration of a run."""
    text = (ROOT / "training" / "configs" / "default.toml").read_text(encoding="utf-8")
    path = folder / "configuration.toml"
    if random.random() < 0.8:
        path.write_text(spoiled_text(text, random), encoding="utf-8")
    else:
        path.write_bytes(spoiled_bytes(text.encode(), random))
    # Without cases no configuration, right or wrong, may begin a training.
    return "train", [str(path), "--cache", str(folder / "no-cases"), "--output", str(folder / "out")]


def _datalist(folder, content: dict, random) -> Path:
    path = folder / "datalist.json"
    text = json.dumps(content)
    path.write_bytes(
        spoiled_json(text, random).encode() if random.random() < 0.8 else spoiled_bytes(text.encode(), random)
    )
    return path


def datalist_to_prepare(folder, random):
    """A spoilt list of scans with their patients and splits."""
    # The scans are not there, so no datalist, right or wrong, may begin the work.
    entries = [{"image": f"{name}.nii.gz", "patient": name, "label": f"{name}_seg.nii.gz"} for name in "abc"]
    path = _datalist(folder, {"training": entries[:1], "validation": entries[1:2], "test": entries[2:]}, random)
    return "prepare", ["--datalist", str(path), "-o", str(folder / "out")]


def datalist_to_evaluate(folder, random):
    """A spoilt list of held-out cases."""
    cases = {"phantom": ["phantom-1.npz"], "real": [{"image": "real-1.npz", "patient": "a"}]}
    path = _datalist(folder, cases, random)
    return "evaluate", ["--cases", str(path), "--models", str(whole() / "model"), "-o", str(folder / "out")]


def prepared_card(folder, random):
    """A prepared scan with a spoilt card."""
    prepared = folder / "prepared"
    prepared.mkdir()
    card = {"name": "a", "split": "train", "patient": "a", "image": "a.nii.gz", "flags": [], "notes": {}}
    _datalist(prepared, card, random).rename(prepared / "a.json")
    return "make_cases", [str(folder / "cache"), "--prepared", str(prepared)]
