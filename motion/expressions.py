"""What a feeling looks like, and how it makes way for speech.

One rule: an expression is a sum of REST and poses by intensity; the mouth part steps back while the mouth speaks, the
eyes and brows never do. The poses were tuned by eye on the avatars of this project; REST makes a relaxed friendly face
out of a base mesh that looks stern by nature.

Letters: P participants, E emotions.
"""

from __future__ import annotations

import numpy as np

from dialogue.types import Emotion, Feeling
from motion.frame import ARKIT, INDEX
from motion.visemes import shape

REST = shape(mouthSmile=0.20, mouthDimple=0.08, browInnerUp=0.08, cheekSquint=0.08, eyeWide=0.06)

# On top of REST, at intensity 1.
POSES: dict[Emotion, np.ndarray] = {
    Emotion.NEUTRAL: shape(),
    Emotion.HAPPY: shape(
        mouthSmile=0.52,
        cheekSquint=0.47,
        eyeSquint=0.28,
        mouthUpperUp=0.34,
        mouthLowerDown=0.28,
        mouthDimple=0.07,
        browOuterUp=0.18,
        browInnerUp=0.07,
        jawOpen=0.12,
        eyeWide=-0.06,
    ),
    Emotion.SAD: shape(
        browInnerUp=0.77,
        mouthShrugLower=0.25,
        mouthFrown=0.50,
        mouthSmile=-0.20,
        mouthDimple=-0.08,
        cheekSquint=-0.08,
        eyeSquint=0.15,
        browDown=0.10,
        eyeBlink=0.14,
        eyeWide=-0.06,
    ),
    Emotion.ANGRY: shape(
        browDown=1.0,
        eyeSquint=0.45,
        noseSneer=0.50,
        mouthPress=0.40,
        mouthFrown=0.40,
        mouthSmile=-0.20,
        mouthDimple=-0.08,
        browInnerUp=-0.08,
        mouthShrugLower=0.22,
        jawForward=0.20,
        cheekSquint=0.14,
    ),
    Emotion.SURPRISED: shape(
        browInnerUp=0.67,
        browOuterUp=0.75,
        eyeWide=0.49,
        jawOpen=0.30,
        mouthFunnel=0.16,
        mouthSmile=-0.14,
        mouthDimple=-0.08,
    ),
    Emotion.AFRAID: shape(
        browInnerUp=0.82,
        browOuterUp=0.30,
        browDown=0.16,
        eyeWide=0.60,
        mouthStretch=0.42,
        jawOpen=0.12,
        mouthSmile=-0.20,
        mouthDimple=-0.08,
        mouthLowerDown=0.14,
        mouthFrown=0.14,
    ),
    Emotion.DISGUSTED: shape(
        noseSneer=0.95,
        mouthUpperUp=0.42,
        browDown=0.62,
        eyeSquint=0.36,
        cheekSquint=0.26,
        mouthFrown=0.30,
        mouthShrugLower=0.20,
        mouthSmile=-0.20,
        mouthDimple=-0.08,
        browInnerUp=-0.08,
    ),
    Emotion.THOUGHTFUL: shape(
        browInnerUp=0.24,
        browDownLeft=0.45,
        browOuterUpRight=0.46,
        eyeSquint=0.26,
        mouthPress=0.28,
        mouthLeft=0.24,
        mouthSmile=-0.10,
        mouthShrugLower=0.16,
        mouthPucker=0.10,
    ),
}
EMOTIONS = tuple(Emotion)
_POSES = np.stack([POSES[e] for e in EMOTIONS])

# Head posture that goes with a feeling: pitch, yaw, roll in radians at intensity 1.
POSTURES = np.zeros((len(EMOTIONS), 3), np.float32)
POSTURES[EMOTIONS.index(Emotion.HAPPY)] = (0.020, 0.0, 0.025)
POSTURES[EMOTIONS.index(Emotion.SAD)] = (-0.085, 0.0, 0.035)
POSTURES[EMOTIONS.index(Emotion.ANGRY)] = (-0.050, 0.0, 0.0)
POSTURES[EMOTIONS.index(Emotion.SURPRISED)] = (0.045, 0.0, 0.0)
POSTURES[EMOTIONS.index(Emotion.AFRAID)] = (0.040, 0.02, 0.0)
POSTURES[EMOTIONS.index(Emotion.DISGUSTED)] = (0.035, 0.06, 0.02)
POSTURES[EMOTIONS.index(Emotion.THOUGHTFUL)] = (0.015, 0.02, 0.055)

# A listener's answer to what the other feels: which feelings it wakes, each with its share of the other's intensity.
# Anger is met with concern, not with anger; sadness with a softer sadness.
MIRROR = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.float32)  # [felt by the other, shown]
for _felt, _shown, _share in (
    (Emotion.HAPPY, Emotion.HAPPY, 0.42),
    (Emotion.SAD, Emotion.SAD, 0.45),
    (Emotion.ANGRY, Emotion.AFRAID, 0.16),
    (Emotion.ANGRY, Emotion.SAD, 0.20),
    (Emotion.SURPRISED, Emotion.SURPRISED, 0.35),
    (Emotion.AFRAID, Emotion.AFRAID, 0.22),
    (Emotion.AFRAID, Emotion.SAD, 0.20),
    (Emotion.DISGUSTED, Emotion.DISGUSTED, 0.28),
    (Emotion.THOUGHTFUL, Emotion.THOUGHTFUL, 0.30),
):
    MIRROR[EMOTIONS.index(_felt), EMOTIONS.index(_shown)] = _share

