"""How much work a reconstruction does, counted: network evaluations, projections, bytes read, modules imported.

Seconds depend on the machine; these numbers do not, so whoever makes the program do more learns it here.
"""

import collections
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn.modules.module import register_module_forward_pre_hook

from Diff2CTCore import radiograph
from Diff2CTCore.diffusion import consistency
from Diff2CTCore.networks import BlockTransform, x2noisenet
from Diff2CTCore.reconstruction import Settings, job, network, pipeline
from Diff2CTCore.storage import resource_path

PAIR = [resource_path("SampleData", name) for name in ("ap.dcm", "lateral.dcm")]
ROOT = Path(__file__).parents[3]

HEAVY = ["SimpleITK", "matplotlib", "monai", "numpy.testing", "pydicom", "safetensors", "scipy", "skimage", "sympy"]
HEAVY += ["torch", "torch._dynamo", "torch._inductor", "torch.onnx", "torchvision", "training"]
"""What takes long to import; everything else is small beside it."""

NEEDED = {"pydicom", "safetensors", "torch"}
"""What a reconstruction cannot do without."""


def run(model, **settings):
    """One job on the bundled pair."""
    return job.run_job(*map(job.RadiographInput, PAIR), Settings(device="cpu", **settings), model)


@pytest.fixture
def calls(monkeypatch):
    """Counts calls of the networks' parts and of the functions in which time goes, by name."""
    counter = collections.Counter()
    hook = register_module_forward_pre_hook(lambda module, _: counter.update([type(module).__name__]))
    for place, name in (
        (pipeline, "project_to_iso_plane"),
        (x2noisenet, "lift_from_iso_plane"),
        (network, "build_network"),
        (radiograph, "open_radiograph"),
    ):
        function = getattr(place, name)
        monkeypatch.setattr(
            place,
            name,
            lambda *given, function=function, name=name, **named: counter.update([name]) or function(*given, **named),
        )
    prepare = consistency.iso_plane_projector

    def prepared(*geometry):
        counter.update(["iso_plane_projector"])
        projector = prepare(*geometry)
        return lambda volume: counter.update(["project_to_iso_plane"]) or projector(volume)

    monkeypatch.setattr(consistency, "iso_plane_projector", prepared)
    for name in ("forward", "inverse"):
        function = getattr(BlockTransform, name)
        monkeypatch.setattr(
            BlockTransform,
            name,
            lambda *given, function=function: counter.update(["transform"]) or function(*given),
        )
    yield counter
    hook.remove()


def test_by_default_the_denoiser_is_evaluated_once(calls, model):
    run(model)
    assert (calls["Denoiser"], calls["X2NoiseNet"]) == (1, 1)


def test_a_step_is_one_evaluation_of_the_denoiser_and_a_case_one_of_x2noisenet(calls, model):
    run(model, steps=12)
    assert (calls["Denoiser"], calls["X2NoiseNet"], calls["ViewEncoder"]) == (12, 1, 2)


@pytest.mark.parametrize(("steps", "evaluations"), [(5, 5 + 3 * 2), (1, 1 + 3 * 2)])
def test_samples_cost_the_denoiser_alone(calls, model, steps, evaluations):
    run(model, steps=steps, samples=3)
    assert (calls["Denoiser"], calls["X2NoiseNet"], calls["ViewEncoder"]) == (evaluations, 1, 2)


def test_features_are_lifted_once_for_each_view_and_resolution(calls, model):
    run(model, steps=3, samples=2)
    assert calls["lift_from_iso_plane"] == 4


def test_projections_are_as_many_as_the_method_needs(calls, model):
    run(model, steps=12, consistency=False)
    # In both views: what of each radiograph is covered, its strangeness, its re-projection error, its re-projection.
    fixed = 2 * 4
    assert calls["project_to_iso_plane"] == fixed
    calls.clear()
    run(model, steps=12)
    # Data consistency in the last step: what is unexplained, and four conjugate-gradient steps.
    assert calls["project_to_iso_plane"] == fixed + 2 * (1 + 4)
    assert calls["iso_plane_projector"] == 2


