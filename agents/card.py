"""A character card, V1 to V3, as one of our personas.

One rule: what a card says becomes plain text within a bound, and nothing it says can become one of our tags, a mind's
control token, a file name or an address: brackets go, words stay. What we do not use is said, not dropped in silence.

A card is written to be read, a persona to be heard. So of a greeting that tells a scene only what is said aloud stays,
stage directions become gestures where we have them, and the long description is cut at a sentence.

Sources: github.com/malfoyslastname/character-card-spec-v2; github.com/kwaroran/character-card-spec-v3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from agents import card_file
from agents.persona import MOST, Persona, made
from agents.prompt import SPECIAL
from agents.tidy import MARKUP, tidied
from agents.tts import BEYOND, split
from dialogue.emotion import CUE_OF, spoken, write
from dialogue.errors import PersonaError, did_you_mean

ENDINGS = (".png", ".apng", ".charx", ".json")
SPECS = ("chara_card_v2", "chara_card_v3")
MOST_MANNER = 2400  # characters: 600 tokens, so that a small mind's 2048 still hold a conversation
MOST_FIELD = 20_000  # of one field that are looked at
LEAST_CUT = 80  # a part of the manner shorter than that is not worth beginning
MOST_GREETINGS = 20
USER, USERS = "you", "your"
OURS = frozenset(field.name for field in fields(Persona)) - {"name", "manner", "first_line"}
PARTS = (  # what a card calls it, and how the manner leads it in; those that come first are kept first
    ("description", ""),
    ("personality", "Personality: "),
    ("system_prompt", "The card asks: "),
    ("scenario", "Scene: "),
    ("post_history_instructions", "The card also asks: "),
    ("mes_example", "Speaks like this: "),
)
KEPT, UNSEEN = "\n\u200c\u200d", ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")  # joiners are letters to Persian and Hindi
OF_USER = re.compile(r"(?:<user>|\{\{\s*user\s*\}\})['’]s\b", re.I)
MACRO = re.compile(r"\{\{([^{}]{0,200})\}\}")
QUOTED = re.compile(r'"([^"\n]{1,400})"|“([^”\n]{1,400})”|「([^」\n]{1,400})」')
DEED = re.compile(r"\*{1,3}([^*\n]{1,600})\*{1,3}")
SENTENCE_END = re.compile(r"[.!?…][\"'”’)]*(?=\s)|[。！？]")


@dataclass(frozen=True)
class Card:
    """A card as it can be played.

    Args:
        greetings: other first lines, each fit for Persona.first_line. notes: what is not used, one line each.
    """

    persona: Persona
    greetings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load(path: Path) -> Card:
    """The card in a .png, .apng, .charx or .json file, whatever its name.

    Raises:
        PersonaError: it cannot be read, or holds no card that we can play.
    """
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise PersonaError("is no file")
        with open(path, "rb") as file:
            return parse(card_file.read(file))
    except OSError as error:
        raise PersonaError(f"{path}: cannot be read: {error.strerror}; expected a character card") from error
    except PersonaError as error:
        raise PersonaError(*(f"{path}: {problem}" for problem in error.problems)) from None


def parse(tree: Mapping[str, Any]) -> Card:
    """The card of a JSON object.

    Raises:
        PersonaError: as `load`.
    """
    data, notes = _data(tree)
    name = _name(data, "name")
    if not name:
        raise PersonaError("the card has no name; expected data.name")
    called = _name(data, "nickname") or name
    say = _Macros(called)
    first, *others = _greetings(data, say)
    manner = _manner(data, say, "" if called == name else f"Full name: {name}.", notes)
    ours = _ours(data, notes)
    notes += _unused(data)
    said = {"name": called, "first_line": first} | ({"manner": manner} if manner else {})
    return Card(made(said | ours), tuple(others), tuple(notes))


def _data(tree: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[str]]:
    """The fields, and what is noteworthy of the kind of card."""
    spec, notes = tree.get("spec"), []
    if spec is None and isinstance(tree.get("name"), str) and ("first_mes" in tree or "description" in tree):
        return tree, ["the first kind of card (V1)"]
    if not isinstance(spec, str) or spec not in SPECS:
        shown = repr(spec)[:40]
        raise PersonaError(f"the card's spec is {shown}; expected {' or '.join(SPECS)}")
    if not isinstance(tree.get("data"), dict):
        raise PersonaError("the card has no data; expected an object with name, description and first_mes")
    version = tree.get("spec_version")
    if isinstance(version, str) and re.fullmatch(r"\d{1,3}\.\d{1,3}", version) and float(version) > 3.0:
        notes.append(f"the card is of version {version}, newer than the 3.0 we know: something of it may be missing")
    return tree["data"], notes


class _Macros:
    """Placeholders of cards, replaced. Of a random choice the first is taken: the same card is the same persona."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, text: str) -> str:
        text = re.sub(r"<(?:char|bot)>", self._name, text, flags=re.I)
        text = OF_USER.sub(USERS, text)
        text = re.sub(r"<user>", USER, text, flags=re.I)
        for _ in range(3):  # one in another: {{random:{{char}},{{user}}}}
            text = MACRO.sub(self._replaced, text)
        return text

    def _replaced(self, found: re.Match) -> str:
        key, _, value = found[1].strip().partition(":")
        match key.strip().casefold():
            case "char" | "bot":
                return self._name
            case "user":
                return USER
            case "random" | "pick":
                return value.lstrip(":").split(",")[0].strip()
        return ""  # notes, dice, times and whatever else frontends know


