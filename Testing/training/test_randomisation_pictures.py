"""The pictures of the randomisation: every field has one, and both ends of a range are what is drawn."""

from dataclasses import fields

import numpy as np
import pytest
import torch

from training.data import AppearanceRange, AugmentationRange, GeometryRange
from training.randomisation_pictures import APPEARANCE, AUGMENTATION, CALM_APPEARANCE, GEOMETRY, AtEnd, main


def test_every_field_of_the_randomisation_is_pictured():
    for settings, kinds in (
        (AppearanceRange, APPEARANCE),
        (GeometryRange, GEOMETRY),
        (AugmentationRange, AUGMENTATION),
    ):
        # The open part is seen where the collimator is.
        assert {item.name for item in fields(settings)} - {"open_part", "elastic_spacing_mm"} == set(kinds)


def test_without_randomisation_a_radiograph_stays_as_it_is():
    image = torch.rand(40, 40)
    changed, mask = CALM_APPEARANCE.apply(image, torch.ones(40, 40), 1.0, AtEnd(1))
    span = image.max() - image.min()
    torch.testing.assert_close(changed, (image - image.min()) / span, atol=1e-4, rtol=0)
    assert mask.min() == 1.0


def test_ends_are_those_of_numpys_draws():
    # As many draws of a real generator reach nearly to the ends.
    rng = np.random.default_rng(0)
    draws = rng.uniform(2.0, 5.0, 10000)
    assert draws.min() == pytest.approx(AtEnd(0).uniform(2.0, 5.0), abs=0.01)
    assert draws.max() == pytest.approx(AtEnd(1).uniform(2.0, 5.0), abs=0.01)
    share = (np.abs(rng.normal(1.0, 0.5, 10000) - 1.0) < AtEnd(1).normal(1.0, 0.5) - 1.0).mean()
    assert share == pytest.approx(0.954, abs=0.01)


def test_a_wrong_output_is_refused_in_one_sentence(tmp_path, capsys):
    assert main([str(tmp_path / "picture.txt")]) == 2
    assert "its extension is not known" in capsys.readouterr().err
