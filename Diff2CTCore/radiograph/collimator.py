"""The open field of a radiograph whose file states no shutter, found from the picture.

A collimator's leaf leaves a shadow along one side of the picture. What reaches the detector there is scatter, so that
the shadow is nearly even, whether darker or brighter than the body beside it, and its edge is straight over the whole
side. `shadow_edge.py` finds such edges; what it tells of them decides here whether a collimator made them. In doubt
there is none: skin, arms, lungs, plates and the end of a scan have edges, too, but these bend, fade, or bound something
uneven. What is as dark as the open beam is taken for the open beam, unless it is of one value alone (a border painted
by the device) or stands off by little. Once one leaf is clear, another whose shadow is about as dark needs less.

Measured after the thresholds were fixed, on new pictures of the 31 CTs whose other pictures had served to fix them:

- without a collimator, none was found in 248 pictures (both views at another height and distance, whole and cropped,
  with and without noise), and a false one in 3 of 600 made hard (crops, straight tables and rods, arms, markers,
  unsharp masking, clipping);
- of 657 soft shadows, 82 % were found: 86 % of those above the darkest three tenths of the body's range, 64 % of the
  darker ones. Their edges were 1 to 8 mm wide and up to 5 degrees oblique, they hid 4 to 25 % of the picture, and their
  level went from the darkest tenth of the body to above all of it, three quarters of the picture being body. Of those
  found, 98 % were within 3 mm on average along the visible edge, 92 % everywhere on it. In 3 of 300 pictures another
  side was masked that had none;
- of 693 painted borders, 84 % were found; most of the others were dark.

A weak shadow is near the limit: another sampling of the same picture or a little noise may decide if it is found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .shadow_edge import ShadowEdge, find_shadow_edge

COLLIMATOR = ("auto", "off")

_LEAST_SIDE_PX = 128
_LONG_SIDE_PX = 512
_LEAST_FIELD = 0.25
_SIDES = ("left", "right", "top", "bottom")
_ALIKE = 0.2
"""By which part of the picture's range the shadows of two leaves differ at most."""

_EXTREME = 0.03
"""Part of the field whose values count for nothing when the darkest and the brightest in it are looked up."""


@dataclass(frozen=True)
class Border:
    """The shadow of a collimator along one side.

    Attributes:
        side: "left", "right", "top" or "bottom".
        offset, slope: the field begins `offset + slope * t` pixels from the side's outermost pixel; t in pixels along
            the side from its middle, growing with the row or the column.
        foot: pixels from there to where the transition ends; the mask begins there.
        part: of the picture's width or height that it hides at the middle of the side.
    """

    side: str
    offset: float
    slope: float
    foot: float
    part: float


@dataclass(frozen=True)
class _Field:
    """What lies inside an edge, beside its shadow, in parts of the picture's range.

    Attributes:
        darker, brighter: by how much the darkest and the brightest of the field exceed the shadow.
        alike: part of the field with the shadow's level.
    """

    darker: float
    brighter: float
    alike: float

    def is_extreme(self, dense_is_sure: bool) -> bool:
        """Whether the shadow may be the open beam."""
        return self.darker < 0.14 or (not dense_is_sure and self.brighter < 0.14)


def find_borders(pixels: np.ndarray, dense_is_sure: bool = True) -> tuple[Border, ...]:
    """The shadows of a collimator along the sides of a picture, at most one for each.

    Args:
        pixels: float32 (rows, columns), finite, dense = bright.
        dense_is_sure: False where it is only assumed that dense is bright; then what is as bright as the brightest may
            be the open beam, too.

    Returns: empty where the picture shows none, is too small, or would lose more than three quarters.
    """
    small, step = _reduced(pixels)
    scale = float(np.ptp(np.quantile(small, [0.05, 0.95])))
    if min(small.shape) < _LEAST_SIDE_PX or scale <= 0.0:
        return ()
    edges = {side: find_shadow_edge(_seen_from(small, side), scale) for side in _SIDES}
    edges = {side: edge for side, edge in edges.items() if edge is not None}
    fields = {side: _field(small, side, edges, scale) for side in edges}
    edges = {side: edge for side, edge in edges.items() if _is_plausible(edge)}
    clear = {
        side
        for side, edge in edges.items()
        if _is_clear(edge, fields[side], dense_is_sure) and _is_whole(side, edge, edges, scale)
    }
    sure = [edges[side] for side in clear if not fields[side].is_extreme(dense_is_sure)]
    borders = tuple(
        _in_full(edge, side, pixels.shape, step)
        for side, edge in edges.items()
        if side in clear or _is_another(edge, fields[side].is_extreme(dense_is_sure), sure, scale)
    )
    return borders if borders and field_mask(pixels.shape, borders).mean() >= _LEAST_FIELD else ()


def field_mask(shape: tuple[int, int], borders: tuple[Border, ...]) -> np.ndarray:
    """Bool (rows, columns), True inside all borders and past their transitions."""
    mask = np.ones(shape, dtype=bool)
    for border in borders:
        mask &= _inside(shape, border.side, border.offset + border.foot, border.slope)
    return mask


def told(borders: tuple[Border, ...]) -> str:
    """One sentence: which sides, and how much of each."""
    sides = ", ".join(f"{100.0 * border.part:.0f} % at the {border.side}" for border in borders)
    return f"The picture shows the edge of a collimator that its file does not state; left out: {sides}."


