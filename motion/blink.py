"""When a face blinks, and the shape of a blink.

One rule: blinking is a chance per frame, lower bound by a refractory time, raised by events: the edges of turns and
large gaze shifts. Rates: Bentivoglio et al. 1997, 17 a minute at rest, 26 in conversation; shape: closing about 80 ms,
opening about twice as long.
"""

from __future__ import annotations

from typing import NamedTuple

from motion.chance import Draw, uniform
from motion.frame import FPS

CLOSURE = (0.52, 1.0, 0.74, 0.38, 0.14, 0.03)  # at frames 0..5: shut 80 ms after the start, open 160 ms later
HELD = (0.52, 1.0, 1.0, 0.80, 0.46, 0.20, 0.05)  # one blink in eight stays shut for a frame
REFRACTORY = round(0.6 * FPS)  # frames between starts
# Chances per minute outside events. Events add 3-6 a minute, the refractory time takes about as much as 0.6 s of each
# minute's chances: both sums were measured over ten minutes to land on 17 and 26.
RATE_LISTENING, RATE_SPEAKING = 9.0, 24.0


class Lids(NamedTuple):
    """When the running or last blink began (frame number) and how it goes."""

    since: int = -1000
    curve: tuple[float, ...] = CLOSURE
    again: bool = False  # a double blink follows


def blink(lids: Lids, frame: int, speaking: float, urge: float, key: tuple[int, int], often: float = 1.0) -> Lids:
    """Advance one frame.

    Args:
        speaking: 0..1, where the rate stands between rest and talk.
        urge: 0..1, chance that an event of this frame (a turn's edge, a gaze shift) brings a blink; 1 forces one.
        key: seed and participant. often: how much more than the ordinary.
    """
    # A double blink and a forced one only wait until the lids are up again.
    if frame - lids.since < (len(lids.curve) if lids.again or urge >= 1.0 else REFRACTORY):
        return lids
    rate = often * (RATE_LISTENING + (RATE_SPEAKING - RATE_LISTENING) * speaking)
    chance = 1.0 if lids.again else 1.0 - (1.0 - rate / 60.0 / FPS) * (1.0 - urge)
    if uniform(*key, Draw.BLINK, frame) >= chance:
        return lids
    kind = uniform(*key, Draw.BLINK_KIND, frame)
    return Lids(frame, HELD if kind < 0.125 else CLOSURE, again=kind > 0.95 and not lids.again)


def closure(lids: Lids, frame: int) -> float:
    """How far the lids are down because of the blink, 0..1."""
    age = frame - lids.since
    return lids.curve[age] if 0 <= age < len(lids.curve) else 0.0
