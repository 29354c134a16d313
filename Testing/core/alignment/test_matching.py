"""From the likeness of rows to one line, against lines that are known."""

import numpy as np
import pytest
import torch

from Diff2CTCore.alignment import PITCH_MM, fit_line

ROWS = 160
HEIGHTS = (torch.arange(ROWS) - (ROWS - 1) / 2.0) * PITCH_MM


def log_matches(rows_of_other, blur_rows=2.0, nowhere=0.05):
    """(ROWS, ROWS + 1): each row is probably that row of the other view, or nowhere in it (NaN)."""
    place = torch.arange(ROWS)
    aim = torch.as_tensor(np.nan_to_num(rows_of_other, nan=-1e6), dtype=torch.float32)[:, None]
    chance = torch.exp(-0.5 * ((place - aim) / blur_rows) ** 2) + 1e-5
    chance = chance / chance.sum(1, keepdim=True) * (1.0 - nowhere)
    chance = torch.cat([chance, torch.full((ROWS, 1), nowhere)], 1)
    lost = torch.as_tensor(~np.isfinite(rows_of_other) | (rows_of_other < 0) | (rows_of_other > ROWS - 1))
    chance[lost] = torch.cat([torch.full((ROWS,), 0.05 / ROWS), torch.tensor([0.95])])
    return chance.log()


def pair_with(scale, shift_mm):
    """Forward and backward chances of two views of which the lateral shows at scale * height + shift."""
    heights = HEIGHTS.numpy()
    forwards = (scale * heights + shift_mm) / PITCH_MM + (ROWS - 1) / 2.0
    backwards = (heights - shift_mm) / scale / PITCH_MM + (ROWS - 1) / 2.0
    return log_matches(forwards), log_matches(backwards)


ALL = torch.ones(ROWS, dtype=torch.bool)


@pytest.mark.parametrize(("scale", "shift_mm"), [(1.0, 0.0), (1.08, 60.0), (0.87, -140.0), (1.14, 150.0), (0.93, 31.3)])
def test_a_line_is_found_between_the_steps_of_the_search(scale, shift_mm):
    line = fit_line(*pair_with(scale, shift_mm), (HEIGHTS, HEIGHTS), (ALL, ALL), 10.0, 0.1)
    found_scale, found_shift, scale_error, shift_error = line.best()
    true_shift = scale * line.about_mm + shift_mm - line.about_mm
    assert found_scale == pytest.approx(scale, abs=0.01)
    assert found_shift == pytest.approx(true_shift, abs=1.5)
    assert 0.0 < scale_error < 0.05
    assert 0.0 < shift_error < 5.0
    assert line.chance_within(found_shift, 8.0) > 0.9


def test_both_views_show_what_lies_between_the_ends_of_the_overlap():
    seen = ALL.clone()
    seen[:40] = False
    line = fit_line(*pair_with(1.0, 50.0), (HEIGHTS, HEIGHTS), (ALL, seen), 10.0, 0.1)
    low, high = line.overlap((HEIGHTS, HEIGHTS), (ALL, seen))
    # The lateral view begins 40 rows below its upper edge, and shows everything 50 mm lower.
    assert low == pytest.approx(float(HEIGHTS[40]) - 50.0, abs=2.0)
    assert high == pytest.approx(float(HEIGHTS[-1]) - 50.0, abs=2.0)


def test_what_repeats_itself_leaves_the_shifts_by_a_period_in_the_running():
    """Vertebrae 30 mm apart that all look alike."""
    place, period = torch.arange(ROWS), 12
    alike = ((place[:, None] - place[None] + period // 2) % period - period // 2).float()
    chance = torch.exp(-0.5 * alike**2)
    chance = torch.cat([0.75 * chance / chance.sum(1, keepdim=True), torch.full((ROWS, 1), 0.25)], 1).log()
    line = fit_line(chance, chance, (HEIGHTS, HEIGHTS), (ALL, ALL), 60.0, 0.1)
    near, between = (line.chance_within(shift, 5.0) for shift in (period * PITCH_MM, 1.5 * period * PITCH_MM))
    assert near > 0.05
    assert near > 3.0 * between


def test_rows_that_say_nothing_leave_the_belief_as_it_was():
    flat = torch.full((ROWS, ROWS + 1), 1.0 / (ROWS + 1)).log()
    line = fit_line(flat, flat, (HEIGHTS, HEIGHTS), (ALL, ALL), 1000.0, 0.1)
    scale, shift, _, _ = line.best()
    assert scale == pytest.approx(1.0, abs=0.05)
    assert line.chance_within(shift, 8.0) < 0.2
