"""How languages other than English are read aloud: by the program eSpeak NG, in the alphabet of Kokoro's voices.

One rule: no word is lost. What the program says for a run of words is dealt out among them in order, so that every
sound keeps its word even where it reads "23" as three words or two small words as one.

The program (Debian: apt-get install espeak-ng; macOS: brew install espeak-ng) also reads numbers, dates and signs by the
rules of the language. It is GPL-3, so it is asked as a program of its own and none of it comes with us.

Source of the spelling: Kokoro's own G2P (misaki, Apache-2.0): a diphthong and an affricate are one symbol each.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import unicodedata

from agents import language
from agents.tts.misaki import numbers
from agents.tts.reading import LONG_NUMBER, MAX_PHONES, Spoken, shares
from dialogue.errors import EngineError

PROGRAM = "espeak-ng"
GET = f"the program {PROGRAM} (Debian: apt-get install {PROGRAM}; macOS: brew install {PROGRAM})"
VARIANTS = {"es": "es", "fr": "fr-fr", "hi": "hi", "it": "it", "pt": "pt-br"}  # as Kokoro's voices were taught
LONGEST_S = 10.0  # for one run of words: it takes a hundredth of a second
PAIRS = {
    **{"aɪ": "I", "aʊ": "W", "eɪ": "A", "oʊ": "O", "əʊ": "Q", "ɔɪ": "Y"},
    **{"dz": "ʣ", "dʒ": "ʤ", "ss": "S", "ts": "ʦ", "tʃ": "ʧ"},
}  # what the program ties together and Kokoro writes as one
AS = {"ʱ": "ʰ", "ɫ": "l", "ʀ": "ʁ", "g": "ɡ", "ɵ": "ø", "ʉ": "u"}
TIE = "^"
SWITCH = re.compile(r"\([a-z-]+\)")  # where it reads a foreign word by other rules it says so: (en)
POINTS = {"।": ".", "॥": ".", "。": ".", "！": "!", "？": "?", "؟": "?", "،": ",", "؛": ";", "、": ",", "，": ","}
ENDS = re.compile(rf"[.!?…؟{language.FULL}]{language.CLOSERS}$")
MARKS = frozenset(".,;:!?…—")
SILENT = frozenset(("So", "Sk", "Cs", "Cc", "Cf", "Co", "Cn"))  # emoji and what no voice can say
SAID = frozenset("%€$£+−°&=")  # signs that are read


def installed() -> bool:
    """Whether the program is here."""
    return shutil.which(PROGRAM) is not None


class Reader:
    """Reads one language.

    Raises:
        EngineError: the program is not here.
    """

    def __init__(self, code: str) -> None:
        if not installed():
            raise EngineError(f"{language.named(code)} is read by {GET}, which is not installed")
        self._code = code
        self._known = frozenset(numbers())

    def ends_sentence(self, word: str, after: str) -> bool:
        """Not after an abbreviation, nor before a small letter."""
        ended = ENDS.search(word) and not language.goes_on(word, self._code)
        return bool(after and not after[0].islower() and ended)

    def spoken(self, words: list[str]) -> list[Spoken]:
        """How each word of one clause is said."""
        out: list[Spoken] = []
        run: list[tuple[str, str, str]] = []  # as written, as sent, mark
        for word in words:
            sent, mark = self._sayable(word)
            run.append((word, sent, mark))
            if mark:
                out += self._said(run)
                run = []
        return out + self._said(run)

    def _sayable(self, word: str) -> tuple[str, str]:
        """What the program is given of a word, and the mark behind it."""
        text = "".join(c for c in unicodedata.normalize("NFKC", word) if unicodedata.category(c) not in SILENT)
        text = LONG_NUMBER.sub(lambda m: " ".join(m[0]), text)
        core = text.strip("".join(c for c in text if not _is_said(c)))
        behind = [POINTS.get(c, c) for c in text[text.rfind(core) + len(core) :]] if core else list(text)
        if core and language.goes_on(f"{core}.", self._code) and behind[:1] == ["."]:
            return f"{core}.", ""  # so that it is read as the abbreviation that it is
        return core, next((c for c in reversed(behind) if c in MARKS), "")

    def _said(self, run: list[tuple[str, str, str]]) -> list[Spoken]:
        sent = [(i, part) for i, (_, text, _) in enumerate(run) for part in text.split()]
        own: list[list[str]] = [[] for _ in run]
        for (i, _), pieces in zip(sent, self._dealt([part for _, part in sent])):
            own[i] += pieces
        last = max((i for i, pieces in enumerate(own) if pieces), default=None)
        mark = run[-1][2] if run else ""
        said = (" ".join(pieces)[:MAX_PHONES] + (mark if i == last else "") for i, pieces in enumerate(own))
        return [Spoken(word, phones) for (word, _, _), phones in zip(run, said)]

    def _dealt(self, words: list[str]) -> list[list[str]]:
        """What is said for each word: as many pieces as it has alone, or in proportion to those."""
        (said,) = self._asked(" ".join(words)) if words else ([],)
        if len(said) == len(words):
            return [[piece] for piece in said]
        alone = self._asked(*words)
        if sum(map(len, alone)) == len(said):
            pieces = iter(said)
            return [[next(pieces) for _ in own] for own in alone]
        return [[said[j] for j in own] for own in shares(["".join(own) or "-" for own in alone], said)]

    def _asked(self, *texts: str) -> list[list[str]]:
        """The pieces that are said for each text; the program takes each paragraph for itself."""
        if not texts:
            return []
        command = [PROGRAM, "-q", "--ipa", f"--tie={TIE}", "-b", "1", "-v", VARIANTS[self._code], "--stdin"]
        data = "\n\n".join(texts).encode()
        try:
            told = subprocess.run(command, input=data, capture_output=True, timeout=LONGEST_S, check=True).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineError(f"{PROGRAM} could not read '{texts[0][:40]}': {error}") from error
        lines = SWITCH.sub(" ", told.decode("utf-8", "replace")).splitlines()
        if len(texts) == 1:
            lines = [" ".join(lines)]  # it begins a line after each clause too
        elif len(lines) != len(texts):
            return [[text] for text in texts]
        return [[piece for piece in map(self._spelt, line.split()) if piece] for line in lines]

    def _spelt(self, word: str) -> str:
        for pair, one in PAIRS.items():
            word = word.replace(f"{pair[0]}{TIE}{pair[1]}", one)
        kept = (AS.get(c, c) for c in word if c not in "^-_")
        letters = (c if c in self._known else unicodedata.normalize("NFD", c) for c in kept)
        return "".join(c for c in "".join(letters) if c in self._known and c not in MARKS and c != " ")


def _is_said(char: str) -> bool:
    """Letters, their marks, digits, and signs that have a name."""
    return unicodedata.category(char)[0] in "LMN" or char in SAID