LAUGH = shape(
    mouthSmile=0.62,
    cheekSquint=0.62,
    eyeSquint=0.50,
    mouthUpperUp=0.40,
    mouthLowerDown=0.34,
    mouthDimple=0.10,
    browOuterUp=0.14,
    noseSneer=0.10,
    eyeWide=-0.06,
    jawOpen=0.07,
)

# How much of an expression's channel stays while the mouth speaks (1 = all). Smiles stay legible; what would open,
# push or twist the lips leaves, because there the viseme has to be read.
_WHILE_SPEAKING = np.ones(len(ARKIT), np.float32)
for _names, _share in (
    ("mouthSmile", 0.62),
    ("mouthDimple", 0.6),
    ("mouthFrown", 0.55),
    ("mouthUpperUp", 0.40),
    ("mouthLowerDown", 0.35),
    ("jawOpen", 0.10),
    ("mouthFunnel", 0.15),
    ("mouthPucker", 0.15),
    ("mouthShrugLower", 0.15),
    ("mouthShrugUpper", 0.15),
    ("mouthPress", 0.15),
    ("mouthStretch", 0.40),
    ("mouthLeft", 0.3),
    ("mouthRight", 0.3),
    ("jawForward", 0.3),
    ("noseSneer", 0.7),
):
    _WHILE_SPEAKING[shape(**{_names: 1.0}) > 0] = _share
# A listener's lips show feelings, but its jaw keeps out of it: an open, moving mouth would look like speech.
_WHILE_LISTENING = np.ones(len(ARKIT), np.float32)
_WHILE_LISTENING[[INDEX[n] for n in ("jawOpen", "mouthFunnel", "mouthPucker")]] = 0.6


SMILE = [INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]]
WIDEST = 0.84  # smile: past it the corners of the mouth become wedges


# How far a feeling that lasts falls from its first height, and how much of its own a listener keeps. Nobody stays
# astonished: surprise is over in two seconds, while joy and grief stay on a face.
SETTLES = np.array(
    [{Emotion.SURPRISED: 0.60, Emotion.AFRAID: 0.30, Emotion.HAPPY: 0.30}.get(e, 0.18) for e in EMOTIONS], np.float32
)
_KEPT = np.array(
    [{Emotion.SURPRISED: 0.30, Emotion.DISGUSTED: 0.5, Emotion.ANGRY: 0.6}.get(e, 0.75) for e in EMOTIONS], np.float32
)


def activation(feeling: Feeling) -> np.ndarray:
    """float32 [E]: the feeling's intensity in its own place."""
    out = np.zeros(len(EMOTIONS), np.float32)
    out[EMOTIONS.index(feeling.emotion)] = feeling.intensity
    return out


def aims(feelings: np.ndarray, heard: np.ndarray, speaking: np.ndarray) -> np.ndarray:
    """What each face should show.

    Args:
        feelings: [P, E] what each feels.
        heard: [P, E] what the others around each feel, as it has reached that listener by now.
        speaking: [P] 0..1. A speaker shows its own feeling; a listener a part of it, and mirrors.
    Returns:
        [P, E], summing to 1 at most in each row.
    """
    listening = (1.0 - speaking)[:, None]
    shown = feelings * (1.0 - (1.0 - _KEPT) * listening) + listening * (heard @ MIRROR)
    return shown / np.maximum(shown.sum(1, keepdims=True), 1.0)


def express(shown: np.ndarray, speech: np.ndarray, extra: np.ndarray) -> np.ndarray:
    """Faces for feelings.

    Args:
        shown: [P, E] how strongly each feeling shows at this moment.
        speech: [P] 0..1, how much each mouth speaks.
        extra: [P, 52] passing expressions (smiles, raised brows, laughter) on top.
    Returns:
        [P, 52], may leave 0..1 by a little; the caller clips when all is summed.
    """
    faces = REST + shown @ _POSES
    faces *= 1.0 - (1.0 - _WHILE_LISTENING) * (1.0 - speech)[:, None]
    # Two smiles are not twice a smile: the second takes what the first left.
    faces += extra * (1.0 - 0.8 * np.clip(faces, 0.0, 1.0))
    faces[:, SMILE] = np.minimum(faces[:, SMILE], WIDEST)
    return faces * (1.0 - (1.0 - _WHILE_SPEAKING) * speech[:, None])


def over(faces: np.ndarray, extra: np.ndarray, speech: np.ndarray) -> np.ndarray:
    """Passing expressions on top of finished faces.

    Args:
        faces: [P, 52] in 0..1, which already make way for speech. extra: [P, 52].
        speech: [P] 0..1, how much each mouth speaks.
    Returns:
        [P, 52], may leave 0..1 by a little.
    """
    return faces + extra * (1.0 - (1.0 - _WHILE_SPEAKING) * speech[:, None]) * (1.0 - 0.8 * faces)


def join(face: np.ndarray, mouth: np.ndarray) -> np.ndarray:
    """Expression and viseme weights in one: each takes what the other left of a channel, so that nothing passes 1."""
    face, mouth = np.clip(face, 0.0, 1.0), np.clip(mouth, 0.0, 1.0)
    return face + mouth - face * mouth
