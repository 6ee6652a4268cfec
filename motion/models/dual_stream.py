"""Our model: every participant's face from everyone's sound, as it is heard. One set of weights for all participants.

One rule: a frame knows the sound up to 120 ms after its time (LOOKAHEAD and its own hop) and nothing later; all that is
carried on is in the state, so that any chunking gives the same frames and an interruption can go back.

From each stream's own mel a causal convolution net (`voice`) regresses the mouth, with the chance that lips meet or
teeth touch the lip; past it the contact is made. A second net (`dialogue`) hears the stream, attends to all others, and
knows roles and feelings; from it blinks, nods and shifts of gaze are drawn as events with refractory times, and head,
brows and expression in blocks of 200 ms by flow matching in four steps (motion/acting.py). From partners it takes
sound, labels, and where their heads and eyes were a moment ago, as the model itself made them: always closed loop.

The same functions run on numpy arrays here and on torch tensors in training (`lib`), so playing needs no torch.

Sources: DualTalk, arXiv 2505.18096, for the task; Lipman et al. 2023, flow matching; van den Oord et al. 2016, causal
dilated convolutions.

Letters: P participants, T frames (hops), C channels, K entries of a bank. Nets take [..., P, T, C].
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dialogue.errors import ModelFileError
from dialogue.types import Emotion, Hop, Role
from motion import directed, features
from motion.acting import BLOCK_EXTRA, EVENT_EXTRA, GAZE_EXTRA, WIDTH, Acting, Style, act, curve, init_acting
from motion.events import AIMS, BLINK, BLINK_FRAMES, BLINKS, FACE, MOUTH, NOD_FRAMES, NODS, PITCH, SLOW
from motion.expressions import SMILE, WIDEST
from motion.features import BANDS, PER_BLOCK, Ears
from motion.frame import ARKIT, HOP, LOOK, MotionFrame, look_weights
from motion.gaze import in_head
from motion.nets import Weights, mlp, mlp_shapes, tcn, tcn_shapes
from motion.visemes import Mouth, settle

LOOKAHEAD = 2  # hops: a frame's own hop and two more are 120 ms after the frame's time
ROLES, EMOTIONS = tuple(Role), tuple(Emotion)
SOFT = 0.15  # a feeling or role reaches the face 63 % in 1 / .15 = 6.7 hops, a quarter of a second
CONTROLS = 2 * (len(ROLES) + len(EMOTIONS))  # role, own soft feeling, soft role, the others' soft feeling
SILENCE = 126  # hops before the first: as far as the nets look back, 5 s
FEELINGS = np.r_[len(ROLES) : len(ROLES) + len(EMOTIONS), 2 * len(ROLES) + len(EMOTIONS) : CONTROLS]  # in CONTROLS
CONTACT = (0.30, 0.50)  # chance of contact at which lips begin to be drawn together, and meet; from the valid split
HEAD = slice(PITCH, PITCH + 3)  # in SLOW
FILE = Path(__file__).with_name("dual_stream.safetensors")


@dataclass(frozen=True)
class Config:
    """Sizes. Receptive fields: voice 1.2 s (50 Hz, 2 * 2 * (1 + 2 + 4 + 8) columns), dialogue 5 s."""

    voice: int = 192
    voice_dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8)
    dialogue: int = 128
    dialogue_dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    query: int = 32
    lips: int = 256
    events: int = 64
    flow: int = 256
    phones: int = 41


# The nets


def shapes(c: Config) -> dict[str, tuple[int, ...]]:
    """Every array of the model."""
    out: dict[str, tuple[int, ...]] = {"voice.in": (PER_BLOCK * BANDS // 2, c.voice)}
    out |= tcn_shapes("voice", c.voice, len(c.voice_dilations))
    both = 2 * c.voice  # two columns of 20 ms are a frame
    out |= mlp_shapes("phones", c.voice, c.phones)
    out |= mlp_shapes("lips", both + CONTROLS - len(ROLES), c.lips, len(MOUTH) + 2)
    heard = both + CONTROLS
    out |= {"own.in": (heard, c.dialogue), "others.value": (heard, c.dialogue)}
    out |= {"others.query": (heard, c.query), "others.key": (heard, c.query)}
    out |= tcn_shapes("dialogue", c.dialogue, len(c.dialogue_dilations))
    out |= mlp_shapes("slow", c.dialogue, len(SLOW))
    out |= mlp_shapes("gaze", c.dialogue + GAZE_EXTRA, c.events, 1 + AIMS)
    out |= mlp_shapes("event", c.dialogue + EVENT_EXTRA, c.events, 2 + NODS)
    out |= mlp_shapes("flow", WIDTH + c.dialogue + BLOCK_EXTRA + 4, c.flow, c.flow, c.flow, WIDTH)
    out |= {"bank.aims": (AIMS, 2), "bank.nods": (NODS, NOD_FRAMES), "bank.blinks": (BLINKS, BLINK_FRAMES)}
    for name, size in (("mouth", len(MOUTH)), ("slow", len(SLOW))):
        out |= {f"{name}.centre": (size,), f"{name}.scale": (size,)}
    return out


class Nets(NamedTuple):
    """What the nets keep: the past inputs of each convolution, [..., P, 2 d, C]."""

    voice: tuple
    dialogue: tuple


def init_nets(c: Config, participants: tuple[int, ...], lib: Any = np) -> Nets:
    """Silence before the beginning; `participants` are the leading axes, [..., P]."""
    return Nets(
        tuple(lib.zeros((*participants, 2 * d, c.voice), dtype=lib.float32) for d in c.voice_dilations),
        tuple(lib.zeros((*participants, 2 * d, c.dialogue), dtype=lib.float32) for d in c.dialogue_dilations),
    )


class Heard(NamedTuple):
    """What the nets say of each hop, for the frame LOOKAHEAD hops before it."""

    columns: Any  # [..., P, 2 T, C] of `voice`, for the phones
    mouth: Any  # [..., P, T, MOUTH], in deviations
    contact: Any  # [..., P, T, 2] logits: lips meet, teeth touch the lip
    context: Any  # [..., P, T, C] of `dialogue`
    slow: Any  # [..., P, T, SLOW], in deviations: what head and face do on the average


def hear(
    w: Weights, c: Config, mel: Any, controls: Any, nets: Nets, lib: Any = np, tcn: Any = tcn
) -> tuple[Heard, Nets]:
    """Run both nets over some hops.

    Args:
        mel: [..., P, T, 4 * BANDS] from features.listen.
        controls: [..., P, T, CONTROLS] from `control`.
        tcn: nets.tcn, or another that gives the same.
    """
    columns, voice = hear_voice(w, c, mel, nets.voice, lib, tcn)
    both = columns.reshape(*mel.shape[:-1], 2 * c.voice)
    mouth, contact = speak(w, both, controls, lib)
    heard = lib.concatenate([both, controls], -1)
    mixed = heard @ w["own.in"] + attend(w, heard, lib)
    context, dialogue = tcn(w, "dialogue", c.dialogue_dilations, mixed, nets.dialogue, lib)
    return Heard(columns, mouth, contact, context, mlp(w, "slow", context)), Nets(voice, dialogue)


def hear_voice(w: Weights, c: Config, mel: Any, voice: Any, lib: Any = np, tcn: Any = tcn) -> tuple[Any, Any]:
    """The columns [..., 2 T, C] of `voice` for mel [..., T, 4 * BANDS], two a hop, and what it keeps."""
    *lead, hops, size = mel.shape
    return tcn(w, "voice", c.voice_dilations, mel.reshape(*lead, 2 * hops, size // 2) @ w["voice.in"], voice, lib)


def speak(w: Weights, both: Any, controls: Any, lib: Any = np) -> tuple[Any, Any]:
    """The mouth in deviations [..., MOUTH] and the logits of contacts [..., 2], from the columns of each hop."""
    lips = mlp(w, "lips", lib.concatenate([both, controls[..., len(ROLES) :]], -1))
    return lips[..., : len(MOUTH)], lips[..., len(MOUTH) :]


def attend(w: Weights, heard: Any, lib: Any) -> Any:
    """What each takes from all others [..., P, T, C]: softmax over them and over nobody, whose score is 0."""
    people = heard.shape[-3]
    query, key = ((heard @ w[f"others.{name}"]).swapaxes(-3, -2) for name in ("query", "key"))
    score = (query @ key.swapaxes(-1, -2) / math.sqrt(query.shape[-1])).clip(-12.0, 12.0)
    share = lib.exp(score) * (1.0 - lib.eye(people, dtype=score.dtype))
    share = share / (1.0 + share.sum(-1)[..., None])
    return (share @ (heard @ w["others.value"]).swapaxes(-3, -2)).swapaxes(-3, -2)


# What goes in beside sound


class Moods(NamedTuple):
    """Feelings and roles as they have reached the faces."""

    felt: np.ndarray  # [P, E]
    role: np.ndarray  # [P, 3]


def control(roles: np.ndarray, felt: np.ndarray, moods: Moods) -> tuple[np.ndarray, Moods]:
    """Labels of some hops as inputs.

    Args:
        roles: int [T, P], index into ROLES. felt: float32 [T, P, E], a feeling's intensity in its place.
    Returns:
        float32 [P, T, CONTROLS]: role, own soft feeling, soft role, the others' soft feeling.
    """
    sharp = np.eye(len(ROLES), dtype=np.float32)[roles]
    feelings, parts = np.empty_like(felt), np.empty_like(sharp)
    now, part = moods
    for t in range(len(roles)):
        now = now + np.float32(SOFT) * (felt[t] - now)
        part = part + np.float32(SOFT) * (sharp[t] - part)
        feelings[t], parts[t] = now, part
    others = (feelings.sum(1, keepdims=True) - feelings) / max(roles.shape[1] - 1, 1)
    return np.concatenate([sharp, feelings, parts, others], -1).swapaxes(0, 1), Moods(now, part)


def feel(emotions: np.ndarray, intensity: np.ndarray) -> np.ndarray:
    """float32 [..., E]: the intensity in the place of the emotion; neutral has none."""
    felt = np.eye(len(EMOTIONS), dtype=np.float32)[emotions] * np.asarray(intensity, np.float32)[..., None]
    felt[..., EMOTIONS.index(Emotion.NEUTRAL)] = 0.0
    return felt


# The model


@dataclass(frozen=True)
class State:
    """Everything the model knows; replaced, never changed."""

    seed: int
    arrived: int
    start: int | None
    ears: Ears
    moods: Moods
    nets: Nets
    average: np.ndarray  # [P, SLOW] of the hop before: two hops are averaged, brows do not tremble
    acting: Acting
    directions: directed.Directions


class Model:
    """The trained model, for any number of participants.

    Args:
        weights: a file that `duologue train` wrote; None takes the one inside the package.
        styles: of the participants in order; who has none is ordinary.
        loaded: config and arrays as `load` gives them, in place of a file.
    Raises:
        ModelFileError: there is no such file, or it is none of this model.
    """

    lookahead = LOOKAHEAD

    def __init__(
        self,
        weights: Path | str | None = None,
        styles: Sequence[Style] = (),
        loaded: tuple[Config, dict[str, np.ndarray]] | None = None,
    ) -> None:
        self.config, self.w = loaded or load(Path(weights) if weights else FILE)
        self.styles = tuple(styles)

    def init_state(self, participants: int, seed: int) -> State:
        """The state before the first hop.

        Raises:
            ValueError: there are no participants.
        """
        if participants < 1:
            raise ValueError(f"{participants} participants; expected at least 1")
        moods, nets, average = self._silence(participants)
        acting, directions = init_acting(participants), directed.undirected(participants)
        return State(seed, 0, None, features.start(participants), moods, nets, average, acting, directions)

    def _silence(self, participants: int) -> tuple[Moods, Nets, np.ndarray]:
        """What a while of silence leaves in moods, nets and average: a conversation does not begin with a jolt."""
        moods = Moods(*(np.zeros((participants, len(kind)), np.float32) for kind in (EMOTIONS, ROLES)))
        mel = np.full((participants, SILENCE, PER_BLOCK * BANDS), features.FLOOR, np.float32)
        idle = np.full((SILENCE, participants), ROLES.index(Role.IDLE))
        controls, moods = control(idle, np.zeros((*idle.shape, len(EMOTIONS)), np.float32), moods)
        heard, nets = hear(self.w, self.config, mel, controls, init_nets(self.config, (participants,)))
        return moods, nets, heard.slow[:, -1]

    def step(self, hop: Hop, state: State) -> tuple[tuple[MotionFrame, ...], State]:
        """Advance one hop; see motion.models.MotionModel."""
        participants = len(state.ears.tail)
        if hop.audio.shape != (participants, HOP):
            raise ValueError(f"hop audio has shape {hop.audio.shape}; expected ({participants}, {HOP})")
        start = hop.start if state.start is None else state.start
        if hop.start != start + state.arrived * HOP:
            expected = start + state.arrived * HOP
            raise ValueError(f"hop starts at {hop.start}; expected {expected}, the end of the one before")
        mel, ears = features.listen(hop.audio, state.ears)
        roles = np.array([[ROLES.index(r) for r in hop.roles]])
        felt = feel([[EMOTIONS.index(f.emotion) for f in hop.feelings]], [[f.intensity for f in hop.feelings]])
        motion, state = self.advance(mel, roles, felt, replace(state, start=start, ears=ears), (hop,))
        return tuple(_frame(start + (state.arrived - 1 - LOOKAHEAD) * HOP, m) for row in motion for m in row), state

    def advance(
        self, mel: np.ndarray, roles: np.ndarray, felt: np.ndarray, state: State, hops: Sequence[Hop] = ()
    ) -> tuple[np.ndarray, State]:
        """Advance any number of hops at once.

        Args:
            mel: [P, T, 4 * BANDS]. roles: int [T, P]. felt: [T, P, E] from `feel`.
            hops: T of them, whose cues are performed; without them nobody is told anything new.
        Returns:
            motion float32 [T', P, 57] of the frames that are known by now, and the new state.
        """
        controls, moods = control(roles, felt, state.moods)
        return self.perform(mel, controls, replace(state, moods=moods), hops)

    def perform(
        self, mel: np.ndarray, controls: np.ndarray, state: State, hops: Sequence[Hop] = ()
    ) -> tuple[np.ndarray, State]:
        """`advance` with what `control` made of the labels [P, T, CONTROLS]; the moods of the state stay."""
        heard, nets = hear(self.w, self.config, mel, controls, state.nets)
        means = np.concatenate([state.average[:, None], heard.slow], 1)
        average = (means[:, 1:] + means[:, :-1]) * np.float32(0.5)
        styles = (*self.styles, *[Style()] * len(mel))[: len(mel)]
        contact = 1.0 / (1.0 + np.exp(-heard.contact.astype(np.float64)))
        acting, directions, shown, told = state.acting, state.directions, [], []
        first = max(LOOKAHEAD - state.arrived, 0)  # hops whose frame would lie before the beginning
        efforts, fullest = directed.effort(mel), int(self.w["bank.blinks"].max(1).argmax())
        for i in range(mel.shape[1]):
            directions = directed.hear(directions, efforts[:, i], hops[i] if hops else None, state.seed)
            frame = state.arrived + i - LOOKAHEAD
            if frame < 0:
                continue
            at = (state.start or 0) + frame * HOP
            directions, acting = directed.steer(directions, acting, at, fullest)
            rest, acting = act(self.w, heard.context[:, i], frame, acting, styles, state.seed)
            head = self._move(average[:, i, HEAD], rest[:, HEAD], acting, styles)
            now, directions = directed.show(directions, at)
            head = head if now is None else head + now.head.astype(np.float32)
            told.append(now)
            acting = acting._replace(heads=np.concatenate([acting.heads[1:], head[None]]))
            shut = curve(self.w["bank.blinks"], acting.blink, acting.blinked)
            shown.append((rest, head, acting.eye, shut))
        arrived = state.arrived + mel.shape[1]
        later = replace(state, arrived=arrived, nets=nets, average=means[:, -1], acting=acting, directions=directions)
        if not shown:
            return np.zeros((0, len(mel), len(ARKIT) + 5), np.float32), later
        rest, head, eye, shut = (np.stack(part) for part in zip(*shown))
        mouth, contact, slow = (x[:, first:].swapaxes(0, 1) for x in (heard.mouth, contact, average))
        return self._faces(mouth, contact, slow + rest, styles, (head, eye, shut, told)), later

    def _move(self, slow: np.ndarray, rest: np.ndarray, a: Acting, styles: Sequence[Style]) -> np.ndarray:
        """The heads of one frame [P, 3]: what goes on, and nods."""
        gains = np.array([[s.head] for s in styles], np.float32)
        head = gains * (slow + rest) * self.w["slow.scale"][HEAD]
        head[:, 0] += gains[:, 0] * curve(self.w["bank.nods"], a.nod, a.nodded).sum(1)
        return head + self.w["slow.centre"][HEAD]

    def _faces(
        self, mouth: np.ndarray, contact: np.ndarray, slow: np.ndarray, styles: Sequence[Style], shown: tuple
    ) -> np.ndarray:
        """Put frames together: float32 [T, P, 57] from mouths and slow motion in deviations, heads, eyes, lids and what
        is told."""
        w, (head, eye, shut, told) = self.w, shown
        mouths, faces = (np.array([[getattr(s, n)] for s in styles], np.float32) for n in ("mouth", "face"))
        gaze = in_head(eye, head).astype(np.float32)
        out = np.zeros((*mouth.shape[:2], len(ARKIT) + 5), np.float32)
        out[..., MOUTH] = (mouth * w["mouth.scale"] + w["mouth.centre"]) * mouths
        out[..., FACE] = (faces * slow * w["slow.scale"] + w["slow.centre"])[..., : len(FACE)]
        weights = out[..., : len(ARKIT)]
        touch = ((contact - CONTACT[0]) / (CONTACT[1] - CONTACT[0])).clip(0.0, 1.0)
        for t, now in enumerate(told):
            if now is not None:
                weights[t] = directed.lay_over(weights[t], now)
                touch[t] *= (1.0 - now.laugh)[:, None]
        np.clip(weights, 0.0, 1.0, weights)
        weights[..., SMILE] = np.minimum(weights[..., SMILE], WIDEST)
        for t, p in zip(*np.nonzero(touch.any(-1))):
            lips, teeth = map(float, touch[t, p])
            weights[t, p] = settle(weights[t, p], Mouth(weights[t, p], 1.0, lips, teeth * (1.0 - lips)))
        weights[..., BLINK] = 1.0 - (1.0 - weights[..., BLINK]) * (1.0 - shut[..., None])
        weights[..., LOOK] = look_weights(gaze)
        out[..., 52:55], out[..., 55:57] = head, gaze
        return out


def _frame(at: int, motion: np.ndarray) -> MotionFrame:
    return MotionFrame(at, motion[:52].copy(), motion[52:55].copy(), motion[55:57].copy())


# The file


def load(path: Path) -> tuple[Config, dict[str, np.ndarray]]:
    """Weights as float32.

    Raises:
        ModelFileError: missing, damaged, or of another model.
    """
    from safetensors import SafetensorError, safe_open

    mend = "make one with `duologue corpus CORPUS` and `duologue train CORPUS -o FILE`"
    try:
        with safe_open(path, "np") as file:
            about = json.loads((file.metadata() or {}).get("duologue", "{}"))
            arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}
        told = about["config"]
        config = Config(**{f.name: tuple(v) if isinstance(v := told[f.name], list) else v for f in fields(Config)})
    except FileNotFoundError as error:
        raise ModelFileError(f"no weights of dual_stream in '{path}'; {mend}") from error
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelFileError(f"'{path}' holds no weights of dual_stream ({error}); {mend}") from error
    wanted = shapes(config)
    wrong = [n for n in {*wanted, *arrays} if n not in arrays or arrays[n].shape != wanted.get(n)]
    if wrong:
        raise ModelFileError(
            f"'{path}' is of another version: {len(wrong)} arrays differ, such as '{min(wrong)}'; {mend}"
        )
    return config, arrays


def save(path: Path, config: Config, arrays: Mapping[str, np.ndarray], about: Mapping[str, Any]) -> None:
    """Write weights as float16, in one step: whoever reads sees the old file or the new one."""
    from safetensors.numpy import save_file

    half = {name: np.ascontiguousarray(array, np.float16) for name, array in arrays.items()}
    part = path.with_name(path.name + ".part")
    save_file(half, part, {"duologue": json.dumps({"config": asdict(config), **about})})
    part.replace(path)
