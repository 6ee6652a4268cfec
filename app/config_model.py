"""What a person may choose, and what it is if they do not: the one place of each default.

One rule: a value that exists is valid. What an engine decides by itself (its model, its address) is None here: its own
constructor has that default, and `duologue config show` asks it.

The JSON Schema in docs/config.schema.json is made of this file. Engines are found by looking into a folder, so their
names are checked here and are no part of the schema.

Loaded only by commands that need it: pydantic takes 0.1 s.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from agents import api_keys, folder
from agents.llm import Options
from app.settings import QUALITIES, SCALES
from agents.language import LANGUAGES, meant
from dialogue.errors import did_you_mean

VERSION = 1  # of the file; one more when what an old file says would mean something else
MOST = 2  # avatars
FORMATS = ("wav", "flac", "mp3", "opus", "aac", "pcm")  # as agents/tts/openai.py, which takes longer to load
AGENTS = Path(folder.__file__).parent


def _engine(stage: str) -> Any:
    """The name of an engine of that stage."""

    def known(name: str) -> str:
        names = folder.engines(str(AGENTS / stage / "__init__.py"))
        if name not in names:
            raise ValueError(f"no {stage} engine named '{name}'{did_you_mean(name, names)}")
        return name

    return Annotated[str, AfterValidator(known)]


def _names(value: object) -> object:
    """Names as a list, or as a text: one in TOML, or with commas between them."""
    if isinstance(value, str) and value.lstrip().startswith("[") and (value.endswith("]") or '"' in value):
        return _toml_list(value)
    if isinstance(value, str):
        return tuple(name.strip() for name in value.split(",") if name.strip())
    return tuple(value) if isinstance(value, list) else value


def _toml_list(text: str) -> object:
    """What a command line has in the form of the file, such as ["ada", "ben"]."""
    try:
        (value,) = tomllib.loads(f"names = {text}").values()
    except (ValueError, RecursionError):  # no TOML, or more than one value
        raise ValueError('expected a list of texts, such as ["ada", "ben"], or ada,ben') from None
    return tuple(value)


def _address(url: str) -> str:
    if not url.startswith(("http://", "https://")) or any(c.isspace() for c in url):
        raise ValueError("expected an address such as http://localhost:8080/v1")
    if problem := api_keys.not_a_place(url):
        raise ValueError(problem)
    return url


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise ValueError(f"no language that is known here{meant(code)}")
    return code


def _key_name(name: str) -> str:
    if not api_keys.NAME.fullmatch(name):
        raise ValueError("expected the name of an environment variable, such as OPENAI_API_KEY")
    return name


Language = Annotated[str, AfterValidator(_language)]
LlmEngine, AsrEngine, TtsEngine, VadEngine, EndOfTurnEngine = map(_engine, ("llm", "asr", "tts", "vad", "end_of_turn"))
NAMES_SCHEMA = {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]}
Name = Annotated[str, Field(min_length=1, max_length=1000)]
Names = Annotated[tuple[Name, ...], BeforeValidator(_names), WithJsonSchema(NAMES_SCHEMA)]
Address = Annotated[str, AfterValidator(_address), Field(max_length=2000)]
KeyName = Annotated[str, AfterValidator(_key_name), Field(max_length=100)]
Wait = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]


class Section(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Talk(Section):
    """Who talks."""

    cast: Names = Field(("ada",), min_length=1, max_length=MOST)
    """Personas that you talk with, one or two: names, or files of them."""
    me: Name | None = None
    """An avatar that shows you, moved by your own voice."""
    seed: int = Field(0, ge=0, lt=2**32)
    """The same seed gives the same choices."""


class Llm(Section):
    """The mind."""

    engine: LlmEngine = "local"
    """A module of agents/llm: local, openai, ollama, script."""
    model: Name | None = None
    """As the server calls it, or a GGUF file for local."""
    base_url: Address | None = None
    """Of any server that speaks OpenAI's protocol, usually ending with /v1, or of Ollama."""
    key_name: KeyName | None = None
    """The environment variable, or entry of the keyring, that holds the key; never the key itself."""
    max_tokens: int = Field(Options.max_tokens, ge=1, le=100_000)
    """Of one answer."""
    temperature: float = Field(Options.temperature, ge=0, le=2, allow_inf_nan=False)
    """0 always says the likeliest, 2 nearly anything."""
    first_s: Wait = Options.first_s
    """Seconds until the first word of an answer; a typed conversation waits a minute at least."""
    idle_s: Wait = Options.idle_s
    """Seconds between two words; a typed conversation waits a minute at least."""


