"""The default transcriber: Whisper through faster-whisper's model objects, int8 on a CPU, or a GPU where there is one.

One rule: the encoder hears the speech and little more. Whisper is made for 30 s and faster-whisper always fills them
up; told only the speech, 2 s of silence, and no less than 6 s in all, it makes no more mistakes and answers a short
sentence in a tenth of the time. What it makes up when nobody speaks is dropped.

Models: those of the manifest, whose bytes are verified and never leave memory; or any folder in the format of
CTranslate2; or a name on the Hugging Face hub, once `duologue models pull` has fetched it. Nothing is fetched here, and
none of these formats can carry code.

Source: Radford et al., arXiv 2212.04356, section 4.5, for what tells speech from invention.

Letters: N samples, M mel bands, T frames.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from agents import installed, model_format, model_hub, models
from agents.asr import Transcript, check
from agents.language import ENGLISH, LANGUAGES
from agents.mel import MODEL_RATE, for_model, log_mel
from dialogue.errors import EngineError, ModelFileError, did_you_mean
from dialogue.types import RATE, Word

MODEL = "tiny.en"
KNOWN = {name: f"whisper-{name}" for name in ("tiny.en", "base", "small")}  # our name of it: that in the manifest
FILES = {"model.bin": "", "config.json": "-config", "tokenizer.json": "-tokenizer", "vocabulary.txt": "-vocabulary"}
LEAST, AFTER, MOST = 6, 2, 30  # seconds that the encoder hears: at least, after the speech, at most
PENALTY = 1.15  # for words that come again: without, short answers become loops
PROMPTED = 1.02  # with a prompt, whose words and full stops count as said before, and would be avoided ...
LOOP = 4  # ... so that what loops is told by as many tokens that came before
ALIKE = 0.7  # of the words of two halves
ALIKE_LETTERS = 0.9  # of two sentences, letter by letter
AGAIN = re.compile(r"\b(\w[^.?!]*)[.?!]+(\s+\1\b[.?!]*)+", re.I)  # a sentence once more: a loop's beginning
STOPS = (".", "?", "!")
TOKENS, TOKENS_A_SECOND = 8, 12  # nobody speaks faster; what goes on longer is a loop
PROMPT = 64  # tokens of what was said before that are kept

SILENT = 10 ** (-70 / 20)  # of full scale: a sound whose loudest sample is smaller holds nothing
LITTLE = RATE // 2  # of voice: with less, a phantom is not believed
# Both together: nobody spoke. One word of a voice gives a no_speech of 0.2 at most, noise and hum 0.6 at least.
NO_SPEECH, UNSURE = 0.6, -1.0
HOPELESS = -2.0  # mean logarithm under which no text is believed
REPEATS = 2.4  # how well text can be packed that says one thing over and over
PHANTOMS = frozenset(
    "you|thank you|thanks|thank you so much|thank you very much|thanks for watching|thank you for watching|bye|bye bye|"
    "please subscribe|subscribe|like and subscribe|see you next time|see you in the next video|the end|so|okay|"
    "subtitles by the amara org community|music|applause|silence|blank audio|"
    "subtítulos realizados por la comunidad de amara org|gracias por ver el video|sous titres réalisés par la communauté "
    "d amara org|merci d avoir regardé cette vidéo|untertitel der amara org community|vielen dank|"
    "sottotitoli creati dalla comunità amara org|legendas pela comunidade amara org|obrigado por assistir".split("|")
)  # what Whisper hears in noise, having learned from films; people say some of it too, but not in no time
NOTE = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]+")  # (coughs), [BLANK_AUDIO]: nobody said that


class Engine:
    """The model is loaded by `warm` or the first transcription; before, an engine costs nothing."""

    deterministic = True
    longest = (MOST - AFTER) * RATE

    def __init__(self, model: str = MODEL) -> None:
        self.model = model
        self._whisper: Any = None
        self._loading = Lock()

    def languages(self) -> tuple[str, ...]:
        # Whisper's own names: those that end so know English alone. What a folder holds is seen when it is loaded.
        if self.model.endswith(".en"):
            return (ENGLISH,)
        return tuple(LANGUAGES) if self.model in KNOWN else ()

    def warm(self, language: str = "en") -> None:
        whisper = self._load()
        noise = np.random.default_rng(1).normal(0.0, 0.01, LEAST * MODEL_RATE).astype(np.float32)
        _generate(whisper, _encode(whisper, noise), _tokenizer(whisper, language, self.model), "", 1.0)

    def transcribe(
        self, sound: np.ndarray, language: str = "en", prompt: str = "", voiced: int | None = None, words: bool = False
    ) -> Transcript:
        check(sound, self.longest)
        whisper = self._load()
        tokenizer = _tokenizer(whisper, language, self.model)
        if voiced == 0 or not len(sound) or np.abs(sound).max() < SILENT:
            return Transcript(no_speech=1.0)
        small = for_model(sound)
        encoded = _encode(whisper, small)
        tokens, no_speech, sure, stop = _generate(whisper, encoded, tokenizer, prompt, len(sound) / RATE)
        text = _text(tokenizer, tokens)
        if prompt and (stop is None or begins_again(text)):  # the prompt led into a loop
            tokens, no_speech, sure, stop = _generate(whisper, encoded, tokenizer, "", len(sound) / RATE)
            text = _text(tokenizer, tokens)
        if prompt:
            text = once(text)
        if not believable(text, no_speech, sure, voiced):
            return Transcript("", (), no_speech, sure)
        times = _words(whisper, encoded, tokenizer, tokens, len(sound)) if words else ()
        return Transcript(text, times, no_speech, sure, stop)

    def close(self) -> None:
        self._whisper = None

    def _load(self) -> Any:
        with self._loading:
            if self._whisper is None:
                self._whisper = _load(self.model)
            return self._whisper


def once(text: str) -> str:
    """Text without what only says again what was said before: so a loop begins. A sentence, word by word; or all of it,
    nearly alike, the second time bent by the very rule that forbids loops: the first time stands."""
    text = AGAIN.sub(lambda found: found[1] + found[0][len(found[1])], text)
    kept: list[str] = []
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        if not kept or not _alike(kept[-1], sentence):
            kept.append(sentence)
    text = " ".join(kept)
    words = text.split()
    bare = _bare(text)
    halves = [half for half in range(len(words) // 2 - 1, len(words) // 2 + 2) if 2 <= half <= len(words) - 2]
    like = {half: SequenceMatcher(None, bare[:half], bare[half:]).ratio() for half in halves}
    best = max(like, key=like.__getitem__, default=0)
    return " ".join(words[:best]) if like.get(best, 0.0) > ALIKE else text


def _alike(one: str, next_: str) -> bool:
    """Whether a sentence is the one before it, but for a letter or two: nobody says so, and loops do."""
    one, next_ = " ".join(_bare(one)), " ".join(_bare(next_))
    return len(one.split()) > 2 and SequenceMatcher(None, one, next_, autojunk=False).ratio() > ALIKE_LETTERS


def begins_again(text: str) -> bool:
    """Whether the text ends with the beginning of a sentence that it holds whole: a loop that was left in its midst."""
    *before, last = [_bare(sentence) for sentence in re.split(r"(?<=[.?!])\s+", text.strip(" ,.…-"))]
    return len(last) > 1 and any(len(one) > len(last) and one[: len(last)] == last for one in before)


def believable(text: str, no_speech: float, avg_logprob: float, voiced: int | None) -> bool:
    """Whether somebody said this, rather than Whisper made it up; arguments as in Transcript and `transcribe`."""
    plain = " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())
    if not plain or avg_logprob < HOPELESS or (no_speech > NO_SPEECH and avg_logprob < UNSURE):
        return False
    data = text.encode()
    if len(data) / len(zlib.compress(data)) > REPEATS:
        return False
    if plain in PHANTOMS:
        little = voiced is None or voiced < LITTLE
        return no_speech < (NO_SPEECH / 2 if little else NO_SPEECH) and not (little and avg_logprob < UNSURE)
    return True


def needed(model: str) -> str | None:
    """What `duologue models pull` calls a model; None for a folder, which is a person's own."""
    if model in KNOWN:
        return KNOWN[model]
    return model if model_hub.is_name(model) and not Path(model).exists() else None


