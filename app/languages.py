"""Whether everybody who is asked for can speak and understand the languages of a conversation.

One rule: it is told before anything is loaded, all of it at once, and with who could instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents import asr, tts
from agents.language import ENGLISH, LANGUAGES, meant, named
from agents.persona import Persona
from app.config import for_engine, for_language
from app.config_model import Asr
from dialogue.errors import EngineError

MOST_VOICES = 6  # that are offered


@dataclass(frozen=True)
class Chosen:
    """What a person chose.

    Args:
        language: that they speak. minds: the engine of each avatar's mind.
        ears: what hears them; None: they only type. aloud: whether avatars have a voice; else they only write.
        tongues: what the engines of voices are told.
    """

    language: str
    minds: tuple[str, ...]
    ears: Asr | None
    aloud: bool
    tongues: tts.Settings = field(default_factory=dict)


def check(cast: Sequence[Persona], chosen: Chosen) -> None:
    """Say who cannot speak or understand what they should.

    Raises:
        EngineError: somebody cannot; one line for each.
    """
    if chosen.language not in LANGUAGES:
        raise EngineError(f"--language is '{chosen.language}'{meant(chosen.language)}")
    found = (
        ([_voice(who, chosen.tongues) for who in cast] if chosen.aloud else [])
        + [_mind(*pair) for pair in zip(cast, chosen.minds)]
        + [_ears(chosen)]
    )
    if problems := list(dict.fromkeys(filter(None, found))):
        raise EngineError("\n".join(problems))


def _voice(who: Persona, tongues: tts.Settings) -> str:
    tongues = for_language(tongues, who.language)
    voice = tts.find_voice(who.voice, tongues)
    if voice.speaks(who.language):
        return ""
    able = [f"{v.engine}/{v.name}" for v in tts.voices(tongues) if who.language in v.languages][:MOST_VOICES]
    mend = f"voices that speak it: {', '.join(able)}" if able else _could(who.language)
    speaks = " and ".join(map(named, voice.languages))
    return (
        f"{who.name} speaks {named(who.language)}, but the voice '{voice.name}' of {voice.engine} only {speaks}; {mend}"
    )


def _could(language: str) -> str:
    """Who could speak it if they were here."""
    from agents.tts import espeak_ng, kokoro

    names = [f"kokoro/{name}" for name in kokoro.SPEAKERS if kokoro.language_of(name) == language]
    if names:
        return f"{', '.join(names)} can, with `make voices` and {espeak_ng.GET}"
    others = ", ".join(sorted(named(code) for code in kokoro.LANGUAGES.values()))
    return f"of the voices that are known here none speaks it; they speak {others}"


def _mind(who: Persona, engine: str) -> str:
    if engine != "local" or who.language == ENGLISH:
        return ""
    return f"{who.name} speaks {named(who.language)}, but the mind 'local' only English; choose --llm ollama or openai"


def _ears(chosen: Chosen) -> str:
    if chosen.ears is None:
        return ""
    able = asr.load(chosen.ears.engine, **for_engine(chosen.ears)).languages()
    if not able or chosen.language in able:
        return ""
    understood = (
        f"understand English only; {named(chosen.language)} needs --asr base" if able == (ENGLISH,) else "do not"
    )
    return f"you speak {named(chosen.language)}, but the ears '{chosen.ears.model or chosen.ears.engine}' {understood}"
