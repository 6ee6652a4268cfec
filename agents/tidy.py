"""What a language model writes for the eye, made fit for a voice.

One rule: words stay, decoration goes. `*nods*` becomes the gesture, `*sighs deeply*` goes, `*really*` is said; of a
link its host is said; emoji are neither said nor shown.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from dialogue.emotion import CUE_OF, Item, cue, joined

URL = re.compile(r"(?:https?://|www\.)(?:www\.)?([^\s/?#)>\]]+)[^\s)>\]]*", re.I)
STARRED = re.compile(r"(?<!\*)\*(?!\*)([^*\n]{1,200})\*(?!\*)")
LINE_HEAD = re.compile(r"^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-•*+][ \t]+)", re.M)
FENCE = re.compile(r"```[\w-]*\n?|`")
MARKUP = re.compile(r"</?[A-Za-z][^<>\n]{0,60}>")
DOES = re.compile(r"[a-z]{2,}(?:[^s]s|sses|shes|ches)\b")  # sighs, looks; "this", "is" and "yes" are listed
NO_DEEDS = frozenset("this its always was has does yours ours hers theirs his us perhaps yes things besides".split())
JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")


def tidied(items: Sequence[Item]) -> tuple[Item, ...]:
    """The same line without decoration."""
    out: list[Item] = []
    for item in items:
        out += _text(item) if isinstance(item, str) else [item]
    return tuple(joined(i if not isinstance(i, str) else _blanks(i) for i in joined(out)))


def _text(text: str) -> list[Item]:
    text = URL.sub(lambda m: m[1].rstrip(".,;:!?") + (m[0][-1] if m[0][-1] in ".,;:!?" else ""), text)
    text = MARKUP.sub("", FENCE.sub("", LINE_HEAD.sub("", text)))
    out: list[Item] = []
    at = 0
    for starred in STARRED.finditer(text):
        out.append(_plain(text[at : starred.start()]))
        name = "-".join(starred[1].casefold().strip(" .!,").split())
        if name in CUE_OF:
            out.append(cue(name))
        elif not _is_deed(starred[1]):
            out.append(_plain(starred[1]))
        at = starred.end()
    return [*out, _plain(text[at:])]


def _is_deed(starred: str) -> bool:
    """Whether it is something done and not something said with weight."""
    first = starred.split()[0] if starred.split() else ""
    return bool(DOES.fullmatch(first)) and first not in NO_DEEDS


def _plain(text: str) -> str:
    text = re.sub(r"\*+|~~|(?<!\w)_+|_+(?!\w)", "", text)
    return "".join(c for c in text if not _is_picture(c))


def _is_picture(char: str) -> bool:
    return char in JOINERS or unicodedata.category(char) in ("So", "Cs") or "\U0001f3fb" <= char <= "\U0001f3ff"


def _blanks(text: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"\s+(?=[.,;!?](?:\s|$))", "", text))
