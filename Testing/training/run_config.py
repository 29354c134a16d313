"""Configurations of runs that train small networks in seconds."""

import json
from pathlib import Path

from Diff2CTCore.networks import Diff2CTConfig


def model_section(network: Diff2CTConfig) -> str:
    """A network as the table `[model]` of a configuration; numbers, lists and truth values are in TOML as in JSON."""
    return "[model]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in network.to_dict().items())


def write_config(folder: Path, head: str, data: str, model: str) -> Path:
    """A configuration of six steps whose output is the folder's `run`; returns its path.

    `head` is more of the topmost fields, `data` those of the table `[data]`, `model` whole tables.
    """
    path = folder / "config.toml"
    # In bfloat16 the CPU's convolutions are not reliable for as few channels as here.
    text = f'output = "{folder / "run"}"\nsteps = 6\nprecision = "float32"\ndevice = "cpu"\nlog_every = 1\n'
    path.write_text(f"{text}{head}\n[data]\n{data}\n{model}")
    return path
