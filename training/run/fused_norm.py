"""Norm over the channels, scale, shift and SiLU of each position in one pass on a GPU, where Triton is installed.

`blocks.ResidualBlock` needs it twice; as single operations it takes twenty passes over the tensor, which is
most of what a training step moves.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from Diff2CTCore.networks import NORM_EPSILON

_ELEMENTS = 2048
"""Numbers that a program of the GPU holds at a time."""

_TURNS = 8
"""Groups of rows that a program works on in the backward pass, one after the other, before it writes its sums."""


def norm_scale_shift_silu(x: torch.Tensor, scale: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """silu(x / sqrt(mean of squares over channels + `NORM_EPSILON`) * scale + shift), differentiable.

    Args:
        x: (B, C, ...) on CUDA, channels last in memory (else it is copied).
        scale, shift: (B, C), float32.

    Returns:
        In the shape, the type and the layout of `x`.
    """
    return _Fused.apply(x, scale, shift)


class _Fused(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale, shift):
        rows = _rows(x)
        scale, shift = scale.contiguous(), shift.contiguous()
        result = torch.empty_like(rows)
        batch, places, channels = rows.shape
        width, height = _tile(channels)
        _forward[(triton.cdiv(places, height), batch)](
            rows, scale, shift, result, places, channels, NORM_EPSILON, height, width
        )
        ctx.save_for_backward(x, scale, shift)
        return _shaped(result, x)

    @staticmethod
    def backward(ctx, gradient):
        x, scale, shift = ctx.saved_tensors
        rows, gradient = _rows(x), _rows(gradient)
        batch, places, channels = rows.shape
        width, height = _tile(channels)
        programs = triton.cdiv(places, height * _TURNS)
        by_x = torch.empty_like(rows)
        sums = torch.empty(2, batch, programs, channels, dtype=torch.float32, device=x.device)
        _backward[(programs, batch)](
            rows, scale, shift, gradient, by_x, sums[0], sums[1], places, channels, NORM_EPSILON, height, width, _TURNS
        )
        by_scale, by_shift = sums.sum(2)
        return _shaped(by_x, x), by_scale, by_shift


def _tile(channels: int) -> tuple[int, int]:
    width = triton.next_power_of_2(channels)
    return width, max(1, _ELEMENTS // width)


def _rows(x: torch.Tensor) -> torch.Tensor:
    """(B, C, ...) as (B, positions, C), without a copy where the channels lie last."""
    return x.movedim(1, -1).contiguous().view(len(x), -1, x.shape[1])


def _shaped(rows: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    return rows.view(len(like), *like.shape[2:], like.shape[1]).movedim(-1, 1)


@triton.jit
def _forward(x_at, scale_at, shift_at, result_at, places, channels, epsilon, HEIGHT: tl.constexpr, WIDTH: tl.constexpr):
    case = tl.program_id(1).to(tl.int64)
    row = tl.program_id(0) * HEIGHT + tl.arange(0, HEIGHT)
    channel = tl.arange(0, WIDTH)
    there = channel < channels
    inside = (row < places)[:, None] & there[None, :]
    at = (case * places + row)[:, None] * channels + channel[None, :]
    scale = tl.load(scale_at + case * channels + channel, mask=there, other=0.0)
    shift = tl.load(shift_at + case * channels + channel, mask=there, other=0.0)
    x = tl.load(x_at + at, mask=inside, other=0.0).to(tl.float32)
    inverse = tl.rsqrt(tl.sum(x * x, 1) / channels + epsilon)
    z = x * inverse[:, None] * scale[None, :] + shift[None, :]
    tl.store(result_at + at, (z * tl.sigmoid(z)).to(result_at.dtype.element_ty), mask=inside)


@triton.jit
def _backward(
    x_at, scale_at, shift_at, gradient_at, by_x_at, by_scale_at, by_shift_at, places, channels, epsilon,
    HEIGHT: tl.constexpr, WIDTH: tl.constexpr, TURNS: tl.constexpr,
):  # fmt: skip
    program, case = tl.program_id(0), tl.program_id(1).to(tl.int64)
    channel = tl.arange(0, WIDTH)
    there = channel < channels
    scale = tl.load(scale_at + case * channels + channel, mask=there, other=0.0)
    shift = tl.load(shift_at + case * channels + channel, mask=there, other=0.0)
    by_scale = tl.zeros((WIDTH,), tl.float32)
    by_shift = tl.zeros((WIDTH,), tl.float32)
    for turn in range(TURNS):
        row = (program * TURNS + turn) * HEIGHT + tl.arange(0, HEIGHT)
        inside = (row < places)[:, None] & there[None, :]
        at = (case * places + row)[:, None] * channels + channel[None, :]
        x = tl.load(x_at + at, mask=inside, other=0.0).to(tl.float32)
        inverse = tl.rsqrt(tl.sum(x * x, 1) / channels + epsilon)
        unit = x * inverse[:, None]
        z = unit * scale[None, :] + shift[None, :]
        gate = tl.sigmoid(z)
        by_z = tl.load(gradient_at + at, mask=inside, other=0.0).to(tl.float32) * gate * (1.0 + z * (1.0 - gate))
        by_scale += tl.sum(by_z * unit, 0)
        by_shift += tl.sum(by_z, 0)
        by_unit = by_z * scale[None, :]
        along = tl.sum(by_unit * unit, 1) / channels
        by_x = (by_unit - unit * along[:, None]) * inverse[:, None]
        tl.store(by_x_at + at, by_x.to(by_x_at.dtype.element_ty), mask=inside)
    to = (case * tl.num_programs(0) + program) * channels + channel
    tl.store(by_scale_at + to, by_scale, mask=there)
    tl.store(by_shift_at + to, by_shift, mask=there)