def _text(tokenizer: Any, tokens: list[int]) -> str:
    return " ".join(NOTE.sub(" ", tokenizer.decode(tokens)).split())


def _bare(text: str) -> list[str]:
    return [word.strip(".,?!…-").lower() for word in text.split()]


def _load(model: str) -> Any:
    """faster-whisper's object for a model."""
    try:
        import ctranslate2
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise EngineError(installed.lacking("hearing", ["faster-whisper"])) from error
    gpu = ctranslate2.get_cuda_device_count() > 0
    options = {"device": "cuda", "compute_type": "int8_float16"} if gpu else {"device": "cpu", "compute_type": "int8"}
    path = Path(model).expanduser()
    if model in KNOWN:
        options["files"] = {file: models.read(KNOWN[model] + end) for file, end in FILES.items()}
    elif needed(model):
        path = model_hub.verified(model)
    elif path.name == model and not path.exists():  # one word that is no folder: a name, mistyped
        raise ModelFileError(
            f"no Whisper model named '{model}'{did_you_mean(model, KNOWN)}; a folder works too, or owner/name of the "
            "Hugging Face hub"
        )
    else:
        model_format.check_folder(path)
    try:
        # A second thread gains nothing. What is here is never asked for elsewhere.
        return WhisperModel(str(path), cpu_threads=1, local_files_only=True, **options)
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelFileError(
            f"Whisper model '{model}' cannot be loaded: {error}; it is damaged, or no Whisper: get it again"
        ) from error


