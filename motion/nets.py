"""The few layers our nets are made of, for arrays of numpy (playing) and tensors of torch (training) alike.

One rule: what a layer keeps from call to call is given and returned, never held. `lib` is the module numpy or torch.

Sources: van den Oord et al. 2016, causal dilated convolutions; Zhang & Sennrich 2019, root mean square norm.

Letters: T steps, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Weights = Mapping[str, Any]  # arrays of numpy, or tensors while training


def tcn_shapes(name: str, channels: int, blocks: int) -> dict[str, tuple[int, ...]]:
    out: dict[str, tuple[int, ...]] = {f"{name}.gain": (channels,)}
    for i in range(blocks):
        out |= {
            f"{name}.{i}.gain": (channels,),
            f"{name}.{i}.w": (3 * channels, channels),
            f"{name}.{i}.b": (channels,),
        }
    return out


def mlp_shapes(name: str, *sizes: int) -> dict[str, tuple[int, ...]]:
    pairs = list(enumerate(zip(sizes, sizes[1:])))
    return {f"{name}.{i}.w": pair for i, pair in pairs} | {f"{name}.{i}.b": pair[1:] for i, pair in pairs}


def mlp(w: Weights, name: str, x: Any) -> Any:
    """Linear layers with ReLU between them."""
    i = 0
    while f"{name}.{i}.w" in w:
        x = (x.clip(0.0) if i else x) @ w[f"{name}.{i}.w"] + w[f"{name}.{i}.b"]
        i += 1
    return x


def norm(x: Any, gain: Any) -> Any:
    return x * ((x * x).mean(-1)[..., None] + 1e-5) ** -0.5 * gain


def tcn(w: Weights, name: str, dilations: Sequence[int], x: Any, state: Sequence[Any], lib: Any) -> tuple[Any, tuple]:
    """Causal convolutions of three taps, one after the other; `state` holds the last 2 d inputs of each."""
    kept = []
    for i, d in enumerate(dilations):
        span = lib.concatenate([state[i], norm(x, w[f"{name}.{i}.gain"])], -2)
        t = x.shape[-2]
        taps = lib.concatenate([span[..., :t, :], span[..., d : d + t, :], span[..., 2 * d :, :]], -1)
        x = x + (taps @ w[f"{name}.{i}.w"] + w[f"{name}.{i}.b"]).clip(0.0)
        kept.append(span[..., t:, :])
    return norm(x, w[f"{name}.gain"]), tuple(kept)
