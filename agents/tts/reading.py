"""Written words to spoken sounds: which phones each source word becomes, so that every sound keeps its word.

One rule: no word is lost. Numbers, dates and abbreviations become several spoken words but stay one written word; a
word that cannot be said (a lone emoji, a dash) stays with no phones. Other scripts are said as their Latin
transliteration (anyascii), emoji by their Unicode names and only when the sentence holds nothing else to say. What is
written without spaces is taken in pieces, each a word of its own.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

MAX_WORDS = 40  # a clause longer than this is spoken in parts; English sentences average 15-20 words
MAX_PHONES = 400  # symbols the voice model takes at once, as hibari.tts.MAX_PHONEMES
MAX_LETTERS = 48  # of a word; spelled out ("w": 8 symbols a letter) it still is less than MAX_PHONES
STOPS = "。！？，、；："  # after which writing without spaces is cut
PIECE = re.compile(rf"[^{STOPS}]{{1,{MAX_LETTERS}}}[{STOPS}]{{0,{MAX_LETTERS}}}|[{STOPS}]{{1,{MAX_LETTERS}}}")
LONG_NUMBER = re.compile(r"\d(?:[\d,.]{15,})\d")  # nobody reads 17 digits as one number: digit by digit
CLAUSE_END = re.compile(r"[,;:—，、；：][\"'”’)\]]*$")
KEPT = frozenset("’‘“”…—–―£€¥₹₩₽¢°§©®™")  # beyond ASCII and Latin letters, what the G2P reads itself


class Reader(Protocol):
    """A grapheme-to-phoneme step, handed in."""

    def normalize(self, text: str) -> str:
        """Numbers, dates, abbreviations and symbols as words."""

    def words(self, text: str) -> list[str]:
        """Misaki symbols for each whitespace-separated word of a normalised text."""


@dataclass(frozen=True)
class Spoken:
    """A written word and how it is said: misaki symbols, stress marks, inner spaces and punctuation; '' is silence."""

    text: str
    phones: str


def _latin(char: str) -> str:
    """One character as the G2P can read it: kept, transliterated, or nothing (emoji, joiners, controls)."""
    if char.isascii():
        return char if char.isprintable() else " "
    if char in KEPT or unicodedata.name(char, "").startswith("LATIN "):
        return char
    if unicodedata.category(char)[0] in "LNP":
        from anyascii import anyascii

        return anyascii(char)
    return ""


def sayable(word: str) -> str:
    """The word in letters the G2P can read; '' when there is nothing to say.

    '²' -> '2' and 'ﬁ' -> 'fi' (NFKC), 'Привет' -> 'Privet', '你好' -> 'NiHao', '🙂' -> ''.
    """
    text = "".join(map(_latin, unicodedata.normalize("NFKC", word)))
    text = LONG_NUMBER.sub(lambda m: " ".join(m.group()), text).replace("](", "] (")  # "](" is the G2P's link syntax
    return " ".join(text.split()) if any(map(str.isalnum, text)) or any(c in "%&+=@#$£€" for c in text) else ""


def emoji_names(text: str) -> str:
    """'🎉🎉' -> 'party popper'; each name once, at most five of them."""
    names = (unicodedata.name(c, "").lower() for c in text if unicodedata.category(c) == "So")
    return ", ".join(list(dict.fromkeys(filter(None, names)))[:5])


def clauses(text: str, is_end: Callable[[str, str], bool]) -> Iterator[list[str]]:
    """Words (or pieces of very long ones) of each sentence; a long sentence is cut after a comma or, failing that, at
    MAX_WORDS. What cannot be said stays with the sentence before it.

    Args:
        is_end: whether a sentence ends between this word and the next ("Dr." "Smith" does not).
    """
    for line in text.splitlines():
        sentence: list[str] = []
        last = ""  # sayable word
        for word in (piece for written in line.split() for piece in PIECE.findall(written)):
            if sayable(word):
                full = len(sentence) >= MAX_WORDS or len(sentence) > MAX_WORDS // 2 and CLAUSE_END.search(last)
                if last and (full or is_end(last, word)):
                    yield sentence
                    sentence = []
                last = word
            sentence.append(word)
        if sentence:
            yield sentence


def shares(source: list[str], spoken: list[str]) -> list[list[int]]:
    """For each source word the indices of the spoken words that say it; every spoken word is used once, in order.

    Equal words pair up; between them a run of m written and n spoken words is dealt out by length of text.
    """
    owned: list[list[int]] = [[] for _ in source]
    matcher = difflib.SequenceMatcher(None, [w.lower() for w in source], [w.lower() for w in spoken], autojunk=False)
    for tag, i0, i1, j0, j1 in matcher.get_opcodes():
        if tag == "equal":
            for i, j in zip(range(i0, i1), range(j0, j1)):
                owned[i].append(j)
        elif tag == "insert":
            owned[max(i0 - 1, 0)].extend(range(j0, j1))
        elif tag == "replace":
            written = list(accumulate(len(w) for w in source[i0:i1]))
            said = list(accumulate(len(w) for w in spoken[j0:j1]))
            for j, end in zip(range(j0, j1), said):
                middle = (end - len(spoken[j]) / 2) / said[-1] * written[-1]
                owned[i0 + bisect_left(written, middle)].append(j)
    return owned


def phones_of(words: list[str], reader: Reader) -> list[Spoken]:
    """How each word of one clause is said, in the context of its neighbours."""
    latin = [sayable(word) for word in words]
    if not any(latin):
        latin = [emoji_names(word) for word in words]
    written = [part for word in latin for part in word.split()]
    owners = [i for i, word in enumerate(latin) for _ in word.split()]
    spoken = reader.normalize(" ".join(written)).split()
    said = reader.words(" ".join(spoken)) if spoken else []
    pieces: list[list[str]] = [[] for _ in words]
    for owner, indices in zip(owners, shares(written, spoken)):
        pieces[owner] += [said[j].strip() for j in indices if said[j].strip()]
    return [Spoken(word, " ".join(piece)[:MAX_PHONES].strip()) for word, piece in zip(words, pieces)]


def parts(spoken: list[Spoken]) -> Iterator[list[Spoken]]:
    """The clause in runs of at most MAX_PHONES symbols, cut between words."""
    part: list[Spoken] = []
    size = 0
    for word in spoken:
        if part and size + len(word.phones) > MAX_PHONES:
            yield part
            part, size = [], 0
        part.append(word)
        size += len(word.phones) + 1
    if part:
        yield part
