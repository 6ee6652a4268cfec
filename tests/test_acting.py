"""Blocks of movement become one movement, whatever the net draws."""

import numpy as np

from motion.acting import BLOCK, ease


def moved(drawn: np.ndarray) -> np.ndarray:
    """Blocks [K, BLOCK, C] one after the other, from rest."""
    shown, out = np.zeros((2, drawn.shape[-1]), np.float32), []
    for block in drawn:
        out.append(ease(shown, block))
        shown = out[-1][-2:]
    return np.concatenate(out)


def test_a_movement_that_goes_on_is_left_as_it_is():
    line = np.arange(-1, BLOCK + 1, dtype=np.float32)[:, None] * [[0.5, -2.0]]
    assert np.allclose(ease(line[:2], line[2:]), line[2:], atol=1e-4)


def test_noise_is_calmed_and_a_slow_movement_is_neither_smaller_nor_later():
    rng, t = np.random.default_rng(1), np.arange(400) / 25
    slow = np.sin(2.0 * np.pi * 0.8 * t)[:, None]
    noise = 0.3 * rng.normal(size=(400, 1))
    out = moved((slow + noise).astype(np.float32).reshape(-1, BLOCK, 1))
    bends = [np.abs(np.diff(x, 2, axis=0)).mean() for x in (out, slow + noise)]
    assert bends[0] < 0.15 * bends[1]
    shift = [float((out[2:-2, 0] * np.roll(slow[:, 0], k)[2:-2]).sum()) for k in (-2, -1, 0, 1, 2)]
    assert int(np.argmax(shift)) == 2 and 0.9 < out[50:].std() / slow.std() < 1.15


def test_where_blocks_meet_nothing_jumps():
    rng = np.random.default_rng(2)
    out = moved(rng.normal(size=(200, BLOCK, 3)).astype(np.float32))
    steps = np.abs(np.diff(out, axis=0)).mean(1)
    assert steps[BLOCK - 1 :: BLOCK].mean() < 1.5 * steps.mean()
