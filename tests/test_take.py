import numpy as np
import pytest

from agents.tts.align import POWER_FRAME, Leads
from agents.tts.reading import Spoken
from agents.tts.take import EAGER, EAGER_AFTER_VOWEL, Take, eager, joined, power, speech
from dialogue.types import RATE

MS = RATE // 1000


def test_a_tape_played_quicker_is_shorter_in_sound_and_in_its_account():
    take = Take(np.zeros(24_000, np.float32), 24_000, np.full(40, 1.0)).played(1.25)
    assert len(take.samples) / take.rate == pytest.approx(0.8) == take.frames.sum() * 0.025


@pytest.mark.parametrize(
    "symbols, share", [("ə sˈi", EAGER_AFTER_VOWEL), ("s sˈi", EAGER), ("s ˈis", 0.0), ("ə ə", 0.0), ("ə, sˈi", 0.0)]
)
def test_a_space_sounds_as_the_consonant_after_it(symbols, share):
    frames = np.full(len(symbols) + 2, 4.0)
    out = eager(symbols, frames)
    space = symbols.index(" ") + 1
    assert out[space] == pytest.approx(4 * (1 - share)) and out[space + 1] == pytest.approx(4 * (1 + share))
    assert out.sum() == frames.sum()


def test_power_counts_every_sample():
    assert power(np.ones(POWER_FRAME + 300, np.float32)).tolist() == [1.0, 0.5]


def test_words_and_phones_lie_where_the_network_says_less_their_lead():
    part = [Spoken("a", "ɐ"), Spoken("🙂", ""), Spoken("bee", "bi")]
    assert joined(part) == "ɐ bi"
    tone = np.sin(np.arange(24_000 * 600 // 1000) / 5).astype(np.float32)
    said = speech(part, Take(tone, 24_000, np.array([0, 8, 0, 8, 8, 0.0])), Leads(10, {"b": 20}), 0.5)
    assert [(p.symbol, p.start, p.end) for p in said.phones] == [
        ("ɐ", 0, 180 * MS),
        ("b", 180 * MS, 390 * MS),
        ("i", 390 * MS, 600 * MS),
    ]
    assert [(w.text, w.start, w.end) for w in said.words] == [
        ("a", 0, 180 * MS),
        ("🙂", 180 * MS, 180 * MS),
        ("bee", 180 * MS, 600 * MS),
    ]
    assert len(said.samples) == 600 * MS and np.abs(said.samples).max() == pytest.approx(0.5, abs=0.02)
