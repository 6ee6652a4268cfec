"""How loud each speaker is: one gain per speaker, so that all are equally easy to hear and nobody's whisper is lost.

One rule: a speaker's lines keep their proportions (a shout stays louder than a murmur), and no sample passes CEILING.

Loudness is gated as ITU-R BS.1770-4 asks, over all of a speaker's utterances together, each between silences as it
stands in the speaker's wav: that file measures TARGET_LUFS. Blocks come from pyloudnorm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from dialogue.timeline import Timeline, Track
from dialogue.types import RATE

TARGET_LUFS = -16.0  # what podcasts and web video use for speech
CEILING = 10 ** (-1.5 / 20)  # sample peak; what lies between samples of speech passes it by less than 0.5 dB: -1 dBTP
MOST_DB = 40.0  # silence is not turned into noise
BLOCK = RATE * 2 // 5  # 400 ms
EDGE = (
    BLOCK * 3 // 4
)  # blocks overlap by three quarters: so much silence on both sides meets every one that hears the line
CHUNK = RATE * 30  # pyloudnorm copies to float64: 12 MB at a time
ROUNDS = 3  # of limiting; each leaves about half of what the one before left, and a mere click never gets there
HOLD = RATE // 200  # 5 ms: how long before a peak the limiter begins to duck


def loudness(tracks: Iterable[np.ndarray]) -> float | None:
    """Integrated loudness in LUFS of all tracks together (float32 [N] each); None if all is silence."""
    power = np.concatenate([np.zeros(0), *map(_block_powers, tracks)])
    power = power[power > 10 ** ((-70.0 + 0.691) / 10)]
    if not len(power):
        return None
    power = power[power > power.mean() * 0.1]  # the relative gate: 10 dB under the mean
    return float(-0.691 + 10 * np.log10(power.mean()))


def _block_powers(track: np.ndarray) -> np.ndarray:
    """K-weighted power of 400 ms blocks, three quarters overlapping, of a track between two silences."""
    import pyloudnorm

    chunks = [track[at : at + CHUNK] for at in range(0, len(track), CHUNK)]
    powers = []
    for i, chunk in enumerate(chunks):
        silence = EDGE * (i == 0), max(EDGE * (i == len(chunks) - 1), BLOCK - len(chunk))
        meter = pyloudnorm.Meter(RATE)
        meter.integrated_loudness(np.pad(chunk.astype(np.float64), silence))
        powers.append(10 ** ((np.array(meter.blockwise_loudness) + 0.691) / 10))
    return np.concatenate(powers) if powers else np.zeros(0)


def limited(track: np.ndarray, gain: float = 1.0) -> np.ndarray:
    """The track times gain, its peaks ducked under CEILING, smoothly within HOLD before and after a peak."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    out = track * np.float32(gain)
    margin = 2 * HOLD
    for at in range(0, len(out), CHUNK):
        start, end = max(at - margin, 0), min(at + CHUNK, len(out))
        loud = np.abs(track[start : end + margin]) * np.float32(gain)
        if loud.max(initial=0.0) > CEILING:
            need = np.minimum(1.0, CEILING / np.maximum(loud, 1e-9))
            # The mean over a window of minima over the same window never lies above the need at its centre.
            duck = uniform_filter1d(minimum_filter1d(need, 2 * HOLD + 1), 2 * HOLD + 1)
            out[at:end] *= duck[at - start : end - start]
    return np.clip(out, -CEILING, CEILING, out=out)


def normalised(tracks: Sequence[np.ndarray]) -> list[np.ndarray]:
    """All of one speaker's tracks at TARGET_LUFS together, by one gain, then limited."""
    now = loudness(tracks)
    if now is None:
        return list(tracks)
    most = 10 ** (MOST_DB / 20)
    gain = min(10 ** ((TARGET_LUFS - now) / 20), most)
    out = [limited(track, gain) for track in tracks]
    for _ in range(ROUNDS):  # the limiter takes a little away: give it back
        missing_db = TARGET_LUFS - (loudness(out) or TARGET_LUFS)
        if missing_db < 0.05 or gain >= most:
            break
        gain *= 10 ** (min(missing_db, 1.0) / 20)
        out = []  # a long line is held twice, not three times
        out = [limited(track, gain) for track in tracks]
    return out


def level(timeline: Timeline) -> Timeline:
    """The same conversation with every speaker at TARGET_LUFS, measured on what is heard: a line that is cut off counts
    as far as it got."""
    tracks = []
    for track in timeline.tracks:
        louder = Track()
        for chunk, samples in zip(track.chunks, normalised([chunk.samples for chunk in track.chunks]), strict=True):
            louder.put(samples, chunk.start)
        tracks.append(louder)
    return replace(timeline, tracks=tuple(tracks))
