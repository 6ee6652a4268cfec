"""An echo is taken away, and the voice beside it stays."""

import numpy as np
import pytest
from spoken import said

from app.echo import BLOCK, Canceller
from dialogue.types import RATE


def level_db(sound):
    return 10.0 * np.log10(float((sound**2).mean()) + 1e-12)


def cleaned(heard, played):
    canceller = Canceller()
    blocks = range(0, len(heard) - BLOCK + 1, BLOCK)
    return np.concatenate([canceller.clean(heard[i : i + BLOCK], played[i : i + BLOCK]) for i in blocks])


@pytest.fixture(scope="module")
def room():
    """What is played, its echo 30 ms later in a small room, and a voice."""
    far = said(
        "The weather was fine, and we walked along the river for hours. Then it rained. We ran home and made tea.",
    )
    near = said("Excuse me, could you stop?", "walter")
    rng = np.random.default_rng(0)
    answer = np.zeros(RATE // 5)
    late = round(0.03 * RATE)
    answer[late] = 0.5
    tail = np.arange(len(answer) - late)
    answer[late:] += 0.05 * rng.standard_normal(len(tail)) * np.exp(-tail / (0.03 * RATE))
    return far, np.convolve(far, answer)[: len(far)].astype(np.float32), near


def test_an_echo_is_at_least_12_db_softer(room):
    far, echo, _ = room
    after = cleaned(echo, far)
    assert level_db(after[RATE:]) < level_db(echo[RATE : len(after)]) - 12.0


def test_a_voice_over_an_echo_loses_at_most_6_db(room):
    far, echo, near = room
    at = round(3.8 * RATE)  # by then the module knows the room
    heard = echo.copy()
    heard[at : at + len(near)] += near[: len(heard) - at]
    after = cleaned(heard, far)[at : at + len(near)]
    assert level_db(after) > level_db(near[: len(after)]) - 6.0


def test_only_blocks_of_10_ms_are_taken():
    with pytest.raises(ValueError, match=r"expected \(480,\)"):
        Canceller().clean(np.zeros(100, np.float32), np.zeros(480, np.float32))
