"""The whole command against one forward pass of a published network, and against our own long sampler."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path

import programs
import SimpleITK as sitk
import torch
from quality import body_quality, quality_rows
from rows import GIGABYTES, SECONDS, TIMES_AS_LONG, TIMES_FASTER, Goal, Row, row
from scale import Scale
from timing import in_turn, seconds_of

from Diff2CTCore.reconstruction import autocast

WORK = "reconstruct of the bundled pair in default quality, process start to volume on disk"

IN_PLACE = ("--align", "off")
"""The bundled pair lies about the truth's centre already; so volume and truth are compared where they are."""

PUBLISHED = {
    "stem": 64,
    "growth": 32,
    "dense_layers": (6, 12, 24, 16, 6),
    "decoder": (16, 16, 32, 64, 128, 256),
    "view_blocks": (1, 2, 2, 2, 2),
    "fused_blocks": (1, 1, 1, 1, 1),
}
"""X2CT-GAN's generator as Ying et al. describe it (CVPR 2019)."""


def measure_process(scale: Scale) -> list[Row]:
    """One forward pass of X2CT-GAN's generator, and the long sampler, in turn with the whole command."""
    forward, size = x2ct_forward(scale)
    forward()
    with tempfile.TemporaryDirectory() as folder:
        short, long = Path(folder) / "short.nrrd", Path(folder) / "long.nrrd"

        def command(output=short, steps=scale.steps, *options):
            return programs.seconds_of_run([*programs.reconstruction(scale, output, steps), *options])

        command()
        seconds, forwards = in_turn(command, lambda: seconds_of(forward), scale.slow_rounds)
        # The long sampler takes minutes: once, between two of the short one.
        sampler = command(long, scale.many_steps, *IN_PLACE)
        around = statistics.mean([seconds[-1], command()])
        command(short, scale.steps, *IN_PLACE)
        quality = [body_quality(sitk.ReadImage(str(path))) for path in (short, long)]
    sampler_name = f"our own {scale.many_steps}-step sampler, once"
    return [
        row(
            WORK,
            f"one forward pass of X2CT-GAN's generator, {size}",
            Goal(TIMES_AS_LONG, 0.6),
            seconds,
            forwards,
        ),
        row(WORK, sampler_name, Goal(TIMES_FASTER, 50.0), [around], [sampler]),
        *quality_rows(*quality, sampler_name),
    ]


def measure_memory(scale: Scale) -> list[Row]:
    """Peak memory as the command reports it."""
    with tempfile.TemporaryDirectory() as folder:
        programs.seconds_of_run(programs.reconstruction(scale, Path(folder) / "ct.nrrd"))
        report = json.loads((Path(folder) / "ct.json").read_text(encoding="utf-8"))
    peak = report["peak_memory_bytes"] / 1e9
    return [row("reconstruct of the bundled pair, peak memory", "", Goal(GIGABYTES, 2.0), [peak], unit="GB")]


def measure_worker(scale: Scale) -> list[Row]:
    """The first and the second reconstruction of a worker, each from the moment that it is wanted."""
    first, second = [], []
    with tempfile.TemporaryDirectory() as folder:
        job = programs.reconstruction(scale, Path(folder) / "ct.nrrd")
        for _ in range(scale.slow_rounds):
            begun = time.perf_counter()
            with programs.Worker() as worker:
                worker.run(job)
                first.append(time.perf_counter() - begun)
                begun = time.perf_counter()
                worker.run(job)
                second.append(time.perf_counter() - begun)
    return [row("second reconstruction in the same worker", "the first", Goal(TIMES_AS_LONG, 0.4), second, first)]


def measure_start(scale: Scale) -> list[Row]:
    """How long a person looks at an empty bar."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = programs.reconstruction(scale, Path(folder) / "ct.nrrd")
        seconds = [programs.seconds_to_first_event(arguments) for _ in range(scale.rounds)]
    return [row("first progress event after start", "", Goal(SECONDS, 0.3), seconds)]


def measure_share_of_start(scale: Scale) -> list[Row]:
    """Python's start, imports, loading and building the network, of the whole process."""
    begin, whole = [], []
    with tempfile.TemporaryDirectory() as folder:
        arguments = programs.reconstruction(scale, Path(folder) / "ct.nrrd")
        for _ in range(scale.rounds):
            imported, end = programs.seconds_to_stage(arguments, "starting", 1)
            report = json.loads((Path(folder) / "ct.json").read_text(encoding="utf-8"))
            begin.append(imported + report["timings_s"]["load"] + report["timings_s"]["prepare"])
            whole.append(end)
    work = "start, imports, loading and building the network"
    return [row(work, "the whole process", Goal(TIMES_AS_LONG, 0.25), begin, whole)]


def x2ct_forward(scale: Scale):
    """A forward pass in the precision of our own network, and its size in words; imported late, it needs `training`."""
    from training.baselines.x2ct import X2CTConfig, X2CTGenerator

    torch.manual_seed(0)
    config = X2CTConfig(shape=(128,) * 3, **PUBLISHED) if scale.published else X2CTConfig(shape=(64,) * 3)
    network = X2CTGenerator(config).eval()
    views = torch.rand(1, 2, 2, config.plane.rows, config.plane.columns)
    sources = torch.tensor([[[0.0, -950.0, 0.0], [0.0, 0.0, -950.0]]])
    axes = tuple(torch.as_tensor(config.grid.axis_mm(axis), dtype=torch.float32) for axis in range(3))
    millions = sum(weights.numel() for weights in network.parameters()) / 1e6

    def forward():
        with torch.no_grad(), autocast(views.device):
            network(views, sources, axes)

    return forward, f"{millions:.1f} million parameters, {config.shape[0]}^3"
