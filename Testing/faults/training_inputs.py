"""Malformed inputs of the training: configurations, lists of scans, their cards; for `inputs.Kind.prepare`."""

import json
from pathlib import Path

from mutations import spoiled_bytes
from spoilt import EITHER, REFUSED, Spoilt
from text_mutations import spoiled_json, spoiled_text
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
    return Spoilt("train", [str(path), "--cache", str(folder / "no-cases"), "--output", str(folder / "out")])


def _datalist(folder, content: dict, random) -> tuple[Path, bool]:
    """The spoilt list, and whether anything in it is another."""
    path = folder / "datalist.json"
    text = json.dumps(content)
    path.write_bytes(
        spoiled_json(text, random).encode() if random.random() < 0.8 else spoiled_bytes(text.encode(), random)
    )
    return path, path.read_bytes() != text.encode()


def datalist_to_prepare(folder, random):
    """A spoilt list of scans with their patients and splits."""
    # The scans are not there, so no datalist, right or wrong, may begin the work.
    entries = [{"image": f"{name}.nii.gz", "patient": name, "label": f"{name}_seg.nii.gz"} for name in "abc"]
    path, _ = _datalist(folder, {"training": entries[:1], "validation": entries[1:2], "test": entries[2:]}, random)
    return Spoilt("prepare", ["--datalist", str(path), "-o", str(folder / "out")])


def datalist_to_evaluate(folder, random):
    """A spoilt list of held-out cases."""
    cases = {"phantom": ["phantom-1.npz"], "real": [{"image": "real-1.npz", "patient": "a"}]}
    path, _ = _datalist(folder, cases, random)
    return Spoilt("evaluate", ["--cases", str(path), "--models", str(whole() / "model"), "-o", str(folder / "out")])


def prepared_card(folder, random):
    """A prepared scan with a spoilt card."""
    prepared = folder / "prepared"
    prepared.mkdir()
    card = {"name": "a", "split": "train", "patient": "a", "image": "a.nii.gz", "flags": [], "notes": {}}
    path, changed = _datalist(prepared, card, random)
    path = path.rename(prepared / "a.json")
    what = {
        "changed": changed,
        "must": EITHER if _is_card(path) else REFUSED,
        "about": path.read_text(errors="replace"),
    }
    return Spoilt("make_cases", [str(folder / "cache"), "--prepared", str(prepared)], **what)


def _is_card(path: Path) -> bool:
    """Whether it names its patient and its split; a scan that is not to be used has the split null."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
        return "split" in card and card["split"] in ("train", "validation", "test", None) and bool(card["patient"])
    except (ValueError, KeyError, TypeError):
        return False
