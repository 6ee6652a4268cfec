"""The alphabet of all our voices: whoever moves the lips knows every one of its sounds."""

import gzip
import json
from pathlib import Path

import pytest

from agents.tts.align import MARKS as ALIGNED_MARKS
from agents.tts.align import SILENT
from agents.tts.misaki import ALPHABET, CONSONANTS, MARKS, PUNCTUATION, VOWELS, Reader, numbers
from motion.corpus import PHONE_INDEX
from motion.visemes import PHONES as MOUTHS


def test_every_phone_has_a_number_for_learning_and_a_mouth():
    for symbol in CONSONANTS | VOWELS:
        assert PHONE_INDEX[symbol] and MOUTHS[symbol], symbol


def test_what_is_no_phone_is_silent_or_a_mark_to_the_aligner():
    assert PUNCTUATION <= SILENT and MARKS == set(ALIGNED_MARKS)
    assert not (CONSONANTS | VOWELS) & (SILENT | MARKS)


@pytest.mark.slow
def test_the_lexicons_say_nothing_beyond_the_alphabet():
    from hibari.g2p import ASSETS

    spoken = set()
    for name in ("gold", "silver"):
        for said in json.loads(gzip.open(Path(ASSETS) / f"lexicon_us_{name}.json.gz").read()).values():
            spoken |= set("".join(filter(None, [said] if isinstance(said, str) else said.values())))
    assert spoken - set("ɾʔ") <= ALPHABET  # the G2P itself turns these two into T and t


def test_every_symbol_has_a_number():
    assert ALPHABET <= numbers().keys()


@pytest.mark.slow
def test_an_unknown_word_is_said_within_the_alphabet():
    said = Reader().words("Zxqvyl naïve überkrøll Łódź 3rd—“so” (it) goes…")
    assert set("".join(said)) <= ALPHABET and all(said)
