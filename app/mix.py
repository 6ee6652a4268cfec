"""From the tracks of the participants to the two channels of a film.

One rule: where someone sits is where they are heard, a little: constant power, at most PAN to one side, so that a voice
never leaves the middle altogether and a mono player loses nothing.
"""

from __future__ import annotations

import numpy as np

PAN = 0.35  # -1 left .. 1 right; at 0.35 the nearer channel is 4.9 dB louder


def pan_gains(places: np.ndarray) -> np.ndarray:
    """Channel gains float32 [2, P] for places [P] in -1 (left) .. 1 (right); each participant's squares sum to 1."""
    angle = (1 + np.clip(places, -1, 1) * PAN) * np.pi / 4
    return np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)


def stereo(tracks: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Mix float32 [P, N] with gains [2, P] to [2, N]. Two voices at once stay below full scale by a soft knee at 0.8:
    y = 0.8 + 0.2 tanh((x - 0.8) / 0.2), which leaves everything below untouched and is smooth at the knee."""
    mixed = gains @ tracks
    loud = np.abs(mixed)
    if loud.max(initial=0.0) <= 0.8:
        return mixed
    return np.where(loud > 0.8, np.sign(mixed) * (0.8 + 0.2 * np.tanh((loud - 0.8) / 0.2)), mixed).astype(np.float32)
