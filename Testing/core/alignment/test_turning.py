"""The eight ways in which a picture can lie, against the reader's own turning."""

import numpy as np
import pytest
import torch

from Diff2CTCore.alignment import laid
from Diff2CTCore.alignment.turning import choices, composed, in_words
from Diff2CTCore.radiograph import Orienter

PICTURE = np.arange(25.0).reshape(5, 5)


@pytest.mark.parametrize("orientation", range(8))
def test_what_is_laid_about_is_put_upright_by_the_choices_of_the_reader(orientation):
    lying = laid(torch.from_numpy(PICTURE), orientation).numpy()
    rotate, flip = choices(orientation)
    assert np.array_equal(Orienter().then(rotate, flip).apply(lying), PICTURE)


def test_eight_ways_are_eight():
    ways = {laid(torch.from_numpy(PICTURE), orientation).numpy().tobytes() for orientation in range(8)}
    assert len(ways) == 8


@pytest.mark.parametrize("first", range(8))
def test_two_ways_one_after_the_other_are_one_way(first):
    picture = torch.from_numpy(PICTURE)
    for then in range(8):
        assert torch.equal(laid(laid(picture, first), then), laid(picture, composed(first, then)))


def test_words_say_how_it_lay():
    assert in_words(2) == "is upside down"
    assert in_words(4) == "is mirrored"
    assert in_words(6) == "is mirrored top to bottom"
    assert in_words(1) == in_words(3) == "lies on its side"
