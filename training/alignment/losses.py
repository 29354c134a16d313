"""What the networks of the alignment are trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F

from Diff2CTCore.alignment import PITCH_MM, AspectNetwork, RowFeatures, RowNetwork, laid, reduced, row_heights_mm

from .views import ViewPair

SOFT_ROWS = 1.0
"""Standard deviation in rows of the target about the true row."""

SPINE_WEIGHT = 4.0


def row_targets(pairs: Sequence[ViewPair]) -> tuple[torch.Tensor, torch.Tensor]:
    """Where each row of the frontal and of the lateral view is seen in the other one: rows (B, rows) each.

    -1 where the spine at that height is not exposed there, NaN where it is not in the row's own view.
    """
    rows = pairs[0].pictures.shape[-2]
    found = np.full((2, len(pairs), rows), np.nan, np.float32)
    heights = row_heights_mm(rows).numpy()
    for number, pair in enumerate(pairs):
        for view in range(2):
            own, other = pair.lines_mm[view, :, 0], pair.lines_mm[1 - view, :, 0]
            order = np.argsort(own)
            own, other = own[order], other[order]
            own_seen, other_seen = (pair.seen[each][order] for each in (view, 1 - view))
            if own_seen.sum() < 2:
                continue
            inside = (heights >= own[own_seen].min()) & (heights <= own[own_seen].max())
            row = np.interp(heights, own, other) / PITCH_MM + (rows - 1) / 2.0
            if other_seen.any():
                visible = (heights >= own[other_seen].min()) & (heights <= own[other_seen].max())
            else:
                visible = np.zeros_like(inside)
            visible &= (row >= 0.0) & (row <= rows - 1.0)
            found[view, number] = np.where(inside, np.where(visible, row, -1.0), np.nan)
    return torch.from_numpy(found[0]), torch.from_numpy(found[1])


def match_loss(log_matches: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of (B, rows, rows + 1) log chances against soft true rows."""
    valid = ~targets.isnan()
    aim = targets.nan_to_num(-1.0)
    place = torch.arange(log_matches.shape[-1] - 1)
    soft = torch.exp(-0.5 * ((place - aim[..., None]) / SOFT_ROWS) ** 2)
    soft = soft / soft.sum(-1, keepdim=True).clamp(min=1e-6)
    nowhere = (aim < 0.0)[..., None]
    target = torch.cat([torch.where(nowhere, 0.0, soft), nowhere.float()], -1)
    each = -(target * log_matches.clamp(min=-30.0)).sum(-1)
    return each[valid].mean()


def spine_loss(features: RowFeatures, lines_mm, seen, columns_px: int) -> torch.Tensor:
    """Distance of the spine's middle in half widths of pictures of so many columns.

    `lines_mm`: B times (n, 2), the points of the spine, and bool (n,), which of them are `seen`.
    """
    rows = features.spine.shape[1]
    heights = row_heights_mm(rows).numpy()
    columns = np.full((len(lines_mm), rows), np.nan, np.float32)
    for number, (line, exposed) in enumerate(zip(lines_mm, seen, strict=True)):
        if exposed.sum() < 2:
            continue
        order = np.argsort(line[:, 0])
        own = line[order]
        inside = (heights >= line[exposed, 0].min()) & (heights <= line[exposed, 0].max())
        columns[number] = np.where(inside, np.interp(heights, own[:, 0], own[:, 1]), np.nan)
    aim = torch.from_numpy(columns) / (columns_px * PITCH_MM / 2.0)
    valid = ~aim.isnan()
    return F.smooth_l1_loss(features.spine[valid], aim[valid], beta=0.03)


def row_loss(network: RowNetwork, pairs: Sequence[ViewPair]) -> tuple[torch.Tensor, dict[str, float]]:
    """The loss of a batch, and its parts."""
    pictures = torch.stack([pair.pictures for pair in pairs]).transpose(0, 1)
    views = [torch.full((len(pairs),), view) for view in range(2)]
    # Both views in one pass.
    both = network(pictures.flatten(0, 1), torch.cat(views))
    features = [RowFeatures(*(part[half] for part in _parts(both))) for half in _halves(len(pairs))]
    targets = row_targets(pairs)
    matches = [network.log_matches(features[view], features[1 - view]) for view in range(2)]
    match = sum(match_loss(found, aim) for found, aim in zip(matches, targets, strict=True)) / 2.0
    spine = sum(
        spine_loss(
            features[view],
            [pair.lines_mm[view] for pair in pairs],
            [pair.seen[view] for pair in pairs],
            pictures.shape[-1],
        )
        for view in range(2)
    )
    total = match + SPINE_WEIGHT * spine
    return total, {name: float(part.detach()) for name, part in (("match", match), ("spine", spine))}


def _halves(count: int) -> tuple[slice, slice]:
    return slice(0, count), slice(count, 2 * count)


def _parts(features: RowFeatures):
    return features.embedding, features.elsewhere, features.spine


def aspect_loss(
    network: AspectNetwork, pairs: Sequence[ViewPair], rng: np.random.Generator
) -> tuple[torch.Tensor, dict[str, float]]:
    """The loss of pictures laid about at random, every third one a negative; and the shares that are wrong."""
    pictures, aims = [], []
    for pair in pairs:
        for view in range(2):
            picture = reduced(pair.pictures[view])
            if view == 0 and pair.mirrored:
                picture = picture.flip(-1)
            orientation, negative = int(rng.integers(8)), int(rng.random() < 0.33)
            picture = laid(picture, orientation).clone()
            if negative:
                picture[0] *= -1.0
            pictures.append(picture)
            aims.append((view, orientation, negative))
    found = network(torch.stack(pictures))
    view, orientation, negative = torch.tensor(aims).unbind(1)
    logits = {"view": (found.view, view)}
    logits["orientation"] = (found.orientation[torch.arange(len(view)), view], orientation)
    logits["negative"] = (found.negative, negative)
    total = sum(F.cross_entropy(values.float(), aim) for values, aim in logits.values())
    wrong = {name: float((values.argmax(1) != aim).float().mean()) for name, (values, aim) in logits.items()}
    return total, wrong
