"""DualTalk as published: the baseline that a model of ours must beat on the same corpus, by the same scores.

One rule: nothing is made better here. Own sound, the partner's sound and the partner's *motion* go in, own motion comes
out, as one regression over a whole window. It is not causal: a bidirectional LSTM and attention without a mask see the
future, so it cannot run live. It hears no roles and no feelings. Two avatars have no true partner motion: `converse`
feeds it its own.

Where wav2vec2's weights are not at hand, `ears="mel"` takes the log-mel of motion/features.py, the same that our own
model hears, under a smaller transformer; the rest stays as published.

Sources: DualTalk, arXiv 2505.18096, and its released code for what the paper leaves open (feed-forward 2048, dropout
0.5 after the last attention, no positions but the LSTM's, sound normalised, conv features stretched to the frames by
linear interpolation); wav2vec 2.0 large, arXiv 2006.11477, of the "lv60" kind: layer norm in every convolution, norm
first.

Letters: B batch, T frames at 25 fps, N samples at 16 kHz, C channels of motion, F features of sound, D width.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from dialogue.errors import CorpusError
from motion import features
from motion.corpus import AUDIO_RATE, CHANNELS, FLAME, FRAME_SAMPLES, Clip
from motion.scores import groups

WINDOW = 200  # frames of a training window, 8 s
RATE_OF_LEARNING, DECAY, DECAY_EVERY = 1e-4, 0.8, 50  # Adam; every 50 epochs to 80 %
# wav2vec2: 5 * 2^6 = 320 samples a step, 50 Hz.
CONV_WIDTH, CONV_KERNELS, CONV_STRIDES = 512, (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)
EARS = ("wave", "mel")


@dataclass(frozen=True)
class EncoderConfig:
    """One audio encoder. The defaults are wav2vec2-large."""

    ears: str = "wave"  # "wave": [B, N] through seven convolutions; "mel": [B, T, F] from motion.features
    width: int = 1024
    layers: int = 24
    heads: int = 16
    feedforward: int = 4096
    reach: int = 128  # frames of the positional convolution
    position_groups: int = 16
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if self.ears not in EARS:
            raise ValueError(f"ears are '{self.ears}'; expected one of: {', '.join(EARS)}")


MEL = EncoderConfig("mel", width=256, layers=2, heads=4, feedforward=1024, reach=32, position_groups=8)


@dataclass(frozen=True)
class Config:
    """The defaults are the published sizes. 57 channels make it speak ARKit; `encoder=MEL` lets a CPU train it."""

    channels: int = FLAME
    width: int = 256
    heads: int = 4
    feedforward: int = 2048
    interaction_layers: int = 3
    modulation: float = 0.1
    dropout: float = 0.5
    encoder: EncoderConfig = field(default_factory=EncoderConfig)

    def __post_init__(self) -> None:
        groups(self.channels)  # refuses channels that the loss could not share out


# What two CPU cores train in an hour: 4.0 M parameters, half the published width behind the encoders.
SMALL = Config(
    CHANNELS,
    width=128,
    feedforward=512,
    encoder=EncoderConfig("mel", width=128, layers=2, heads=4, feedforward=512, reach=32, position_groups=8),
)


class Waves(nn.Module):
    """[B, N] -> [B, N / 320, 512]: the convolutions of wav2vec2."""

    width = CONV_WIDTH

    def __init__(self) -> None:
        super().__init__()
        inputs = (1, *[CONV_WIDTH] * (len(CONV_KERNELS) - 1))
        self.convs = nn.ModuleList(
            nn.Conv1d(i, CONV_WIDTH, kernel, stride) for i, kernel, stride in zip(inputs, CONV_KERNELS, CONV_STRIDES)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(CONV_WIDTH) for _ in CONV_KERNELS)
        self.requires_grad_(False)  # frozen, as published

    def forward(self, sound: Tensor) -> Tensor:
        x = sound[:, None]
        for conv, norm in zip(self.convs, self.norms):
            x = functional.gelu(norm(conv(x).transpose(1, 2))).transpose(1, 2)
        return x.transpose(1, 2)


class Mels(nn.Module):
    """[B, T, F] as it is: motion.features has done the work."""

    width = features.PER_BLOCK * features.BANDS

    def forward(self, sound: Tensor) -> Tensor:
        return sound


class AudioEncoder(nn.Module):
    """Sound to [B, T, width]: ears, stretched to the frames, positions by convolution, transformer with norm first."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.ears = Waves() if config.ears == "wave" else Mels()
        self.norm_in = nn.LayerNorm(self.ears.width)
        self.project = nn.Linear(self.ears.width, config.width)
        conv = nn.Conv1d(
            config.width, config.width, config.reach, padding=config.reach // 2, groups=config.position_groups
        )
        self.position = nn.utils.parametrizations.weight_norm(conv, dim=2)
        self.drop = nn.Dropout(config.dropout)
        layer = nn.TransformerEncoderLayer(
            config.width, config.heads, config.feedforward, config.dropout, "gelu", batch_first=True, norm_first=True
        )
        self.transformer = nn.TransformerEncoder(
            layer, config.layers, norm=nn.LayerNorm(config.width), enable_nested_tensor=False
        )

    def forward(self, sound: Tensor, frames: int) -> Tensor:
        x = self.ears(sound)
        if x.shape[1] != frames:
            x = functional.interpolate(x.transpose(1, 2), frames, mode="linear", align_corners=True).transpose(1, 2)
        x = self.drop(self.project(self.norm_in(x)))
        # An even kernel with half of it as padding gives one frame too many.
        x = x + functional.gelu(self.position(x.transpose(1, 2))[..., :frames]).transpose(1, 2)
        return self.transformer(self.drop(x))