def _reduced(pixels: np.ndarray) -> tuple[np.ndarray, int]:
    """Means over blocks of `step` x `step` pixels, float64, and `step`; the remainder at the far sides is left out."""
    step = -(-max(pixels.shape) // _LONG_SIDE_PX)
    rows, columns = (size // step for size in pixels.shape)
    blocks = pixels[: rows * step, : columns * step].reshape(rows, step, columns, step)
    return blocks.mean(axis=(1, 3), dtype=np.float64), step


def _seen_from(picture: np.ndarray, side: str) -> np.ndarray:
    """The picture with that side at the left."""
    upright = picture if side in ("left", "right") else picture.T
    return upright if side in ("left", "top") else upright[:, ::-1]


def _inside(shape: tuple[int, int], side: str, offset: float, slope: float) -> np.ndarray:
    across, along = (1, 0) if side in ("left", "right") else (0, 1)
    place = np.arange(shape[across], dtype=np.float32)
    if side in ("right", "bottom"):
        place = place[::-1]
    t = np.arange(shape[along], dtype=np.float32) - (shape[along] - 1) / 2
    inside = place[None] > (offset + slope * t).astype(np.float32)[:, None]
    return inside if across == 1 else inside.T


def _field(small: np.ndarray, side: str, edges: dict[str, ShadowEdge], scale: float) -> _Field:
    seen = np.ones(small.shape, dtype=bool)
    for other, edge in edges.items():
        if other == side or edge.support >= 0.7:
            seen &= _inside(small.shape, other, edge.offset + edge.foot + 3.0, edge.slope)
    values = small[seen] if seen.mean() >= 0.05 else small.ravel()
    level = edges[side].level
    darkest, brightest = np.quantile(values, [_EXTREME, 1.0 - _EXTREME])
    alike = float((np.abs(values - level) < 0.03 * scale).mean())
    return _Field(float(level - darkest) / scale, float(brightest - level) / scale, alike)


def _is_plausible(edge: ShadowEdge) -> bool:
    return (
        edge.width <= 12.0
        and abs(edge.slope) <= 0.1
        and 0.032 <= edge.depth <= 0.4
        and edge.step >= 0.04
        and edge.shading <= 0.3
        and edge.span <= 0.3
    )


def _is_whole(side: str, edge: ShadowEdge, edges: dict[str, ShadowEdge], scale: float) -> bool:
    """Whether the edge runs along the whole side, but for what like shadows along the neighbouring sides may hide."""
    neighbours = ("top", "bottom") if side in ("left", "right") else ("left", "right")
    return all(
        part <= 0.1 + (edges[other].depth if other in edges and _is_alike(edge, edges[other], scale) else 0.0)
        for part, other in zip(edge.unseen, neighbours, strict=True)
    )


def _is_alike(edge: ShadowEdge, other: ShadowEdge, scale: float) -> bool:
    return abs(edge.level - other.level) <= _ALIKE * scale


def _is_clear(edge: ShadowEdge, field: _Field, dense_is_sure: bool) -> bool:
    """Whether an edge is a collimator's by itself."""
    # The less even a shadow is, the straighter its edge must be.
    needed = min(0.73 + 22.0 * max(0.0, edge.roughness - 0.004), 0.98)
    # What reaches far into the picture and is not quite even is rather the body beside a rod.
    uneven = edge.span > 0.22 or edge.roughness > (0.022 if edge.depth < 0.15 else 0.006)
    if edge.support < needed or uneven or edge.bend > 1.6 or edge.width > 9.0 or edge.shading > 0.25:
        return False
    if not field.is_extreme(dense_is_sure):
        return True
    painted = edge.roughness < 1e-4 and edge.width < 4.0 and edge.sharp >= 0.75 and field.alike <= 0.02
    little = 0.1 <= edge.step <= 0.4 and edge.width <= 6.5 and edge.bend <= 1.0 and edge.full >= 0.7
    return (painted and edge.support >= 0.9 and edge.full >= 0.75 and edge.step >= 0.15) or (
        little and edge.support >= 0.85 and field.alike < 0.05
    )


def _is_another(edge: ShadowEdge, extreme: bool, sure: list[ShadowEdge], scale: float) -> bool:
    """Whether an edge is a further one of a collimator of which other edges are `sure`."""
    return (
        edge.support >= 0.6 + 6.0 * max(0.0, edge.roughness - 0.004)
        and edge.bend <= 6.0
        and (edge.full >= 0.6 or not extreme)
        and any(_is_alike(edge, other, scale) for other in sure)
    )


def _in_full(edge: ShadowEdge, side: str, shape: tuple[int, int], step: int) -> Border:
    """In pixels of the picture that was reduced by `step`."""
    rows, columns = shape
    across, along = (columns, rows) if side in ("left", "right") else (rows, columns)
    left_out = across % step if side in ("right", "bottom") else 0
    # The middle of the reduced side lies a little before the middle of the whole.
    offset = (edge.offset + 0.5) * step - 0.5 + left_out + edge.slope * (along % step) / 2.0
    return Border(side, offset, edge.slope, max(1.0, edge.foot) * step, offset / across)
