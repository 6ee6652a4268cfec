"""What each language asks of us: where its sentences end, how it is read aloud, and who can speak it."""

import asyncio
import re

import numpy as np
import pytest
from ear import engine_or_skip

from agents import asr, llm, models, tts
from agents.agent import Said, Trouble, Voice, reply
from agents.clauses import Splitter
from agents.language import LANGUAGES, PHRASES, meant, phrases
from agents.llm.script import FAIL, Engine
from agents.persona import Persona, parse
from agents.prompt import head
from agents.tts import espeak_ng
from agents.tts.kokoro import LANGUAGES as OF_KOKORO
from agents.tts.misaki import numbers
from agents.tts.reading import MAX_PHONES
from app import cli, languages
from app.config_model import Asr
from dialogue.emotion import spoken
from dialogue.errors import EngineError, PersonaError
from dialogue.types import Feeling

needs_espeak = pytest.mark.skipif(not espeak_ng.installed(), reason=f"needs {espeak_ng.GET}")
needs_base = pytest.mark.skipif(not models.installed("whisper-base"), reason="needs Whisper base")


def sentences(text, language):
    split = Splitter(language)
    return [spoken(items) for items in [*split.feed(text), *split.finish()]]


@pytest.mark.parametrize(
    "language, pieces",
    [
        ("en", ["Dr. Smith came at 3.5 miles.", "J. K. saw it!", "Yes."]),
        ("es", ["¡Hola!", "¿Qué tal?", "El Sr. López y la Dra. Ruiz no vienen.", "«Adiós.»", "Ya está."]),
        ("fr", ["Ça va ?", "M. Martin est là !", "« Oui. »", "Mme Dupont p. ex. dort."]),
        ("de", ["Wir kommen am 3. Mai z. B. um elf.", "„Gut.“", "Das kostet ca. 5 Euro."]),
        ("pl", ["To jest np. dom.", "Dziś jest 5. maja."]),
        ("pt", ["O Sr. Silva não vem.", "Que pena!"]),
        ("it", ["Il dott. Rossi dorme.", "Davvero?"]),
        ("hi", ["यह मेरा घर है।", "क्या आप आएंगे?", "डॉ. शर्मा आए।"]),
        ("ar", ["كيف حالك؟", "أنا بخير!"]),
        ("ur", ["یہ گھر ہے۔", "شکریہ۔"]),
        ("ru", ["Он живёт на ул. Ленина.", "А. П. Чехов жил тут."]),
    ],
)
def test_a_sentence_ends_where_its_language_ends_it(language, pieces):
    assert [p for p in sentences(" ".join(pieces) + " ", language)] == pieces


def test_where_nobody_writes_spaces_a_mark_is_enough_and_a_long_clause_is_cut_at_its_comma():
    assert sentences("你好！你今天怎么样？我很好。", "zh") == ["你好！", "你今天怎么样？", "我很好。"]
    assert sentences("今日はとても、いい天気ですね。", "ja") == ["今日はとても、", "いい天気ですね。"]


@pytest.mark.parametrize("language", ["de", "es", "fr", "hi", "zh"])
def test_pieces_joined_are_the_whole_however_it_comes(language):
    text = "Am 3. Mai, z. B. um 10. ¿Qué? « Oui. » Ja! 你好。क्या है। Fin"
    for size in (1, 2, 5, 99):
        split = Splitter(language)
        parts = [p for at in range(0, len(text), size) for p in split.feed(text[at : at + size])] + split.finish()
        assert "".join(item for p in parts for item in p) == text


def test_a_language_is_a_code_and_a_name_is_told_its_code():
    assert parse('name = "Lucía"\nlanguage = "es"').language == "es"
    assert parse('name = "Lucía"\nlanguage = "es"').backchannels == ("ajá", "claro", "sí")
    assert parse('name = "Chai"\nlanguage = "th"\nbackchannels = []').backchannels == ()
    for wrong, message in (
        ("spanish", "did you mean 'es', Spanish"),
        ("es-MX", "'es'"),
        ("xx", "expected two letters"),
    ):
        with pytest.raises(PersonaError, match=f"language is '{wrong}'.*{message}"):
            Persona("Lucía", language=wrong)
    assert "es" in meant("Spannish") and all(re.fullmatch("[a-z]{2}", code) for code in LANGUAGES)


def test_a_mind_is_told_which_language_to_speak():
    assert "You speak Spanish, and nothing else." in head(Persona("Lucía", language="es")).text
    assert "You speak" not in head(Persona("Ada")).text
    assert "You speak English, and nothing else." in head(Persona("Ada"), mixed=True).text


@pytest.mark.parametrize("language", [*PHRASES, "th"])
def test_who_lost_their_thread_says_so_in_their_own_language(language):
    async def run(line):
        mind, voice = Engine([line]), Voice(0, "low", language=language)
        return [event async for event in reply((llm.Message("user", "?"),), mind, tts.load("fake"), voice, lambda: 0)]

    got = asyncio.run(run(f"So {FAIL}"))
    assert any(isinstance(event, Trouble) for event in got)
    assert " ".join(e.text for e in got if isinstance(e, Said)).endswith(phrases(language).lost)
    assert [e.text for e in asyncio.run(run("*sighs*")) if isinstance(e, Said)][-1] == phrases(language).nothing