class JointEncoder(nn.Module):
    """Both voices, each with an encoder of its own but one projection, and the partner's motion: [B, T, D] each."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.own, self.partner = AudioEncoder(config.encoder), AudioEncoder(config.encoder)
        self.project = nn.Linear(config.encoder.width, config.width)
        half = config.width // 2
        self.motion = nn.Sequential(
            nn.Linear(config.channels, half), nn.ReLU(), nn.Linear(half, config.width), nn.ReLU()
        )

    def forward(self, own: Tensor, partner: Tensor, partner_motion: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        frames = partner_motion.shape[1]
        own, partner = self.project(self.own(own, frames)), self.project(self.partner(partner, frames))
        return own, partner, self.motion(partner_motion)


class TemporalEnhancer(nn.Module):
    """What the partner's voice finds in the partner's motion, in its order in time: [B, T, D]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(config.width, config.heads, batch_first=True)
        self.lstm = nn.LSTM(config.width, config.width // 2, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, partner: Tensor, partner_motion: Tensor) -> Tensor:
        found, _ = self.attention(partner, partner_motion, partner_motion, need_weights=False)
        return self.lstm(found)[0]


class Interaction(nn.Module):
    """Own voice beside what the partner does: [B, T, 2 D]."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        both = 2 * config.width
        layer = nn.TransformerEncoderLayer(both, config.heads, config.feedforward, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, config.interaction_layers, enable_nested_tensor=False)
        self.attention = nn.MultiheadAttention(both, config.heads, batch_first=True)
        self.drop = nn.Dropout(config.dropout)

    def forward(self, own: Tensor, partner: Tensor) -> Tensor:
        x = self.encoder(torch.cat([own, partner], -1))
        return self.drop(self.attention(x, x, x, need_weights=False)[0])


class Synthesis(nn.Module):
    """[B, T, 2 D] -> own motion [B, T, C]: one decoder layer that attends to its own input, then x + 0.1 Linear(x)."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        both = 2 * config.width
        self.decoder = nn.TransformerDecoderLayer(both, config.heads, config.feedforward, batch_first=True)
        self.modulate, self.strength = nn.Linear(both, both), config.modulation
        self.out = nn.Linear(both, config.channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.decoder(x, x)
        return self.out(x + self.strength * self.modulate(x))


class DualTalk(nn.Module):
    """The published model. `count_parameters` of the default configuration gives 647 M."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        self.joint = JointEncoder(config)
        self.enhance = TemporalEnhancer(config)
        self.interact = Interaction(config)
        self.synthesise = Synthesis(config)

    def forward(self, own: Tensor, partner: Tensor, partner_motion: Tensor) -> Tensor:
        """Motion [B, T, C] of one participant, of sounds [B, N] or [B, T, F] and the partner's motion [B, T, C]."""
        own, partner, moving = self.joint(own, partner, partner_motion)
        return self.synthesise(self.interact(own, self.enhance(partner, moving)))


def count_parameters(module: nn.Module) -> int:
    """All of them, the frozen ones too."""
    return sum(p.numel() for p in module.parameters())


def sharpen(model: DualTalk, scale: float = 1.5) -> None:
    """Let the last attention begin by looking at each frame itself: equal queries and keys. A start, no other model.

    That attention has no skip, so a common start averages all frames: what it gives varies 60 times less over time than
    over channels, the dropout of 0.5 behind it drowns that, and the model stays at the mean face for as long as a CPU
    trains (400 steps on one clip: r 0 with the published dropout, .99 without it, .99 with it from this start).
    """
    width = model.interact.attention.embed_dim
    with torch.no_grad():
        same = scale * nn.init.orthogonal_(torch.empty(width, width))
        model.interact.attention.in_proj_weight[: 2 * width] = torch.cat([same, same])


def loss(prediction: Tensor, truth: Tensor) -> Tensor:
    """As published: squared error of expression, jaw and head, each its own mean, and of all first differences.

    Args:
        prediction, truth: [B, T, C], C = 56 or 57.
    """
    parts = [list(g.channels) for g in groups(truth.shape[-1])]
    apart = sum(functional.mse_loss(prediction[..., c], truth[..., c]) for c in parts)
    return apart + functional.mse_loss(prediction.diff(dim=1), truth.diff(dim=1))


def optimizer(
    model: DualTalk, rate: float = RATE_OF_LEARNING
) -> tuple[torch.optim.Adam, torch.optim.lr_scheduler.StepLR]:
    """As published; the schedule steps once an epoch."""
    adam = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], rate)
    return adam, torch.optim.lr_scheduler.StepLR(adam, DECAY_EVERY, DECAY)


