"""The convolutions of motion/nets.py for training, several times as fast: the same sums with their gradients written
out.

One rule: the same numbers as `nets.tcn` from silence, but for the digits that bfloat16 drops; a test holds both
together, gradients too. Two things make it fast. Time is the first axis, so that a tap of a convolution is a view of its
input and nothing is gathered. And between the sums nothing is kept that can be made again from what is.

Letters: T steps, N streams, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

TINY = 1e-5  # as in nets.norm


class Half:
    """A matrix that multiplies in bfloat16 and gives float32, so that what is added up keeps its digits."""

    def __init__(self, matrix: torch.Tensor) -> None:
        self.whole, self._half = matrix, matrix.bfloat16()

    def __rmatmul__(self, x: torch.Tensor) -> torch.Tensor:
        return (x.bfloat16() @ self._half).float()


def half_is_fast() -> bool:
    """Whether this processor has instructions for bfloat16."""
    return torch.cpu._is_avx512_bf16_supported()


def tcn(
    w: Mapping[str, Any], name: str, dilations: Sequence[int], x: torch.Tensor, state: Any, lib: Any
) -> tuple[torch.Tensor, tuple]:
    """`nets.tcn` for whole windows [..., T, C] that begin in silence: `state` is not asked for, and none comes back.

    A weight that is Half is multiplied in bfloat16.
    """
    *lead, steps, size = x.shape
    x = x.reshape(-1, steps, size).transpose(0, 1).contiguous()
    for i, d in enumerate(dilations):
        taps = w[f"{name}.{i}.w"]
        half = isinstance(taps, Half)
        x = _Block.apply(x, w[f"{name}.{i}.gain"], taps.whole if half else taps, w[f"{name}.{i}.b"], d, half)
    x = _Norm.apply(x) * w[f"{name}.gain"]
    return x.transpose(0, 1).reshape(*lead, steps, size), ()


class _Block(torch.autograd.Function):
    """x + relu(taps(norm(x)) @ w + b) for x [T, N, C]; the taps reach back 2 d, d and 0 steps.

    The gain of the norm is multiplied into the weights, which are small, and not into x.
    """

    @staticmethod
    def forward(ctx: Any, *args: Any) -> torch.Tensor:
        x, gain, w, b, d, half = args
        steps, streams, size = x.shape
        kind = torch.bfloat16 if half else x.dtype
        scale = _scale(x)
        span = torch.empty((steps + 2 * d, streams, size), dtype=kind)
        span[: 2 * d] = 0.0
        torch.mul(x, scale, out=span[2 * d :])
        flat, rows = span.view(-1, size), steps * streams
        taps = (w.view(3, size, size) * gain[:, None]).to(kind)
        y = torch.addmm(b.to(kind), flat[:rows], taps[0])
        for k in (1, 2):
            y.addmm_(flat[k * d * streams :][:rows], taps[k])
        y.relu_()
        ctx.save_for_backward(x, gain, w, scale, span, taps, y)
        ctx.d = d
        return x + y.view(steps, streams, size)

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, gain, w, scale, span, taps, y = ctx.saved_tensors
        steps, streams, size = x.shape
        rows, d = steps * streams, ctx.d
        flat = span.view(-1, size)
        through = torch.ops.aten.threshold_backward(g.reshape(rows, size).to(span.dtype), y, 0)
        into, grad = torch.zeros_like(flat), torch.empty_like(taps)
        for k in (2, 1, 0):
            here = slice(k * d * streams, k * d * streams + rows)
            torch.mm(flat[here].T, through, out=grad[k])
            into[here].addmm_(through, taps[k].T)
        inner = into[2 * d * streams :].view(x.shape).to(x.dtype)
        back = _norm_backward(x, scale, inner)
        grad = grad.to(x.dtype)
        gain_grad = (grad * w.view(grad.shape)).sum((0, 2))
        grad = (grad * gain[:, None]).view(3 * size, size)
        return back.add_(g), gain_grad, grad, through.sum(0, dtype=x.dtype), None, None


class _Norm(torch.autograd.Function):
    """x / rms(x)."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        scale = _scale(x)
        ctx.save_for_backward(x, scale)
        return x * scale

    @staticmethod
    def backward(ctx: Any, g: torch.Tensor) -> torch.Tensor:
        return _norm_backward(*ctx.saved_tensors, g.clone())


def _scale(x: torch.Tensor) -> torch.Tensor:
    """One over the root mean square of the last axis [..., 1]."""
    return (torch.linalg.vecdot(x, x)[..., None] / x.shape[-1] + TINY).rsqrt()


def _norm_backward(x: torch.Tensor, scale: torch.Tensor, g: torch.Tensor) -> torch.Tensor:
    """The gradient of x, given that of x * scale, whose memory it takes."""
    along = torch.linalg.vecdot(g, x)[..., None] * (scale * scale / -x.shape[-1])
    return g.addcmul_(x, along).mul_(scale)