def test_the_block_transform_is_applied_no_more_often_than_needed(calls, model):
    run(model, steps=3, consistency=False)
    # The volume that strangeness is told by, and the result.
    assert calls["transform"] == 2
    calls.clear()
    run(model, steps=3)
    # Of the result there is the estimate's volume, the start, two for each conjugate-gradient step, and the change.
    assert calls["transform"] == 1 + (1 + 1 + 2 * 4 + 1)


def test_radiographs_are_read_and_the_network_is_built_once(calls, model):
    run(model, steps=2, samples=2)
    assert calls["open_radiograph"] == 2
    assert calls["build_network"] <= 1
    calls.clear()
    run(model, steps=2)
    assert calls["build_network"] == 0


def test_weights_are_neither_drawn_before_they_are_loaded_nor_parsed_again(model, monkeypatch):
    drawn = torch.Tensor.uniform_

    def without_memory_alone(tensor, *given, **named):
        assert tensor.is_meta
        return drawn(tensor, *given, **named)

    def not_again(_content):
        raise AssertionError("parsed again")

    monkeypatch.setattr(torch.Tensor, "uniform_", without_memory_alone)
    job.kept_or_loaded(None)
    run(model, steps=1)
    monkeypatch.setattr("safetensors.torch.load", not_again)
    run(model, steps=1)


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="the bytes that a process has read are counted by Linux")
def test_each_file_is_read_once_for_its_content_and_radiographs_once_more_for_their_checksum(model):
    run(model, steps=1)
    before = bytes_read()
    run(model, steps=1)
    spent = bytes_read() - before
    files = 2 * sum(path.stat().st_size for path in PAIR) + sum(path.stat().st_size for path in Path(model).iterdir())
    # Heads of files, from which the format is told, come on top.
    assert 0.9 * files < spent < files + 256 * 1024


def bytes_read():
    """By this process so far."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


def imported(code, *arguments):
    """Which heavy modules a fresh interpreter has at the end of `code`."""
    code = f"import json, sys\n{code}\nprint('HEAVY', json.dumps(sorted({set(HEAVY)!r} & sys.modules.keys())))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("HEAVY"))
    return set(json.loads(line.removeprefix("HEAVY")))


HELP = """
from Diff2CTCore.__main__ import COMMANDS, main
for command in [[], *([command.__name__.split(".")[-1]] for command in COMMANDS)]:
    try: main([*command, "--help"])
    except SystemExit: pass
"""

UNTIL_THE_FIRST_EVENT = """
from Diff2CTCore import progress
from Diff2CTCore.__main__ import main
class Stop(BaseException): pass
def stop(self, *given, **values): raise Stop
progress.JsonLines.event = stop
try: main([*sys.argv[1:], "--progress", "json"])
except Stop: pass
else: raise SystemExit("there was no event")
"""

WHOLE = """
from Diff2CTCore.__main__ import main
assert main([*sys.argv[1:], "--progress", "none"]) == 0
"""


def test_help_of_every_command_imports_nothing_heavy():
    assert imported(HELP) == set()


def test_nothing_heavy_is_imported_before_the_first_event(model, tmp_path):
    arguments = ["reconstruct", *PAIR, "-o", tmp_path / "ct.nrrd", "--model", model]
    assert imported(UNTIL_THE_FIRST_EVENT, *arguments) == set()


def test_a_whole_reconstruction_imports_only_what_it_needs(model, tmp_path):
    arguments = ["reconstruct", *PAIR, "-o", tmp_path / "ct.nrrd", "--model", model, "--device", "cpu"]
    assert imported(WHOLE, *arguments) == NEEDED
    assert (tmp_path / "ct.nrrd").is_file()