# From clips to batches


class View(NamedTuple):
    """A conversation as one participant's motion sees it; arrays of one clip, or tensors of a batch."""

    own: np.ndarray | Tensor  # sound: float32 [N] or [T, F]
    partner: np.ndarray | Tensor
    partner_motion: np.ndarray | Tensor  # float32 [T, C]
    motion: np.ndarray | Tensor  # float32 [T, C], to be learned


def sounds(audio: np.ndarray, ears: str) -> np.ndarray:
    """What the encoders take of audio float32 [P, N] at 16 kHz: [P, N] of mean 0 and deviation 1, or [P, T, F]."""
    if ears == "mel":
        return features.listen(audio, features.start(len(audio), AUDIO_RATE), AUDIO_RATE)[0]
    centred = audio - audio.mean(1, keepdims=True)
    return centred / np.sqrt(centred.var(1, keepdims=True) + 1e-7)  # 1e-7 as wav2vec2's own; silence stays silence


def views(clip: Clip, config: Config) -> Iterator[View]:
    """Both sides of a clip. The model needs a face to learn and a face to see: a clip that knows one face gives none.

    Raises:
        CorpusError: the clip is not of two, or has no FLAME motion for a model of FLAME.
    """
    moving = clip.motion if config.channels == CHANNELS else clip.flame
    if moving is None:
        raise CorpusError(f"clip '{clip.name}' has no FLAME motion; expected some, or a model of {CHANNELS} channels")
    if clip.participants != 2:
        raise CorpusError(f"clip '{clip.name}' has {clip.participants} participants; DualTalk is for 2")
    if all(clip.has_motion):
        heard = sounds(clip.audio, config.encoder.ears)
        for me, other in ((0, 1), (1, 0)):
            yield View(heard[me], heard[other], moving[:, other], moving[:, me])


def batch(chosen: Sequence[View], rng: np.random.Generator, frames: int = WINDOW) -> View:
    """One window of each view, all as long as the shortest allows: tensors [B, ...]."""
    length = min(frames, *(len(v.motion) for v in chosen))
    cut = []
    for view in chosen:
        at = int(rng.integers(len(view.motion) - length + 1))
        rows = slice(at, at + length)
        heard = slice(at * FRAME_SAMPLES, (at + length) * FRAME_SAMPLES) if view.own.ndim == 1 else rows
        cut.append((view.own[heard], view.partner[heard], view.partner_motion[rows], view.motion[rows]))
    return View(*(torch.from_numpy(np.stack(arrays)) for arrays in zip(*cut)))


