"""The performer that needs no weights: it speaks with the phones, and listens with eyes, nods, smiles and blinks.

One rule: everything it does follows from the hops so far and the seed. Decisions (an accent, a pause of the other, a
cue) are taken when a hop arrives, LOOKAHEAD hops before it is shown, so a movement can begin before the sound it
belongs to.

Sources are named in the parts: motion/visemes.py, expressions.py, gestures.py, gaze.py, blink.py, prosody.py,
listening.py.

Letters: P participants, E emotions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dialogue.types import RATE, Hop, Role
from motion import expressions
from motion.acting import Style
from motion.blink import Lids, blink, closure
from motion.chance import Drift, drift
from motion.expressions import EMOTIONS, POSTURES
from motion.frame import ARKIT, FPS, HOP, INDEX, LOOK, MotionFrame, look_weights
from motion.gaze import HEAD_SHARE, LARGE, Gaze, Scene, in_head, look
from motion.gestures import Gesture, from_cue, perform
from motion.listening import Coupling, Ear, Listener, couple, respond
from motion.prosody import Heard, Voice, hear, learn
from motion.speaking import Laugh, accents, laugh_face, laughing, unphonetic
from motion.visemes import REACH, STILL, Mouth, Segment, articulate, segments, settle

LOOKAHEAD = 11  # hops, 440 ms: a turn's edge is felt 200-400 ms ahead, lips prepare 200 ms ahead, gaze 200 ms
PAST = 20  # hops kept behind the shown one, 800 ms: what was heard that long ago still moves a listener
MIRROR_HOPS = 15  # a feeling reaches the other's face 600 ms later
TAU = 2.0 * np.pi


@dataclass(frozen=True)
class Moment:
    """One hop as remembered."""

    heard: Heard
    speaking: tuple[bool, ...]
    roles: tuple[Role, ...]
    feelings: np.ndarray  # [P, E]
    told: tuple[str, ...]  # gaze cue or blink cue of each
    effort: tuple[float, ...]  # loudness relative to the voice's own, 0..1.15
    sounding: tuple[bool, ...]


@dataclass(frozen=True)
class Actor:
    """What one participant carries from frame to frame."""

    voice: Voice = Voice()
    ear: Ear = Ear()
    speech: tuple[Segment, ...] = ()
    gestures: tuple[Gesture, ...] = ()
    laughs: tuple[Laugh, ...] = ()
    gaze: Gaze = Gaze()
    lids: Lids = Lids()
    coupling: Coupling = Coupling()
    last_accent: int = -RATE
    nodded: int = 0  # where the last nod ended
    spoke: int = 0  # hops of speech since the own turn began


@dataclass(frozen=True)
class Body:
    """What all participants carry in common arrays."""

    shown: np.ndarray  # [P, E] feelings as they show
    pace: np.ndarray  # [P, E] how fast they change, per second
    used: np.ndarray  # [P, E] what the face has got used to showing
    speaking: np.ndarray  # [P] 0..1, soft
    turned: np.ndarray  # [P, 2] what the head does for the gaze, radians
    turning: np.ndarray  # [P, 2] radians a second
    heads: tuple[np.ndarray, ...]  # [P, 3] of the last frames, the newest last


@dataclass(frozen=True)
class State:
    """Everything the performer knows; replaced, never changed."""

    seed: int
    arrived: int  # hops so far
    start: int | None  # of the first hop
    moments: tuple[Moment, ...]
    actors: tuple[Actor, ...]
    body: Body
    sway: Drift  # [P, 3] head
    face: Drift  # [P, 8] small living movements


class Model:
    """Motion without weights, for any number of participants.

    Args:
        styles: of the participants in order; who has none is ordinary.
    """

    lookahead = LOOKAHEAD

    def __init__(self, styles: Sequence[Style] = ()) -> None:
        self.styles = tuple(styles)

    def init_state(self, participants: int, seed: int) -> State:
        """The state before the first hop.

        Raises:
            ValueError: there are no participants.
        """
        if participants < 1:
            raise ValueError(f"{participants} participants; expected at least 1")
        rng = np.random.default_rng(seed)
        feelings = np.zeros((participants, len(EMOTIONS)), np.float32)
        two = np.zeros((participants, 2))
        body = Body(feelings, feelings, feelings, np.zeros(participants), two, two, ())
        actors = (Actor(),) * participants
        sway, face = drift(rng, (participants, 3), 0.06, 1.6, slope=1.6), drift(rng, (participants, 8), 0.05, 1.2)
        return State(seed, 0, None, (), actors, body, sway, face)

    def step(self, hop: Hop, state: State) -> tuple[tuple[MotionFrame, ...], State]:
        """Advance one hop; see motion.models.MotionModel."""
        participants = len(state.actors)
        if hop.audio.shape != (participants, HOP):
            raise ValueError(f"hop audio has shape {hop.audio.shape}; expected ({participants}, {HOP})")
        start = hop.start if state.start is None else state.start
        if hop.start != start + state.arrived * HOP:
            raise ValueError(
                f"hop starts at {hop.start}; expected {start + state.arrived * HOP}, the end of the one before"
            )
        styles = (*self.styles, *[Style()] * participants)[:participants]
        actors, moment = _arrive(hop, state, styles)
        moments = (*state.moments, moment)[-(PAST + LOOKAHEAD + 1) :]
        state = replace(state, start=start, arrived=state.arrived + 1, moments=moments, actors=actors)
        if state.arrived <= LOOKAHEAD:
            return (), state
        return _show(state, styles)


def _arrive(hop: Hop, state: State, styles: Sequence[Style]) -> tuple[tuple[Actor, ...], Moment]:
    """Take in a hop: learn the voices, schedule what it gives rise to."""
    heard = hear(hop.audio)
    level = heard.level_db.max(1)
    speaking = tuple(role is Role.SPEAKING for role in hop.roles)
    sounding = tuple(a.voice.sounds(x) for a, x in zip(state.actors, level))
    actors, ends = [], []
    for p, actor in enumerate(state.actors):
        key = (state.seed, p)
        voice = learn(actor.voice, level[p], heard.pitch_hz[p]) if speaking[p] or not sounding[p] else actor.voice
        speech = (*actor.speech, *(s for phone in hop.phones[p] for s in segments(phone)))
        laughs, gestures = laughing(actor.laughs, hop, p, sounding[p])
        gestures += tuple(g for cue in hop.cues[p] for g in from_cue(cue.name, cue.at, (*key, cue.at)))
        ear, ended = actor.ear.hear(sounding[p] and speaking[p], heard.pitch_hz[p], voice)
        ends.append(ended)
        beats, last = accents(hop, p, voice, heard, actor.last_accent, key)
        if any(hop.start < laugh.end for laugh in laughs):  # bursts are no accents
            beats, last = (), actor.last_accent
        actors.append(
            replace(
                actor,
                voice=voice,
                ear=ear,
                speech=speech,
                laughs=laughs,
                gestures=actor.gestures + gestures + beats,
                last_accent=last,
                spoke=actor.spoke + 1 if speaking[p] else 0,
            )
        )
    effort = tuple(a.voice.effort(x) for a, x in zip(actors, level))
    feelings = np.stack([expressions.activation(f) for f in hop.feelings])
    told = tuple(
        next((c.name for c in cues if c.name.startswith("look-") or c.name == "blink"), "") for cues in hop.cues
    )
    moment = Moment(heard, speaking, hop.roles, feelings, told, effort, sounding)
    for p, actor in enumerate(actors):
        spoke = 0 if speaking[p] else state.actors[p].spoke
        new = respond(hop, p, Listener(actor.gestures, actor.nodded, spoke, styles[p].nods), ends, (state.seed, p))
        nodded = max((g.end for g in actor.gestures + new if g.kind in ("nod", "shake")), default=actor.nodded)
        actors[p] = replace(actor, gestures=actor.gestures + new, nodded=nodded)
    return tuple(actors), moment


def _show(state: State, styles: Sequence[Style]) -> tuple[tuple[MotionFrame, ...], State]:
    """Make the frames of the hop LOOKAHEAD ago."""
    shown = state.arrived - 1 - LOOKAHEAD
    at = state.start + shown * HOP
    here = len(state.moments) - 1 - LOOKAHEAD
    now, ahead = state.moments[here], state.moments[here:]
    participants = len(state.actors)
    time_s = at / RATE

    voices = np.array(
        [max(m.speaking[p] for m in state.moments[max(here - 1, 0) : here + 4]) for p in range(participants)], float
    )
    speaking = state.body.speaking + (voices - state.body.speaking) * 0.16  # settles in a quarter of a second
    feelings, pace, used = _feel(state, here, speaking)

    mouths, extras, nods = [], np.zeros((participants, len(ARKIT)), np.float32), np.zeros((participants, 3))
    lively = state.face.at(time_s)
    for p, actor in enumerate(state.actors):
        mouth = articulate(actor.speech, at)
        if mouth is STILL and now.speaking[p] and not actor.laughs:
            mouth = _by_ear(state.moments, here, p)
        extras[p], nods[p] = perform(actor.gestures, at)
        if actor.laughs:
            strongest = max(actor.laughs, key=lambda laugh: laugh.strength(at))
            effort = 0.5 * (state.moments[here - 1].effort[p] + now.effort[p])
            face, head = laugh_face(strongest, at, effort)
            extras[p] += face
            nods[p] += head
            fun = max(laugh.sounding(at) for laugh in actor.laughs)
            mouth = mouth._replace(
                weights=mouth.weights * np.float32(1.0 - 0.7 * fun), activity=mouth.activity * (1.0 - fun)
            )
        mouths.append(mouth)
    speech = np.array([m.activity for m in mouths])
    size = np.array([[s.face] for s in styles], np.float32)
    faces = expressions.express(size * feelings * (1.0 + 0.10 * lively[:, :1]), speech, size * extras)
    _live(faces, lively, time_s)

    gazes, lids = _look(state, shown, now, ahead, feelings, styles)
    aims = np.array([g.aim for g in gazes])
    turned, turning = _turn(state.body, aims)
    heads = _heads(state, time_s, speaking, feelings) + nods
    heads[:, :2] += turned
    pairs = [couple(a.coupling, state.body.heads, p) for p, a in enumerate(state.actors)]
    heads += np.stack([lean for _, lean in pairs]) * (1.0 - speaking)[:, None]
    heads *= np.array([[s.head] for s in styles])
    eyes = in_head(np.array([g.eye for g in gazes]), heads)

    frames = []
    for p, mouth in enumerate(mouths):
        said = _open(mouth, state, here, p) * np.float32(styles[p].mouth)
        weights = settle(expressions.join(faces[p], said), mouth)
        _lids(weights, closure(lids[p], shown), eyes[p])
        frames.append(
            MotionFrame(
                at, weights.clip(0.0, 1.0).astype(np.float32), heads[p].astype(np.float32), eyes[p].astype(np.float32)
            )
        )
    body = Body(feelings, pace, used, speaking, turned, turning, (*state.body.heads, heads)[-20:])
    actors = tuple(
        replace(
            a,
            gaze=g,
            lids=lid,
            coupling=c,
            speech=tuple(s for s in a.speech if s.end > at - REACH),
            gestures=tuple(x for x in a.gestures if x.end > at),
            laughs=tuple(x for x in a.laughs if not x.over(at)),
        )
        for a, g, lid, (c, _) in zip(state.actors, gazes, lids, pairs)
    )
    return tuple(frames), replace(state, actors=actors, body=body)


def _by_ear(moments: tuple[Moment, ...], here: int, p: int) -> Mouth:
    """The mouth of someone who speaks without phones. Sound with no voice in it for a third of a second is noise."""
    if not any(m.heard.pitch_hz[p] > 0.0 for m in moments[max(here - 4, 0) : here + 5]):
        return STILL
    near = moments[max(here - 2, 0) : here + 3]
    return unphonetic([m.effort[p] for m in near], [m.heard.colour[p] for m in near], [m.sounding[p] for m in near])


def _feel(state: State, here: int, speaking: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Feelings as they show [P, E], their pace, and what the face is used to. Critically damped, 63 % there after a
    third of a second; settling takes two."""
    felt = state.moments[min(here + 4, len(state.moments) - 1)].feelings  # a face is ready a little before the voice is
    past = state.moments[max(here - MIRROR_HOPS, 0)]
    around = np.stack(
        [
            max(
                (past.feelings[q] for q in range(len(felt)) if q != p and past.speaking[q]),
                key=lambda f: float(f.sum()),
                default=felt[p] * 0,
            )
            for p in range(len(felt))
        ]
    )
    goal = expressions.aims(felt, around, speaking)
    used = state.body.used + (goal - state.body.used) / (2.0 * FPS)
    goal = goal * (1.0 - expressions.SETTLES * np.minimum(used / np.maximum(goal, 1e-6), 1.0))
    shown, pace, stiff, dt = state.body.shown, state.body.pace, 6.5, 1.0 / FPS
    pace = pace + dt * (stiff * stiff * (goal - shown) - 2.0 * stiff * pace)
    return shown + dt * pace, pace, used


