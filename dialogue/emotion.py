"""Which words in a line are not spoken but felt or done: `[happy 0.8]`, `(laughs)`, `{nod}`.

One rule: however the text is cut into pieces, the same items come out, and nothing that is meant to be spoken is lost.

Square brackets hold a feeling, which lasts until the next one; round brackets a sound of the voice; curly brackets a
gesture. `\\[ \\( \\{ \\\\` and `\\#` are spoken as they are. The closed sets and every other spelling of them live in
this file only: parsers, prompts, voices and faces derive from the tables here.

Two readers of the same grammar. A screenplay is read strictly: what is unknown is a `Mistake` with its place and a
suggestion. What a language model writes is read leniently: an unknown tag is dropped and never spoken, a cue in the
wrong bracket is understood, and any other bracket is ordinary text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from dialogue.errors import nearest
from dialogue.types import Emotion, Feeling

MAX_TAG = 40  # characters between brackets: the longest real tag has 15, so a live stream is never held back for long

ALIASES = {
    Emotion.NEUTRAL: "calm none normal plain relaxed serious",
    Emotion.HAPPY: "joy joyful glad cheerful delighted excited amused warm playful proud loving",
    Emotion.SAD: "sadness unhappy sorrow sorry hurt disappointed lonely",
    Emotion.ANGRY: "anger mad furious annoyed irritated cross",
    Emotion.SURPRISED: "surprise shocked amazed astonished startled",
    Emotion.AFRAID: "fear fearful scared frightened nervous worried anxious",
    Emotion.DISGUSTED: "disgust revolted grossed-out",
    Emotion.THOUGHTFUL: "thinking pensive curious doubtful hesitant unsure",
}
VOCALS = {
    "laughs": "three to six voiced bursts, in the speaker's own voice",
    "chuckles": "two or three soft bursts, lips nearly closed",
}
GESTURES = {
    "nod": "head down and up, once or twice",
    "shake": "head from side to side: no",
    "tilt": "head to one shoulder for a moment",
    "smile": "a smile that comes and goes",
    "wink": "one eye closes, the cheek lifts",
    "blink": "one full blink",
    "frown": "brows together and down",
    "raise-brows": "both brows up",
    "shrug": "brows up, lips pressed, head a little aside: who knows",
    "look-away": "eyes leave the partner for a moment",
    "look-camera": "eyes to the viewer for a moment",
}
CUE_ALIASES = {
    "laughs": "laugh laughing laughter haha",
    "chuckles": "chuckle chuckling giggle giggles",
    "nod": "nods nodding",
    "shake": "shakes shake-head shakes-head head-shake",
    "tilt": "tilts tilt-head tilts-head head-tilt",
    "smile": "smiles smiling grin grins",
    "wink": "winks winking",
    "blink": "blinks blinking",
    "frown": "frowns frowning",
    "raise-brows": "raise-eyebrows raises-brows raises-eyebrows",
    "shrug": "shrugs shrugging",
    "look-away": "looks-away look-aside",
    "look-camera": "looks-camera look-at-camera",
}
EMOTION_OF = {e.value: e for e in Emotion} | {a: e for e, names in ALIASES.items() for a in names.split()}
CUE_OF = {c: c for c in (*VOCALS, *GESTURES)} | {a: c for c, names in CUE_ALIASES.items() for a in names.split()}

CLOSE = {"[": "]", "(": ")", "{": "}"}
KIND = {"[": "emotion", "(": "sound", "{": "gesture"}
ESCAPED = "\\[](){}#"  # characters that a backslash makes ordinary
SPECIAL = re.compile(r"[\\\[({]")
MARKS, QUOTES = ",.;:!?…", "\"'”’»)"
MARK = re.compile(rf"\s*([{MARKS}]+)(?=\s|$)")
TAG = re.compile(r"\s*([^\W\d_][\w' -]*?)(?:\s*[ :,=]\s*(\d*\.?\d+))?\s*")


@dataclass(frozen=True)
class Vocal:
    """A sound of the voice, one of VOCALS."""

    name: str


@dataclass(frozen=True)
class Gesture:
    """Something the face or head does, one of GESTURES."""

    name: str


Item = str | Feeling | Vocal | Gesture


@dataclass(frozen=True)
class Mistake:
    """A tag that a screenplay may not contain; `at` counts characters from the first one fed."""

    at: int
    what: str
    expected: str = ""
    suggestion: str = ""


class TagReader:
    """Text in, items out. State: the characters held back because they may be the beginning of a tag."""

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self.mistakes: list[Mistake] = []
        self.held = ""
        self.at = 0  # of the first held character

    def feed(self, text: str) -> list[Item]:
        """Every item that is certain by now; at most MAX_TAG + 2 characters stay behind."""
        self.held += text
        return self._take(final=False)

    def finish(self) -> list[Item]:
        """The rest: what is still held is no tag."""
        return self._take(final=True)

    def _take(self, final: bool) -> list[Item]:
        items: list[Item] = []
        text, i = self.held, 0
        while i < len(text):
            if text[i] == "\\":
                if i + 1 == len(text) and not final:
                    break
                escaped = i + 1 < len(text) and text[i + 1] in ESCAPED
                items.append(text[i + 1] if escaped else "\\")
                i += 1 + escaped
            elif text[i] in CLOSE:
                end = _closing(text, i)
                if end is None and len(text) - i <= MAX_TAG + 1 and not final:
                    break
                if end is None or end < 0:
                    self._mistake(
                        self.at + i,
                        f"'{text[i]}' opens a tag that does not close",
                        expected=f"'{CLOSE[text[i]]}' within {MAX_TAG} characters, or \\{text[i]} for a spoken bracket",
                    )
                    items.append(text[i])
                    i += 1
                else:
                    items += self._tag(text[i : end + 1], self.at + i)
                    i = end + 1
            else:
                special = SPECIAL.search(text, i)
                stop = special.start() if special else len(text)
                items.append(text[i:stop])
                i = stop
        self.held = text[i:]
        self.at += i
        return joined(items)

    def _tag(self, tag: str, at: int) -> list[Item]:
        found = TAG.fullmatch(tag[1:-1])
        if not found:
            self._mistake(at, f"unknown {KIND[tag[0]]} {tag}", expected=_forms(tag[0]))
            return [tag]
        name = "-".join(found[1].casefold().replace("_", " ").split())
        if tag[0] == "[" and name in EMOTION_OF:
            return self._feeling(EMOTION_OF[name], found[2], tag, at)
        if name in CUE_OF and found[2] is None:
            item = cue(name)
            if not self.strict or write([item])[0] == tag[0]:
                return [item]
        self._mistake(at, f"unknown {KIND[tag[0]]} {tag}", _forms(tag[0]), _near(name, tag[0]))
        return [tag] if tag[0] == "(" else []

    def _feeling(self, emotion: Emotion, number: str | None, tag: str, at: int) -> list[Item]:
        intensity = round(float(number), 3) if number else 1.0
        if intensity > 1.0:
            self._mistake(at, f"intensity is {number} in {tag}", expected="0..1")
        return [Feeling(emotion, min(intensity, 1.0))]

    def _mistake(self, at: int, what: str, expected: str = "", suggestion: str = "") -> None:
        if self.strict:
            self.mistakes.append(Mistake(at, what, expected, suggestion))


def _closing(text: str, start: int) -> int | None:
    """Where the tag that opens at `start` closes; None if the text ends first, -1 if something forbids it."""
    for i in range(start + 1, min(len(text), start + MAX_TAG + 2)):
        if text[i] == CLOSE[text[start]]:
            return i
        if text[i] in CLOSE or text[i] in "\\\n":
            return -1
    return None


def _near(name: str, bracket: str) -> str:
    """The tag, its own bracket included, whose spelling is nearest to `name`; '' if none is near. Round brackets hold
    asides too, so there an emotion must match exactly."""
    feelings = [n for n in EMOTION_OF if bracket != "(" or n == name]
    known = nearest(name, (*feelings, *CUE_OF))
    if not known:
        return ""
    return write([Feeling(EMOTION_OF[known]) if known in EMOTION_OF else cue(known)])


def _forms(bracket: str) -> str:
    known = {"[": [e.value for e in Emotion], "(": VOCALS, "{": GESTURES}[bracket]
    spoken = ", or \\( for a spoken bracket" if bracket == "(" else ""
    return f"one of {' '.join(bracket + k + CLOSE[bracket] for k in known)}{spoken}"


def cue(name: str) -> Vocal | Gesture:
    """The cue of that name or alias.

    Raises:
        KeyError: there is none.
    """
    name = CUE_OF[name]
    return Vocal(name) if name in VOCALS else Gesture(name)


def joined(items: Iterable[Item]) -> list[Item]:
    """The same items with neighbouring texts made one and empty ones left out."""
    out: list[Item] = []
    for text, run in groupby(items, key=lambda item: isinstance(item, str)):
        out += filter(None, ["".join(run)]) if text else run
    return out


def read(text: str, strict: bool = False) -> tuple[tuple[Item, ...], tuple[Mistake, ...]]:
    """All items of a whole text, and the mistakes if it is read strictly."""
    reader = TagReader(strict)
    items = joined([*reader.feed(text), *reader.finish()])
    return tuple(items), tuple(reader.mistakes)


def write(items: Iterable[Item]) -> str:
    """Text that `read` turns into the same items; intensities keep three decimals."""
    out = []
    for item in items:
        match item:
            case str():
                out.append(re.sub(r"[\\\[({]|(?<!\S)#(?!\S)", r"\\\g<0>", item))
            case Feeling(emotion, intensity):
                out.append(f"[{emotion.value}]" if intensity == 1.0 else f"[{emotion.value} {round(intensity, 3):g}]")
            case Vocal(name):
                out.append(f"({name})")
            case Gesture(name):
                out.append(f"{{{name}}}")
    return "".join(out)


def attached(items: Iterable[Item]) -> list[Item]:
    """The same items, with each mark that follows a tag put to the word before it: "Oh (laughs), yes" has no word ","."""
    out: list[Item] = []
    word = None  # where in `out` the newest text is
    for item in items:
        if isinstance(item, str):
            found = MARK.match(item) if word is not None and not isinstance(out[-1], str) else None
            if found:
                before, item = out[word].rstrip(), item[found.end() :]
                out[word] = before if before.rstrip(QUOTES)[-1:] in MARKS else before + found[1]
            if any(letter.isalnum() for letter in item):
                word = len(out)
        out.append(item)
    return out


def spoken(items: Iterable[Item]) -> str:
    """Only what is said, with single spaces."""
    return " ".join("".join(i for i in attached(items) if isinstance(i, str)).split())
