"""What is compared: the benchmark's Diff2CT, and the same with one thing changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..methods import Sampling
from ..run import TrainConfig

BASE = "Diff2CT"
MANY_STEPS = 24


@dataclass(frozen=True)
class Variant:
    """Attributes:
    name: in tables and folders.
    question: which choice it belongs to.
    answer: what it does instead.
    change: fields of the configuration, those of a table as a mapping of their own.
    trained_as: the variant whose weights it uses; itself when empty.
    sampling: how its volumes are drawn.
    """

    name: str
    question: str
    answer: str
    change: Mapping[str, Any] = field(default_factory=dict)
    trained_as: str = ""
    sampling: Sampling = field(default_factory=Sampling)

    def config(self, base: TrainConfig, output: str) -> TrainConfig:
        """The configuration of its training in the folder `output`."""
        values = {
            key: replace(getattr(base, key), **value) if isinstance(value, Mapping) else value
            for key, value in self.change.items()
        }
        return replace(base, output=output, **values)


def _network(architecture: str) -> dict:
    return {"architecture": f"{BASE}-{architecture}"}


def _sampled(name: str, question: str, answer: str, **sampling) -> Variant:
    return Variant(name, question, answer, trained_as=BASE, sampling=Sampling(**sampling))


PREDICTED, PROJECTION, BONE, DATA = "denoiser predicts", "projection loss", "loss for bone", "training data"
OPTIMISER = "optimiser"
CONSISTENT, START = "data consistency", "sampling"

VARIANTS = (
    Variant(BASE, "", "the benchmark's configuration"),
    Variant("noise", PREDICTED, "the noise (eps)", _network("noise")),
    Variant("flow", PREDICTED, "the flow's velocity", _network("flow")),
    Variant("velocity", PREDICTED, "v", _network("velocity")),
    Variant("clean", PREDICTED, "x0", _network("clean")),
    Variant("voxels", "space", "voxels instead of Haar coefficients", _network("voxels")),
    Variant("replicated", "lifting", "features replicated along the axis, without geometry", _network("replicated")),
    Variant("no-projection", PROJECTION, "none", {"loss": {"projection": 0.0}}),
    Variant("projection-2", PROJECTION, "weight 2 instead of 0.5", {"loss": {"projection": 2.0}}),
    Variant("no-bone", BONE, "none", {"loss": {"bone": 0.0}}),
    Variant("adamw", OPTIMISER, "AdamW for all weights", {"optimiser": {"kind": "adamw"}}),
    Variant("phantoms-only", DATA, "phantoms only", {"data": {"real_share": 0.0}}),
    Variant("real-only", DATA, "real scans only", {"data": {"real_share": 1.0}}),
    _sampled("inconsistent", CONSISTENT, "off", consistency=False),
    _sampled("from-0.01", START, "from 0.01, nearly the estimate alone", start=0.01),
    _sampled("from-0.1", START, "from 0.1", start=0.1),
    _sampled("from-0.3", START, f"from 0.3, {MANY_STEPS} evaluations", start=0.3, steps=MANY_STEPS),
    _sampled("from-noise", START, f"from pure noise, {MANY_STEPS} evaluations", start=1.0, steps=MANY_STEPS),
)
