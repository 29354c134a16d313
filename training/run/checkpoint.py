"""Checkpoints: tensors in safetensors, plain state in their JSON header; one file, replaced atomically."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from Diff2CTCore.errors import Diff2CTError


class CheckpointError(Diff2CTError):
    """A checkpoint that cannot be read, or belongs to another architecture."""

    kind = "checkpoint"


@dataclass(frozen=True)
class Checkpoint:
    """Attributes:
    groups: tensors by group and name.
    state: plain values.
    """

    groups: dict[str, dict[str, torch.Tensor]]
    state: dict

    def copy(self) -> Checkpoint:
        """The same in ordinary memory of its own, which no further step changes."""
        return Checkpoint(
            {
                group: {name: tensor.detach().to("cpu", copy=True) for name, tensor in items.items()}
                for group, items in self.groups.items()
            },
            dict(self.state),
        )


def save_checkpoint(path: Path, groups: dict[str, dict[str, torch.Tensor]], state: dict) -> None:
    """Write named groups of tensors and a JSON-able state; an older file stays whole until the new one is."""
    tensors = {
        f"{group}/{name}": tensor.contiguous() for group, items in groups.items() for name, tensor in items.items()
    }
    temporary = path.with_suffix(".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_file(tensors, str(temporary), metadata={"state": json.dumps(state)})
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, SafetensorError) as error:
        temporary.unlink(missing_ok=True)
        raise CheckpointError(f"The checkpoint {path} could not be written ({error}); free some space.") from error


def load_checkpoint(path: Path) -> tuple[dict[str, dict[str, torch.Tensor]], dict]:
    """Inverse of `save_checkpoint`."""
    groups: dict[str, dict[str, torch.Tensor]] = {}
    try:
        with safe_open(str(path), framework="pt") as file:
            state = json.loads((file.metadata() or {})["state"])
            for key in file.keys():  # noqa: SIM118 - not a mapping
                group, name = key.split("/", 1)
                groups.setdefault(group, {})[name] = file.get_tensor(key)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise CheckpointError(f"{path} is not a readable checkpoint ({error}).") from error
    return groups, state