def _string(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise PersonaError(f"the card's {key} is a {type(value).__name__}; expected a text")
    return _printable(value[:MOST_FIELD])


def _printable(text: str) -> str:
    """Without what no screen shows: controls, halves of characters, and marks that turn the direction of writing."""
    return "".join(c if c in KEPT or unicodedata.category(c) not in UNSEEN else " " for c in text)


def _name(data: Mapping[str, Any], key: str) -> str:
    text = re.sub(r"[\[\](){}<>|:*\"`\\#]", " ", _string(data, key))
    return " ".join(text.split())[: MOST["name"]].strip()


def plain(text: str) -> str:
    """One line that no parser of ours and no mind takes for more than words."""
    text = re.sub(r"<START>", " ", text, flags=re.I)
    text = " ".join(MARKUP.sub(" ", SPECIAL.sub(" ", text)).split())
    text = re.sub(r"\(([\w' -]{1,40})\)", lambda m: m[1] if _is_cue(m[1]) else m[0], text)
    return " ".join(re.sub(r"[\[\]{}<>\\|`*#]", " ", text).split())


def _is_cue(text: str) -> bool:
    return "-".join(text.casefold().replace("_", " ").split()) in CUE_OF


def cut(text: str, most: int) -> str:
    """At most so many characters, cut behind a sentence, or else at a space."""
    if len(text) <= most:
        return text
    ends = [m.end() for m in SENTENCE_END.finditer(text[: most + 1]) if m.end() <= most]
    if ends and ends[-1] > most // 3:
        return text[: ends[-1]]
    return text[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:—-") + "…"


def _manner(data: Mapping[str, Any], say: Callable[[str], str], head: str, notes: list[str]) -> str:
    out, short = head, []
    for key, lead in PARTS:
        text = say(_string(data, key))
        text = _spoken_by(text, say) if key == "mes_example" else plain(text)
        if not text:
            continue
        room = MOST_MANNER - len(out) - len(lead) - 2
        if len(text) > room:
            short.append(key)
        if room >= min(LEAST_CUT, len(text)):
            text = cut(text, room)
            out += (" " if out else "") + lead + text + ("" if text[-1] in ".!?…。！？\"”'" else ".")
    if short:
        notes.append(f"{' and '.join(short)}: shortened, so that the manner has at most {MOST_MANNER} characters")
    return out


def _spoken_by(text: str, say: Callable[[str], str]) -> str:
    """The first things that the character says in an example."""
    name = re.escape(say("{{char}}"))
    said = [_line(m[1], 200) for m in re.finditer(rf"^[ \t]{{0,9}}{name}[ \t]{{0,9}}:(.+)$", text, re.M | re.I)]
    return plain(" / ".join([x for x in said if x][:3]))


def _greetings(data: Mapping[str, Any], say: Callable[[str], str]) -> list[str]:
    """The first line, which may be empty, and all others."""
    others = data.get("alternate_greetings") or []
    if not isinstance(others, list) or not all(isinstance(x, str) for x in others):
        raise PersonaError("the card's alternate_greetings are no list of texts")
    first = _line(say(_string(data, "first_mes")), MOST["first_line"])
    rest = [_line(say(_printable(x[:MOST_FIELD])), MOST["first_line"]) for x in others[:MOST_GREETINGS]]
    return [first, *(x for x in dict.fromkeys(rest) if x and x != first)]


def _line(text: str, most: int) -> str:
    """What of a greeting is said, with its gestures; at most so many characters as we write it."""
    text = text.replace("\\", " ")
    quoted = [next(filter(None, m.groups())) for m in QUOTED.finditer(text)]
    told = DEED.search(text) or sum(map(len, quoted)) > len(text) / 3
    if quoted and told:  # a scene is told; what stands in quotation marks is said in it
        text = " ".join(quoted)
    text = DEED.sub(_done, text)
    text = re.sub(r"[\[\]{}<>\\|#]", " ", MARKUP.sub(" ", SPECIAL.sub(" ", text)))
    for room in (most, most // 2, most // 4):  # escapes may make it longer than it was
        items = tidied((cut(" ".join(text.split()), room),))
        line = write(items).strip() if spoken(items) else ""
        if len(line) <= most:
            return line
    return ""


def _done(found: re.Match) -> str:
    """A stage direction: for `tidied` if it is short, since it may be a gesture or a stressed word; else nothing."""
    text = found[1].strip()
    if found[0].startswith("**"):  # bold, not done
        return text
    return f" *{text}* " if len(text.split()) <= 2 or _is_cue(text) else " "


def _ours(data: Mapping[str, Any], notes: list[str]) -> dict[str, Any]:
    """What a card says to us: extensions.duologue, with the keys of a persona. A stranger does not choose whom all that
    is said is sent to, nor who pays for it."""
    extensions = data.get("extensions")
    table = extensions.get("duologue") if isinstance(extensions, dict) else None
    if table is None:
        return {}
    if not isinstance(table, dict):
        raise PersonaError("the card's extensions.duologue is no object")
    for key in table:
        if key not in OURS:
            raise PersonaError(
                f"the card's extensions.duologue has an unknown key '{plain(key)[:40]}'{did_you_mean(key[:40], OURS)}"
            )
    ours = {key: tuple(map(_clean, v)) if isinstance(v, list) else _clean(v) for key, v in table.items()}
    voice = ours.get("voice")
    if isinstance(voice, str) and split(voice)[0].strip().casefold() in BEYOND:
        del ours["voice"]
        notes.append(f"voice '{plain(voice)[:40]}': not used, for it speaks outside this program; choose it yourself")
    return ours


def _clean(value: Any) -> Any:
    """A text on one line; what is no text is left for Persona to refuse."""
    return " ".join(_printable(value).split()) if isinstance(value, str) else value


def _unused(data: Mapping[str, Any]) -> list[str]:
    """What a card has and a persona has not."""
    notes = []
    book = data.get("character_book")
    entries = book.get("entries") if isinstance(book, dict) else None
    if isinstance(entries, list | dict) and entries:
        notes.append(f"lorebook: its {len(entries)} entries are not used; what matters of them belongs into the manner")
    assets = data.get("assets")
    if isinstance(assets, list) and assets:
        notes.append(f"pictures and other assets: {len(assets)}, not used; the face is an avatar of `duologue avatars`")
    return notes
