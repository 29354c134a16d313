"""Counting operations, and runs that are limited by them."""

from dataclasses import replace

import pytest
import torch
from cylinders import write_run
from torch.utils.flop_counter import FlopCounterMode

from training import flops
from training.run import ConfigError, Trainer, load_config, step_flops, within_budget
from training.run.flops import step_memory


def test_the_count_is_that_of_a_real_step(tmp_path):
    config = load_config(write_run(tmp_path))
    for share in (0.0, 1.0):
        config = replace(config, data=replace(config.data, whole_share=share))
        trainer = Trainer(config)
        with FlopCounterMode(display=False) as counter:
            trainer.train_step()
        assert step_flops(config) == pytest.approx(counter.get_total_flops(), rel=0.01)


def test_a_cost_is_counted_once_for_all_that_it_is_asked_for(tmp_path, monkeypatch):
    class CountedAgainError(Exception):
        pass

    def again(**_):
        raise CountedAgainError

    config = load_config(write_run(tmp_path))
    each = step_flops(config)
    monkeypatch.setattr("training.run.flops.FlopCounterMode", again)
    elsewhere = replace(config, output="elsewhere", seed=5, data=replace(config.data, cache="other"))
    assert within_budget(replace(elsewhere, budget_tflop=3.5 * each / 1e12)).steps == 3
    assert step_memory(elsewhere) > 0.0
    larger = replace(config, data=replace(config.data, crops=config.data.crops + 7))
    with pytest.raises(CountedAgainError):
        step_flops(larger)


def test_a_convolution_costs_what_the_textbook_says():
    # Three products of 2 * 27 * channels^2 * voxels: the value, and the gradients of input and weight.
    layer, x = torch.nn.Conv3d(8, 8, 3, padding=1), torch.zeros(1, 8, 6, 6, 6, requires_grad=True)
    with FlopCounterMode(display=False) as counter:
        layer(x).sum().backward()
    assert counter.get_total_flops() == 3 * 2 * 27 * 8 * 8 * 6**3


def test_accumulation_costs_as_much_as_its_batches(tmp_path):
    config = load_config(write_run(tmp_path))
    twice = replace(config, optimiser=replace(config.optimiser, accumulate=2))
    assert step_flops(twice) == 2 * step_flops(config)


def test_a_budget_becomes_steps(tmp_path):
    config = load_config(write_run(tmp_path))
    each = step_flops(config)
    assert within_budget(replace(config, budget_tflop=7.5 * each / 1e12)).steps == 7
    with pytest.raises(ConfigError, match="does not suffice for one step"):
        within_budget(replace(config, budget_tflop=0.5 * each / 1e12))


def test_the_command_prints_a_line_for_each_configuration(tmp_path, capsys):
    path = write_run(tmp_path)
    assert flops.main([str(path), str(path)]) == 0
    assert capsys.readouterr().out.count("TFLOP a step") == 2


def test_memory_grows_with_the_batch(tmp_path):
    config = load_config(write_run(tmp_path))
    weights = 5 * 4 * sum(value.numel() for value in Trainer(config).method.parameters())
    two, four = (step_memory(replace(config, data=replace(config.data, volumes=count))) - weights for count in (2, 4))
    assert two > 0
    # Twice the examples need twice the room, but for the weights that the backward pass looks at.
    assert four == pytest.approx(2 * two, rel=0.1)