def _live(faces: np.ndarray, lively: np.ndarray, time_s: float) -> None:
    """Small movements that never stop, in place. None of them opens, closes or rounds the lips."""
    for names, column, size in _LIVING:
        faces[:, names] += (size * lively[:, column])[:, None].astype(np.float32)
    faces[:, _NOSTRILS] += np.float32(0.02 + 0.02 * np.sin(TAU * 0.26 * time_s))  # breath


def _part(*names: str) -> list[int]:
    return [INDEX[n] for n in names]


_NOSTRILS = _part("noseSneerLeft", "noseSneerRight")
_LIVING = (
    (_part("browInnerUp"), 1, 0.035),
    (_part("browOuterUpLeft", "browOuterUpRight"), 2, 0.03),
    (_part("browOuterUpLeft"), 3, 0.02),
    (_part("browDownLeft", "browDownRight"), 4, 0.02),
    (_part("eyeSquintLeft", "eyeSquintRight"), 5, 0.03),
    (_part("cheekSquintLeft", "cheekSquintRight"), 6, 0.02),
    (_part("mouthSmileLeft"), 6, 0.022),
    (_part("mouthSmileRight"), 7, 0.022),
)


def _look(
    state: State,
    frame: int,
    now: Moment,
    ahead: tuple[Moment, ...],
    feelings: np.ndarray,
    styles: Sequence[Style],
) -> tuple[list[Gaze], list[Lids]]:
    """Gaze and lids of all for one frame; everyone sees where the others looked a frame ago."""
    gazes, lids = [], []
    for p, actor in enumerate(state.actors):
        others = [q for q in range(len(state.actors)) if q != p]
        starts = next((i for i, m in enumerate(ahead) if m.speaking[p]), None) if not now.speaking[p] else None
        ends = next((i for i, m in enumerate(ahead) if not m.speaking[p]), None) if now.speaking[p] else None
        scene = Scene(
            role=now.roles[p],
            starts_in=starts,
            ends_in=ends,
            watched=any(not state.actors[q].gaze.away for q in others),
            partner_away=any(now.speaking[q] and state.actors[q].gaze.away for q in others),
            emotion=EMOTIONS[int(feelings[p].argmax())] if feelings[p].max() > 0.25 else EMOTIONS[0],
            camera=-1
            if p % 2 == 0
            else 1,  # seats alternate from the left: who sits left has the audience to its right
            told=now.told[p],
            restless=styles[p].away,
        )
        gaze = look(actor.gaze, frame, scene, (state.seed, p))
        urge = 0.20 if gaze.shift > LARGE else 0.0
        urge = max(
            urge, 0.35 if ends == 1 else 0.0, 0.2 if starts == 4 else 0.0, 1.0 if now.told[p] == "blink" else 0.0
        )
        gazes.append(gaze)
        speaking = float(state.body.speaking[p])
        lids.append(blink(actor.lids, frame, speaking, urge, (state.seed, p), styles[p].blinks))
    return gazes, lids


