"""Where a running answer may be cut, so that its beginning is spoken while the rest is still being thought.

One rule: pieces joined are the whole. The first piece is short, because somebody waits for it; later ones are
sentences, because a sentence has one melody. A mark ends a piece only when what follows it is known ("3.5" and "Dr. Smith" go on).
Nothing is cut between two asterisks, where stage directions stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from agents import language
from agents.language import ENGLISH
from dialogue.emotion import Feeling, Item, TagReader, Vocal, joined

FIRST_WORDS = 2  # "Well," alone would leave a gap behind it
LONG_WORDS = 28  # a sentence that has so many is cut at its next comma
MOST_CHARS = 400  # a piece that has so many is cut at a space
SENTENCE, CLAUSE = re.compile(language.SENTENCE), re.compile(language.CLAUSE)
ENDS = re.compile(language.SENTENCE.replace(r"(?=\s)", "$"))


class Splitter:
    """Text in, pieces out, each a sequence of words, feelings, sounds and gestures.

    Args:
        spoken: the language, two letters.
    """

    def __init__(self, spoken: str = ENGLISH) -> None:
        self._language = spoken
        self._reader = TagReader()
        self._items: list[Item] = []
        self._first = True

    def feed(self, text: str) -> list[tuple[Item, ...]]:
        """Every piece that is whole by now."""
        return self._cut(self._reader.feed(text))

    def finish(self) -> list[tuple[Item, ...]]:
        """The rest."""
        pieces = self._cut(self._reader.finish())
        rest, self._items = tuple(self._items), []
        return [*pieces, rest] if _holds_something(rest) else pieces

    def _cut(self, items: Iterable[Item]) -> list[tuple[Item, ...]]:
        self._items = joined([*self._items, *items])
        pieces = []
        while (place := self._place()) is not None:
            i, at = place
            text = self._items[i]
            pieces.append((*self._items[:i], text[:at]))
            self._items = joined([text[at:], *self._items[i + 1 :]])
            self._first = False
        return pieces

    def _place(self) -> tuple[int, int] | None:
        """Which item the next piece ends in, and where."""
        before = ""
        for i, item in enumerate(self._items):
            if not isinstance(item, str):
                # A mark at the end of a text is followed by a tag, not by a blank: "Hi![sad]".
                if isinstance(item, Feeling | Vocal) and i and isinstance(self._items[i - 1], str) and before.strip():
                    text = self._items[i - 1]
                    if ENDS.search(text):
                        return i - 1, len(text)
                continue
            if (at := self._end(before, item)) is not None:
                return i, at
            before += item
        return None

    def _end(self, before: str, text: str) -> int | None:
        """Where in `text`, which follows `before`, the piece ends; None if nowhere yet."""
        least = FIRST_WORDS if self._first else LONG_WORDS
        ends = []
        for mark in sorted([*SENTENCE.finditer(text), *CLAUSE.finditer(text)], key=re.Match.end):
            so_far = before + text[: mark.end()]
            if so_far.count("*") % 2 or not re.search(r"\w", so_far):
                continue
            whole = mark.re is SENTENCE and not language.goes_on(so_far, self._language)
            if whole or mark.re is CLAUSE and language.words_in(so_far) >= least:
                ends.append(mark.end())
        if ends:
            return ends[0]
        if len(before) + len(text) > MOST_CHARS:
            space = text.rfind(" ", 0, max(MOST_CHARS - len(before), 0))
            return space + 1 if space > 0 else len(text)
        return None


def _holds_something(items: Sequence[Item]) -> bool:
    return any(not isinstance(item, str) or item.strip() for item in items)
