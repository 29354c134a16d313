"""`torchrun --nproc-per-node 1 distributed_step.py DEVICE`: a training step by DistributedDataParallel and one without.

Prints JSON: the backend, the losses of both, how far the weights moved, and how far apart they are.
"""

import copy
import json
import sys

import torch
import torch.distributed as dist
from cylinders import MODEL, cylinder_case

from Diff2CTCore.networks import Diff2CTConfig
from training.data import Batch, case_inputs
from training.data.batch import network_volume
from training.methods import method_class
from training.run import Processes, TrainConfig
from training.run.config import OptimiserConfig, tomllib
from training.run.phase_run import PhaseRun


def batch_of(network, device: torch.device) -> Batch:
    case = cylinder_case(90.0)
    views, sources, axes = case_inputs(network, case)
    volume, known = (item[None] for item in network_volume(case.volume))
    return Batch(views, sources, tuple(axis[None] for axis in axes), volume, known).to(device)


def step(method, processes: Processes, batch: Batch) -> dict[str, float]:
    (phase,) = method.phases
    run = PhaseRun(method, phase, OptimiserConfig(learning_rate=1e-3), processes)
    found = run.step([(0, batch)], TrainConfig().loss, rate=1.0)
    return {name: float(value) for name, value in found.items()}


def weights(method) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in method.parameters()])


if __name__ == "__main__":
    device = torch.device(sys.argv[1])
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    torch.manual_seed(0)
    alone = method_class("Diff2CT")(Diff2CTConfig.from_dict(tomllib.loads(MODEL)["model"]), TrainConfig().loss)
    alone = alone.to(device)
    batch = batch_of(alone.network, device)
    with torch.no_grad():
        alone.prepare([batch])
    distributed, before = copy.deepcopy(alone), weights(alone)
    found = {"backend": dist.get_backend(), "alone": step(alone, Processes(0, 1, device), batch)}
    # Taken for one of two, the process goes the way of several; in its group it is the only one.
    found["distributed"] = step(distributed, Processes(0, 2, device), batch)
    found["weights_changed"] = float((weights(alone) - before).norm())
    found["weights_differ"] = float((weights(alone) - weights(distributed)).norm())
    dist.destroy_process_group()
    print(json.dumps(found))
