"""From misaki's symbols to those of eSpeak NG, which the Piper voices are trained on.

One rule: every symbol keeps a share of what is said, so that the time that the network gives to eSpeak's symbols can be
given back to ours.

The American English of both differs only in spelling: misaki writes a diphthong as one capital and leaves length to
the vowel; eSpeak writes both halves, and a long mark where the vowel has room.
"""

from __future__ import annotations

from agents.tts.misaki import MARKS, VOWELS

PLAIN = {symbol: symbol for symbol in "bdfhjklmnpstvwzæðŋɐəɛɡɪɹʃʊʌʒθᵻˈˌ ,.!?:;"} | {
    "A": "eɪ",
    "I": "aɪ",
    "O": "oʊ",
    "W": "aʊ",
    "Y": "ɔɪ",
    "ʤ": "dʒ",
    "ʧ": "tʃ",
    "T": "ɾ",  # the flap of "butter"
    "a": "æ",
    "i": "i",
    "u": "uː",
    "ɑ": "ɑː",
    "ɔ": "ɔː",
    "ɜ": "ɜː",
    "ᵊ": "ə",
    "—": ",",
    "…": ".",
    **dict.fromkeys('"()“”', ""),  # nobody says a quotation mark
}


def spelt(symbols: str) -> list[str]:
    """What each of misaki's symbols is in eSpeak's; '' for one that is part of its neighbour's sound or of none.

    "bɜɹd" -> b ɜ ː d: the r of a bird is the length of its vowel. "bˈʌTəɹ" -> b ˈ ʌ ɾ ɚ '': of butter one sound.

    Raises:
        KeyError: a symbol that is not in PLAIN.
    """
    out = [PLAIN[symbol] for symbol in symbols]
    for at, symbol in enumerate(symbols):
        before, after = symbols[at - 1 : at], symbols[at + 1 : at + 3].lstrip("ˈˌ")[:1]
        if symbol == "i" and before in MARKS:
            out[at] = "iː"
        elif symbol == "ɹ" and before in ("ɜ", "ə") and after not in VOWELS:
            out[at - 1], out[at] = ("ɜ", "ː") if before == "ɜ" else ("ɚ", "")
    return out