class Asr(Section):
    """The ears: what turns your words into text."""

    engine: AsrEngine = "faster_whisper"
    """A module of agents/asr."""
    model: Name | None = None
    """As the engine calls it: tiny.en, base, small, a folder, or owner/name of the Hugging Face hub."""
    language: Language | None = None
    """The one that you speak, two letters; that of the first of the cast if you do not say."""
    base_url: Address | None = None
    """Of a server, if the engine asks one."""
    key_name: KeyName | None = None
    """As in [llm]."""
    patience_s: Wait | None = None
    """Seconds that a server may be silent."""


class Tts(Section):
    """The voices."""

    voice: Name | None = None
    """Of personas that name none, as `duologue voices` lists them: heart, or hibari/heart."""
    language: Language | None = None
    """Of personas that name none, two letters."""
    engine: TtsEngine | None = None
    """The engine that what follows is for; a voice names its own, as in piper/joe."""
    model: Name | None = None
    """As the engine calls it."""
    base_url: Address | None = None
    """Of a server, if the engine asks one."""
    key_name: KeyName | None = None
    """As in [llm]."""
    voices: Names | None = Field(None, min_length=1)
    """Of a server: the names of its voices, if it does not tell them."""
    format: Literal[FORMATS] | None = None
    """Of a server: how it is to send sound."""
    python: Name | None = None
    """Of coqui: the Python that has the package coqui-tts, if it is not this one."""
    speakers: dict[Name, Name] | None = None
    """Of coqui: a name -> a speaker of the model, or a recording (.wav, .flac) of the person to sound like."""
    download: bool | None = None
    """Of coqui: whether a model that is not here may be fetched, which accepts its licence."""
    patience_s: Wait | None = None
    """Seconds that one sentence may take, or a server may be silent."""


class Vad(Section):
    """What tells a voice from other sound."""

    engine: VadEngine = "silero"
    """A module of agents/vad."""


class EndOfTurn(Section):
    """What tells whether you have said all you want to say."""

    engine: EndOfTurnEngine = "smart_turn"
    """A module of agents/end_of_turn."""


class Audio(Section):
    """Devices; what is said here goes before what the window remembers."""

    microphone: Name | None = None
    """Its name, or a part of it."""
    speaker: Name | None = None
    """Its name, or a part of it."""


class Window(Section):
    """How the window opens; what is not said here is as it was left."""

    panel: bool | None = None
    """Whether the panel is open."""
    subtitles: bool | None = None
    """Whether words are shown over the picture."""
    quality: Literal[QUALITIES] | None = None
    """How much a picture may cost."""
    scale: float | None = Field(None, ge=SCALES[0], le=SCALES[1], allow_inf_nan=False)
    """Of everything in the panel; 0 follows the screen."""


class Models(Section):
    """Model files."""

    folder: Name | None = None
    """Where they are kept; the environment may also say it as DUOLOGUE_CACHE."""
    offline: bool = False
    """Whether no connection may be made to get one; also DUOLOGUE_OFFLINE."""


class Own(Section):
    """What one persona has of its own; goes before its file, and before the sections of all."""

    voice: Name | None = None
    """As in [tts]."""
    language: Language | None = None
    """As in [tts]."""
    llm: Llm = Llm()
    """As [llm]; what is not said here is as it is there."""


class Config(Section):
    """The settings of Duologue."""

    model_config = ConfigDict(title="config.toml of Duologue")

    version: Literal[VERSION] = VERSION
    """Of the file's format."""
    talk: Talk = Talk()
    llm: Llm = Llm()
    asr: Asr = Asr()
    tts: Tts = Tts()
    vad: Vad = Vad()
    end_of_turn: EndOfTurn = EndOfTurn()
    audio: Audio = Audio()
    window: Window = Window()
    models: Models = Models()
    personas: dict[str, Own] = {}
    """By the name that `talk.cast` has for them."""


def schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    found = Config.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}
