"""`diff2ct info`: installed models, computing devices and versions."""

from __future__ import annotations

import json
import platform

from .. import __version__
from ..errors import ModelError
from ..versions import versions
from .result import Result


def add_parser(commands):
    """Add `info` to the command line and return its parser."""
    parser = commands.add_parser(
        "info",
        help="show models, devices and versions",
        description="Show the installed models, the devices to compute on, and the versions in use.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def run(arguments, _progress) -> Result:
    """Collect the facts."""
    values = {"version": __version__, "models": _models(), "devices": devices(), "versions": versions()}
    if arguments.json:
        return Result(json.dumps(values, indent=2), values)
    lines = [f"Diff2CT {__version__}", "Models:"]
    for model in values["models"]:
        state = model["error"] or f"version {model['version']}, {model['date']}, {model['intended_use']}"
        lines.append(f"  {model['name']}: {state}\n      {model['folder']}")
    if not values["models"]:
        lines.append("  none")
    lines.append("Devices:")
    lines += [f"  {device['device']}: {device['name']}" for device in values["devices"]]
    lines.append("Versions:")
    lines += [f"  {name} {version or 'not installed'}" for name, version in values["versions"].items()]
    return Result("\n".join(lines), values)


def devices() -> list[dict[str, str]]:
    """What can be given as --device, with a name for people."""
    import torch

    found = [{"device": "cpu", "name": f"{platform.machine()}, {torch.get_num_threads()} threads"}]
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            found.append({"device": f"cuda:{index}", "name": torch.cuda.get_device_name(index)})
    return found


def _models() -> list[dict]:
    from ..models import load_card, model_folders

    found = []
    for folder in model_folders():
        try:
            card = load_card(folder)
            facts = {"version": card.version, "date": card.date, "intended_use": card.intended_use, "error": None}
        except ModelError as error:
            facts = {"version": None, "date": None, "intended_use": None, "error": str(error)}
        found.append({"name": folder.name, "folder": str(folder), **facts})
    return found
