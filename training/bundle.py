"""`python -m training.bundle MODEL FOLDER`: a Diff2CT model as a MONAI bundle.

The bundle holds the weights with their card (safetensors; a pickled `model.pt` is not written), the
metadata of MONAI's bundle specification, and a workflow that reconstructs from two radiographs with an
installed Diff2CT:

    python -m monai.bundle run --config_file FOLDER/configs/inference.json \\
        --meta_file FOLDER/configs/metadata.json --bundle_root FOLDER --ap AP --lateral LATERAL --output ct.nrrd
"""

from __future__ import annotations

import argparse
import json
import shutil
from importlib.metadata import version
from pathlib import Path

from Diff2CTCore.errors import ModelError
from Diff2CTCore.models import CARD_FILE, WEIGHTS_FILE, ModelCard, find_model, load_model
from Diff2CTCore.networks import LIMIT
from Diff2CTCore.reconstruction import ARCHITECTURE, DEFAULT_STEPS
from Diff2CTCore.storage import folder_when_complete

from .command import command

SCHEMA = "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json"

WORKFLOW = {
    # MONAI binds one name for each import.
    "imports": [
        "$import sys",
        "$from Diff2CTCore.__main__ import main as diff2ct",
        "$from Diff2CTCore.models import load_model",
        "$from Diff2CTCore.reconstruction import build_network",
        "$from Diff2CTCore.reconstruction import choose_device",
    ],
    "bundle_root": ".",
    "ap": "ap.dcm",
    "lateral": "lateral.dcm",
    "output": "ct.nrrd",
    "steps": DEFAULT_STEPS,
    "device": "auto",
    "model": "$@bundle_root + '/models'",
    "network_def": "$build_network(load_model(@model), choose_device(@device))",
    "arguments": [
        "reconstruct", "@ap", "@lateral", "--output", "@output", "--model", "@model", "--steps", "$str(@steps)",
        "--device", "@device",
    ],
    "run": ["$(lambda code: sys.exit(code) if code else None)(diff2ct(@arguments))"],
}  # fmt: skip


def metadata(card: ModelCard) -> dict:
    """The bundle's `metadata.json`."""
    configuration = card.architecture["configuration"]
    image = {"type": "image", "format": "magnitude", "dtype": "float32", "is_patch_data": False}
    view = {
        **image,
        "modality": "X-ray",
        "num_channels": 2,
        "spatial_shape": [configuration["plane_size"]] * 2,
        "value_range": [-LIMIT, LIMIT],
        "channel_def": {"0": "standardised line integrals", "1": "mask of valid pixels"},
    }
    volume = {
        **image,
        "format": "hounsfield",
        "modality": "CT",
        "num_channels": 1,
        "spatial_shape": card.grid["shape"],
        "value_range": card.hu_range,
        "channel_def": {"0": "HU"},
    }
    return {
        "schema": SCHEMA,
        "version": card.version,
        "changelog": {card.version: f"trained until {card.date}"},
        "name": card.name,
        "monai_version": version("monai"),
        "pytorch_version": version("torch"),
        "numpy_version": version("numpy"),
        "required_packages_version": {"diff2ct": version("diff2ct"), "safetensors": version("safetensors")},
        "optional_packages_version": {},
        "task": "Reconstruction of a spine CT volume from two radiographs",
        "description": "Conditional diffusion from a frontal and a lateral radiograph to a CT volume in HU.",
        "authors": "The Diff2CT contributors",
        "copyright": "Apache License 2.0",
        "data_source": "; ".join(f"{source['name']} ({source['licence']})" for source in card.training_data),
        "data_type": "dicom",
        "intended_use": card.intended_use,
        "eval_metrics": {item["data"]: item["values"] for item in card.metrics},
        "references": ["Qiao et al., Reconstruct Spine CT from Biplanar X-Rays via Diffusion Learning, 2408.09731"],
        "network_data_format": {"inputs": {"frontal": view, "lateral": view}, "outputs": {"volume": volume}},
    }


def write_bundle(model: str | Path, folder: Path) -> None:
    """Write the bundle of a model given by name or folder.

    Raises:
        ModelError: the model is damaged, or not one that `diff2ct reconstruct` runs.
        OutputError: the folder cannot be written.
    """
    card = load_model(model).card  # checks the weights
    if card.architecture["name"] != ARCHITECTURE:
        raise ModelError(f"Only {ARCHITECTURE} models become bundles; {card.name} is {card.architecture['name']}.")
    source = find_model(model)
    with folder_when_complete(folder) as staged:
        for name, values in (("metadata.json", metadata(card)), ("inference.json", WORKFLOW)):
            path = staged / "configs" / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        (staged / "models").mkdir()
        for name in (WEIGHTS_FILE, CARD_FILE):
            shutil.copyfile(source / name, staged / "models" / name)
        (staged / "docs").mkdir()
        usage = __doc__.split("\n\n", 2)[2].strip()
        text = f"# {card.name} {card.version}\n\n{card.intended_use}.\n\nWith Diff2CT installed:\n\n    {usage}\n"
        (staged / "docs" / "README.md").write_text(text, encoding="utf-8")


@command
def main(argv: list[str] | None = None) -> None:
    """Write a bundle."""
    parser = argparse.ArgumentParser(prog="python -m training.bundle", description=__doc__.splitlines()[0])
    parser.add_argument("model", help="a model's folder or name")
    parser.add_argument("folder", type=Path, help="bundle to write; a new folder")
    arguments = parser.parse_args(argv)
    if arguments.folder.exists() and (not arguments.folder.is_dir() or any(arguments.folder.iterdir())):
        raise ModelError(f"{arguments.folder} already holds something; give a new folder.")
    write_bundle(arguments.model, arguments.folder)
    print(f"wrote {arguments.folder}")


if __name__ == "__main__":
    raise SystemExit(main())