def _turn(body: Body, aims: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The head's part of a gaze shift: a spring that arrives about 350 ms after the eyes."""
    stiff, dt = 8.5, 1.0 / FPS
    goal = np.where(np.abs(aims) > 0.06, HEAD_SHARE * aims, 0.0)
    turning = body.turning + dt * (stiff * stiff * (goal - body.turned) - 2.0 * stiff * body.turning)
    return body.turned + dt * turning, turning


def _heads(state: State, time_s: float, speaking: np.ndarray, feelings: np.ndarray) -> np.ndarray:
    """[P, 3]: sway, breath and posture. A speaker sways twice as far as a listener."""
    sway = state.sway.at(time_s) * np.array([0.021, 0.026, 0.021]) * (0.5 + 0.6 * speaking)[:, None]
    breath = 0.0035 * np.sin(TAU * 0.26 * time_s + np.arange(len(speaking)) * 2.1)
    sway[:, 0] += breath
    return sway + feelings @ POSTURES


def _open(mouth: Mouth, state: State, here: int, p: int) -> np.ndarray:
    """The mouth's weights with the jaw as wide as the voice is loud."""
    if mouth is STILL:
        return mouth.weights
    near = state.moments[max(here - 1, 0) : here + 1]  # the frame's time is where these two hops meet
    effort = sum(m.effort[p] for m in near) / len(near)
    out = mouth.weights.copy()
    out[_JAW] *= 0.10 + 1.0 * effort
    out[_PARTING] *= 0.65 + 0.38 * effort
    return out


_JAW = INDEX["jawOpen"]
_PARTING = _part("mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft", "mouthUpperUpRight")
_BLINK = _part("eyeBlinkLeft", "eyeBlinkRight")
_WIDE, _SQUINT = _part("eyeWideLeft", "eyeWideRight"), _part("eyeSquintLeft", "eyeSquintRight")


def _lids(weights: np.ndarray, shut: float, gaze: np.ndarray) -> None:
    """Lids for a blink and for where the eyes look, in place: looking down lowers them, a blink ends all widening."""
    low, high = max(float(-gaze[0]), 0.0), max(float(gaze[0]), 0.0)
    weights[_BLINK] = 1.0 - (1.0 - weights[_BLINK]) * (1.0 - min(0.5 * low, 0.2)) * (1.0 - shut)
    weights[_WIDE] = (weights[_WIDE] + 0.5 * high) * (1.0 - weights[_BLINK])
    weights[_SQUINT] *= 1.0 - 0.6 * weights[_BLINK]
    weights[LOOK] = look_weights(gaze)
