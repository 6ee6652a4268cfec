"""What a training of motion/models/dual_stream.py minimises.

One rule: every part is a mean over known faces, in deviations of each channel, weighted here and nowhere else. Parts:
mouth and its velocity, the composite lip opening and its velocity (plain MSE leaves lips ajar), contacts, phones; what
face and head do on the average; when events come; and flow matching of what the average leaves over.

Letters: B windows, S streams, P participants, T hops, C channels.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from motion.acting import BLOCK, HEADS, block_extra, velocity
from motion.events import MOUTH, NOD_REST
from motion.lessons import WARM, Speech, Window
from motion.models.dual_stream import Config, Nets, hear, hear_voice, speak
from motion.nets import mlp
from motion.nets_torch import tcn
from motion.visemes import OPENING

Tensors = dict[str, torch.Tensor]
_OPENING = torch.from_numpy(OPENING[MOUTH])


def loss_of(
    w: dict[str, Any], config: Config, window: Window, speech: Speech, rng: np.random.Generator
) -> dict[str, torch.Tensor]:
    """The parts of the loss, weighted; their sum is what is minimised. `w` holds tensors, or nets_torch.Half."""
    parts = _conversation(w, config, window, rng)
    for name, value in _speech(w, config, speech).items():
        parts[name] = parts.get(name, 0.0) + value
    return parts


def _conversation(w: dict[str, Any], config: Config, window: Window, rng: np.random.Generator) -> Tensors:
    x = _tensors(window)
    heard, _ = hear(w, config, x["mel"], x["controls"], Nets((), ()), torch, tcn)
    x = {name: value[:, :, WARM:] for name, value in x.items() if name != "phones"}
    known, context = x["known"][..., None], heard.context[:, :, WARM:]
    parts = _mouth(w, heard.mouth[:, :, WARM:], heard.contact[:, :, WARM:], x, known)
    slow = (x["slow"] - w["slow.centre"]) / w["slow.scale"]
    average = heard.slow[:, :, WARM:]
    parts["slow"] = 0.5 * _mean((average - slow) ** 2, known)
    parts |= _events(w, context, x)
    parts["flow"] = 0.5 * _flow(w, context, slow - average.detach(), x, rng)
    return parts


def _speech(w: dict[str, Any], config: Config, speech: Speech) -> Tensors:
    x = _tensors(speech)
    columns, _ = hear_voice(w, config, x["mel"], (), torch, tcn)
    mouth, contact = speak(w, columns.reshape(*x["mel"].shape[:-1], 2 * config.voice), x["controls"], torch)
    phones, columns = x["phones"][:, 2 * WARM :].long(), columns[:, 2 * WARM :]
    x = {name: value[:, WARM:] for name, value in x.items()}
    parts = _mouth(w, mouth[:, WARM:], contact[:, WARM:], x, x["known"][..., None])
    if (phones >= 0).any():
        scores = mlp(w, "phones", columns).flatten(0, 1)
        parts["phones"] = 0.15 * F.cross_entropy(scores, phones.flatten(), ignore_index=-1)
    return parts


def _tensors(window: Window | Speech) -> Tensors:
    return {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in asdict(window).items()}


def _mean(value: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return (value * mask).sum() / (mask.expand_as(value).sum() + 1e-6)


def _mouth(w: dict[str, Any], made: torch.Tensor, touch: torch.Tensor, x: Tensors, known: torch.Tensor) -> Tensors:
    """Mouths in deviations [..., T, MOUTH] and logits of contacts [..., T, 2]."""
    apart = made - (x["motion"][..., MOUTH].float() - w["mouth.centre"]) / w["mouth.scale"]
    gap = (apart * w["mouth.scale"]) @ _OPENING[:, None] / 0.08  # in deviations of the opening of ordinary speech
    contact = F.binary_cross_entropy_with_logits(touch, x["contact"], reduction="none")
    both = known[..., 1:, :]
    return {
        "mouth": _mean(apart**2, known),
        "mouth_velocity": 0.5 * _mean(apart.diff(dim=-2) ** 2, both),
        "opening": 0.5 * _mean(gap**2, known),
        "opening_velocity": 0.5 * _mean(gap.diff(dim=-2) ** 2, both),
        "contact": 1.5 * _mean(contact, known),
    }


def _events(w: dict[str, Any], context: torch.Tensor, x: Tensors) -> Tensors:
    gaze = mlp(w, "gaze", torch.concatenate([context, x["gaze"]], -1))
    event = mlp(w, "event", torch.concatenate([context, x["event"]], -1))
    known, may = x["known"], x["rested"] * x["known"][..., None]
    logits = torch.concatenate([gaze[..., :1], event[..., :2]], -1)
    begins = F.binary_cross_entropy_with_logits(logits, x["began"], reduction="none")
    out = {"begins": 2.0 * _mean(begins, may)}
    for name, scores, which, now in (("aims", gaze[..., 1:], x["aims"], 0), ("nods", event[..., 2:], x["nods"], 2)):
        guess = F.cross_entropy(scores.flatten(0, 2), which.flatten(), reduction="none").reshape(which.shape)
        out[name] = 0.05 * _mean(guess, x["began"][..., now] * known)
    return out


def _flow(
    w: dict[str, Any], context: torch.Tensor, rest: torch.Tensor, x: Tensors, rng: np.random.Generator
) -> torch.Tensor:
    """Flow matching of blocks of what the average leaves over, from the block before."""
    count = rest.shape[2]
    starts = np.arange(HEADS, count - BLOCK + 1)  # heads of 600 ms ago must lie in the window
    blocks = torch.stack([rest[:, :, s : s + BLOCK].flatten(2) for s in starts], 2)
    before = torch.stack([rest[:, :, s - BLOCK : s].flatten(2) for s in starts], 2)

    def noise(*shape: int) -> torch.Tensor:
        return torch.from_numpy(rng.standard_normal(shape, np.float32))

    before = before + noise(*before.shape) * 0.3 * torch.from_numpy(
        rng.uniform(size=(*before.shape[:3], 1)).astype(np.float32)
    )
    aims = torch.concatenate([x["aim"][:, :, starts], x["aim"][:, :, starts - BLOCK]], -1)
    lately = x["began"][..., 2].cumsum(2)
    nodding = ((lately[:, :, starts] - lately[:, :, np.maximum(starts - NOD_REST, 0)]) > 0).float()[..., None]
    far, near = (
        torch.stack([x["heads"][:, :, s - a : s - b].mean(2) for s in starts], 2) for a, b in ((15, 10), (5, 0))
    )
    seen = torch.concatenate([far, near], -1)
    others = (seen.sum(1, keepdim=True) - seen) / max(seen.shape[1] - 1, 1)
    others = others + 0.01 * noise(*others.shape)
    extra = block_extra(before, aims, nodding, others, torch)
    time = torch.from_numpy(rng.uniform(size=(*blocks.shape[:3], 1)).astype(np.float32))
    start = noise(*blocks.shape)
    on_way = start + time * (blocks - start)
    goes = velocity(w, on_way, time, context[:, :, starts], extra, torch)
    return _mean((goes - (blocks - start)) ** 2, x["known"][:, :, starts][..., None])
