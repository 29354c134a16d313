"""The networks of the alignment: what must not change what they find, does not."""

import pytest
import torch

from Diff2CTCore.alignment import AspectNetwork, RowNetwork, laid
from Diff2CTCore.alignment.turning import composed


@pytest.fixture(scope="module")
def picture():
    torch.manual_seed(2)
    return torch.stack([torch.randn(96, 96), torch.ones(96, 96)])


@pytest.mark.parametrize("way", range(8))
def test_a_picture_laid_about_gives_the_same_answer_laid_about(picture, way):
    torch.manual_seed(1)
    network = AspectNetwork().eval()
    with torch.inference_mode():
        upright, lying = network.examine(picture), network.examine(laid(picture, way))
    assert lying.view == pytest.approx(upright.view, abs=1e-4)
    assert lying.negative == pytest.approx(upright.negative, abs=1e-4)
    moved = [composed(each, way) for each in range(8)]
    assert lying.orientation[..., moved] == pytest.approx(upright.orientation, abs=1e-4)
    # And there is something to be moved.
    assert upright.orientation.std() > 1e-3


def test_a_frontal_picture_and_its_mirror_image_show_the_same_heights(picture):
    torch.manual_seed(1)
    network = RowNetwork().eval()
    with torch.inference_mode():
        found, mirrored = network.examine(picture, 0), network.examine(picture.flip(-1), 0)
        lateral = network.examine(picture, 1)
    assert mirrored.embedding == pytest.approx(found.embedding, abs=1e-4)
    assert mirrored.spine == pytest.approx(-found.spine, abs=1e-4)
    assert not torch.allclose(lateral.embedding, found.embedding, atol=1e-2)


def test_brightness_and_contrast_of_a_region_leave_its_detail(picture):
    """A step and a slope of the picture's values, far from its edge."""
    from Diff2CTCore.alignment.networks import _with_detail

    changed = picture.clone()
    changed[0, :, 60:] = changed[0, :, 60:] * 0.3 + 2.0
    found, other = _with_detail(picture[None]), _with_detail(changed[None])
    assert other[0, 2, :, 70:] == pytest.approx(found[0, 2, :, 70:], abs=0.02)
    assert float((other[0, 2, :, 54:66] - found[0, 2, :, 54:66]).abs().max()) > 0.5