def test_who_cannot_speak_or_understand_is_named_with_who_could():
    cast = (Persona("Lucía", language="es"), Persona("Chai", language="th"))
    with pytest.raises(EngineError) as told:
        languages.check(cast, languages.Chosen("es", ("local",) * len(cast), Asr(model="tiny.en"), aloud=True))
    voice, thai, mind, _, ears = str(told.value).split("\n")
    assert voice.startswith("Lucía speaks Spanish, but the voice 'heart' of hibari only English; ")
    assert "kokoro/dora" in voice and "none speaks it; they speak English, French, Hindi" in thai
    assert mind == "Lucía speaks Spanish, but the mind 'local' only English; choose --llm ollama or openai"
    assert ears == "you speak Spanish, but the ears 'tiny.en' understand English only; Spanish needs --asr base"
    languages.check((Persona("Ada"),), languages.Chosen("en", ("local",), Asr(), aloud=True))


def test_who_only_types_needs_no_ears_and_who_only_writes_no_voice():
    lucia = (Persona("Lucía", language="es"),)
    languages.check(lucia, languages.Chosen("es", ("script",), None, aloud=False))
    with pytest.raises(EngineError, match="^Lucía speaks Spanish, but the voice 'heart'.*dora") as told:
        languages.check(lucia, languages.Chosen("es", ("script",), None, aloud=True))
    assert "ears" not in str(told.value)
    with pytest.raises(EngineError, match="^you speak Spanish, but the ears"):
        languages.check(lucia, languages.Chosen("es", ("script",), Asr(model="tiny.en"), aloud=False))


def test_talk_says_so_before_anything_is_loaded(tmp_path, capsys):
    file = tmp_path / "lucia.toml"
    file.write_text('name = "Lucía"\nlanguage = "es"\n', "utf-8")
    assert cli.main(["talk", "--cast", str(file), "--llm", "script", "--mic", str(tmp_path / "none.wav")]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 2  # her voice, your ears; the recording was not even looked for
    assert cli.main(["talk", "--language", "spanish"]) == 1
    assert (
        "asr.language is 'spanish': no language that is known here; did you mean 'es', Spanish?"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize("name", asr.engines())
def test_every_transcriber_tells_which_languages_it_understands_without_loading(name):
    assert set(asr.load(name).languages()) <= set(LANGUAGES)
    assert asr.load("faster_whisper", "tiny.en").languages() == ("en",)
    assert "hi" in asr.load("faster_whisper", "base").languages()


def test_every_voice_tells_which_languages_it_speaks():
    assert all(set(voice.languages) <= set(LANGUAGES) for voice in tts.voices())
    assert tts.Voice("any", "server", "whoever is there", ()).speaks("th")
    assert set(OF_KOKORO.values()) == {"en", *espeak_ng.VARIANTS}


# Reading aloud


def read(language, text):
    return {word.text: word.phones for word in espeak_ng.Reader(language).spoken(text.split())}


@needs_espeak
def test_numbers_and_abbreviations_are_read_by_the_rules_of_the_language_and_stay_one_word():
    got = read("es", "El Sr. López llegó a las 10:30, ¿no?")
    assert list(got) == ["El", "Sr.", "López", "llegó", "a", "las", "10:30,", "¿no?"]
    assert got["Sr."] == "seɲˈoɾ" and got["10:30,"] == "ðjˈɛθ tɾˈAnta," and got["¿no?"] == "nˈo?"
    assert read("fr", "L'an 1999 , oui !")["1999"].startswith("mil nœf")
    assert read("hi", "यह मेरा घर है।")["है।"].endswith(".")


@needs_espeak
@pytest.mark.parametrize("language", espeak_ng.VARIANTS)
@pytest.mark.parametrize(
    "text",
    ["", "...", "🙂", "— -", "-v --help", "x" * 48, "9" * 48, "你好。 Привет! 😀ok", "a\u0301 ﬁ ² %", "<b> & \\ '"],
)
def test_anything_is_read_without_loss_in_the_alphabet_of_the_voices(language, text):
    words = text.split()
    got = espeak_ng.Reader(language).spoken(words)
    assert [w.text for w in got] == words
    assert set("".join(w.phones for w in got)) <= set(numbers()) and all(len(w.phones) <= MAX_PHONES + 1 for w in got)


@needs_espeak
def test_a_sentence_ends_for_a_reader_as_for_a_splitter():
    reader = espeak_ng.Reader("es")
    assert reader.ends_sentence("tal?", "Bien.") and reader.ends_sentence("sí.»", "Ya")
    assert not reader.ends_sentence("Sr.", "López") and not reader.ends_sentence("sí...", "pero")


SAID = {
    "siwis": "Bonjour, je voudrais boire un café avec toi demain matin.",
}


@pytest.mark.slow
@needs_espeak
@needs_base
def test_an_ear_that_knows_the_language_hears_every_word():
    voice, ear = engine_or_skip("kokoro"), asr.load("faster_whisper", "base")
    known = {v.name: v.languages[0] for v in voice.voices()}
    for name, text in SAID.items():
        speech = list(voice.speak(text, name, Feeling(), 0))
        assert [w.text for s in speech for w in s.words] == text.split()
        sound = np.concatenate([s.samples for s in speech])
        got, want = (re.sub(r"[^\w ]", "", t.lower()).split() for t in (ear.transcribe(sound, known[name]).text, text))
        assert sum(a != b for a, b in zip(got, want)) + abs(len(got) - len(want)) <= 1, (name, got)
        assert -27 < 20 * np.log10(np.sqrt(np.mean(sound**2))) < -16
    voice.close()
    ear.close()