def _tokenizer(whisper: Any, language: str, model: str) -> Any:
    from faster_whisper.tokenizer import Tokenizer

    known = whisper.supported_languages
    if language not in known:
        raise EngineError(
            f"Whisper model '{model}' does not know the language '{language}'; it knows "
            + (", ".join(known) if len(known) < 5 else f"{len(known)} others")
            + ("; 'base' and all models without '.en' know more" if known == ["en"] else "")
        )
    return Tokenizer(whisper.hf_tokenizer, whisper.model.is_multilingual, "transcribe", language)


def _encode(whisper: Any, small: np.ndarray) -> Any:
    """What the encoder makes of sound [N] at MODEL_RATE, silence behind it."""
    size = min(max(LEAST, -(-len(small) // MODEL_RATE) + AFTER), MOST) * MODEL_RATE
    return whisper.encode(log_mel(np.pad(small, (0, size - len(small))), whisper.model.n_mels))


def _generate(
    whisper: Any, encoded: Any, tokenizer: Any, prompt: str, seconds: float
) -> tuple[list[int], float, float, float | None]:
    """Tokens of text, how likely no speech, the mean logarithm of a token's chance, and how likely a full stop."""
    before = tokenizer.encode(" " + prompt.strip())[-PROMPT:] if prompt.strip() else []
    start = whisper.get_prompt(tokenizer, before, without_timestamps=True)
    (result,) = whisper.model.generate(
        encoded,
        [start],
        beam_size=1,
        repetition_penalty=PROMPTED if before else PENALTY,
        no_repeat_ngram_size=LOOP if before else 0,
        max_length=len(start) + TOKENS + round(TOKENS_A_SECOND * seconds),
        return_scores=True,
        return_logits_vocab=True,
        return_no_speech_prob=True,
    )
    tokens = result.sequences_ids[0]
    sure = result.scores[0] * len(tokens) / (len(tokens) + 1)
    return tokens, result.no_speech_prob, sure, _stop(tokenizer, tokens, result.logits[0])


def _stop(tokenizer: Any, tokens: list[int], logits: Sequence[Any]) -> float | None:
    """How likely a full stop, or nothing more, comes behind the last word; None if the text was cut off there.

    Which mark is written says less: a comma or ... that was nearly a full stop is written like one that was not.
    """
    from ctranslate2 import Device

    word = len(tokens)
    while word and not any(c.isalnum() for c in tokenizer.decode(tokens[word - 1 : word])):
        word -= 1
    if not word or word >= len(logits):
        return None
    row = np.array(logits[word].to_device(Device.cpu)).astype(np.float64).ravel()
    chances = np.exp(row - row.max())
    return float(chances[[*(tokenizer.encode(mark)[0] for mark in STOPS), tokenizer.eot]].sum() / chances.sum())


def _words(whisper: Any, encoded: Any, tokenizer: Any, tokens: list[int], end: int) -> tuple[Word, ...]:
    """When each word sounds, up to `end`, from where the decoder looked for it."""
    frames = encoded.shape[1] * 2
    found = whisper.find_alignment(tokenizer, [[t for t in tokens if t < tokenizer.eot]], encoded, frames)[0]
    words: list[Word] = []
    for one in found:
        start, stop = (min(round(float(one[edge]) * RATE), end) for edge in ("start", "end"))
        text = one["word"].strip()
        if words and not one["word"].startswith(" ") and text:  # the rest of a word, or a full stop
            words[-1] = Word(words[-1].text + text, words[-1].start, words[-1].end if not text.isalnum() else stop)
        elif text:
            words.append(Word(text, start, stop))
    return tuple(words)
