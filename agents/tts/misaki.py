"""How English is read aloud: text to misaki's symbols, the alphabet of all our voices.

One rule: only symbols of the alphabet come out; what a lexicon says beyond it is left unsaid.

Source: the G2P of hibari-tts 0.2.1 (a port of misaki, Apache-2.0). The numbers of its symbols are Kokoro's own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from agents.tts.reading import Spoken, phones_of

CONSONANTS = frozenset("pbtdkɡTʧʤfvθðszʃʒhmnŋlɹwj")
VOWELS = frozenset("iɪAɛæɑɔOʊuʌəɜIWYᵊᵻɐa")
MARKS = frozenset("ˈˌ")
PUNCTUATION = frozenset(' ;:,.!?—…"()“”')
ALPHABET = CONSONANTS | VOWELS | MARKS | PUNCTUATION
AS = {"y": "u"}  # what the net for unknown words may say and no American does
SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]]*$")


def numbers() -> dict[str, int]:
    """Symbol -> number, as hibari and Kokoro count them; 0 is a pad."""
    from hibari.g2p import ASSETS

    return json.loads((Path(ASSETS) / "vocab.json").read_text("utf-8"))


class Reader:
    """Text normaliser and G2P, limited to ALPHABET."""

    def __init__(self) -> None:
        from hibari.g2p import G2P
        from hibari.g2p.normalize import TITLES, normalize

        self.normalize = normalize
        self._titles = TITLES
        self._g2p = G2P()
        self._ids = numbers()

    def words(self, text: str) -> list[str]:
        """What is said for each whitespace-separated word of a normalised text."""
        said = [""]
        for token in self._g2p.phonemize_tokens(self._g2p.tokenize(text)):
            said[-1] += "".join(filter(ALPHABET.__contains__, (AS.get(c, c) for c in token.phonemes or "")))
            if token.whitespace:
                said.append("")
        return said

    def spoken(self, words: list[str]) -> list[Spoken]:
        """How each word of one clause is said."""
        return phones_of(words, self)

    def ids(self, symbols: str) -> list[int]:
        """The model's numbers for its symbols, between its two pads."""
        return [0, *(self._ids[c] for c in symbols), 0]

    def ends_sentence(self, word: str, after: str) -> bool:
        """Not after a title ("Dr. Smith") or an initial ("J. K."), nor before a small letter."""
        if not after or after[0].islower() or not SENTENCE_END.search(word):
            return False
        core = word.lstrip("(\"“'‘").removesuffix(".")
        return not (word.endswith(".") and (core in self._titles or len(core) == 1 and core.isupper()))