@torch.no_grad()
def converse(model: DualTalk, audio: np.ndarray, passes: int = 2) -> np.ndarray:
    """Both avatars from sound alone: closed loop, as far as a model that is not causal can have one.

    Each pass animates both over the whole length, with the other's motion of the pass before. First both rest, and the
    partner's voice, which only asks where to look in the partner's motion, is not heard: one pass is no conversation.

    Args:
        audio: float32 [2, N] at 16 kHz, N = T * 640.
    Returns:
        float32 [T, 2, C].
    """
    model.eval()
    heard = torch.from_numpy(sounds(audio, model.config.encoder.ears))
    moving = torch.zeros(2, audio.shape[1] // FRAME_SAMPLES, model.config.channels)
    for _ in range(passes):
        moving = model(heard, heard.flip(0), moving.flip(0))
    return moving.transpose(0, 1).numpy()


@torch.no_grad()
def follow(model: DualTalk, clip: Clip) -> np.ndarray:
    """Both faces of a clip, each beside the other's *true* motion: the open loop that the paper reports. [T, 2, C].

    Raises:
        CorpusError: the clip does not know both faces, in the model's channels.
    """
    model.eval()
    sides = list(views(clip, model.config))
    if not sides:
        raise CorpusError(f"clip '{clip.name}' does not know both faces; expected a clip that does")
    inputs = (torch.from_numpy(np.stack(x)) for x in list(zip(*sides))[:3])
    return model(*inputs).transpose(0, 1).numpy()


# Weights of wav2vec2


def load_wav2vec2(encoder: AudioEncoder, weights: Mapping[str, Tensor]) -> None:
    """Put the weights of a Hugging Face checkpoint (facebook/wav2vec2-large-960h-lv60-self) into one encoder.

    Raises:
        ValueError: a weight is missing or has another shape.
    """
    told = {name.removeprefix("wav2vec2."): w for name, w in weights.items()}
    for old, new in (("weight_g", "original0"), ("weight_v", "original1")):  # as files of before torch 2 name them
        old, new = f"encoder.pos_conv_embed.conv.{old}", f"encoder.pos_conv_embed.conv.parametrizations.weight.{new}"
        if old in told:
            told[new] = told[old]
    ours = encoder.state_dict()
    for name, current in ours.items():
        sources = _names_there(name)
        missing = [s for s in sources if s not in told]
        if missing:
            raise ValueError(f"no weight named '{missing[0]}'; expected a wav2vec2 checkpoint of the large, lv60 kind")
        found = torch.cat([told[s] for s in sources])
        if found.shape != current.shape:
            raise ValueError(f"'{sources[0]}' gives {list(found.shape)}; this encoder expects {list(current.shape)}")
        ours[name] = found
    encoder.load_state_dict(ours)


def _names_there(name: str) -> list[str]:
    """Our name of a weight -> the names of what makes it up."""
    part, _, kind = name.rpartition(".")
    if part.startswith("ears."):
        _, list_, index = part.split(".")
        return [f"feature_extractor.conv_layers.{index}.{'conv' if list_ == 'convs' else 'layer_norm'}.{kind}"]
    if part.startswith("position"):
        return [name.replace("position", "encoder.pos_conv_embed.conv", 1)]
    if part.startswith("transformer.layers."):
        index, inside = part.removeprefix("transformer.layers.").partition(".")[::2]
        if kind.startswith("in_proj_"):
            return [f"encoder.layers.{index}.attention.{x}_proj.{kind.removeprefix('in_proj_')}" for x in "qkv"]
        there = {
            "self_attn.out_proj": "attention.out_proj",
            "linear1": "feed_forward.intermediate_dense",
            "linear2": "feed_forward.output_dense",
            "norm1": "layer_norm",
            "norm2": "final_layer_norm",
        }
        return [f"encoder.layers.{index}.{there[inside]}.{kind}"]
    ends = {"norm_in": "feature_projection.layer_norm", "project": "feature_projection.projection"}
    return [f"{ends.get(part, 'encoder.layer_norm')}.{kind}"]
