"""A reply, from the words of a mind to sound: with a fast voice, and minds that fail in every way."""

import asyncio

import pytest

from agents import llm, tts
from agents.agent import Mark, Said, Trouble, Voice, reply
from agents.clauses import Splitter
from agents.language import phrases
from agents.llm import Message, Options
from agents.llm.script import FAIL, STALL, Engine
from agents.tidy import tidied
from dialogue.emotion import Gesture, Vocal, read, spoken
from dialogue.errors import EngineError
from dialogue.types import Emotion, Feeling

ADA = Voice(0, "low")
SORRY = phrases("en")
QUICK = Options(first_s=0.05, idle_s=0.05)
ASKED = (Message("system", "You are Ada."), Message("user", "Hello!"))


def events(line, piece=None, options=Options(), tongue=None, speaker=ADA):
    async def run():
        ticks = iter(range(10**6))
        answer = reply(ASKED, Engine([line], piece), tongue or tts.load("fake"), speaker, lambda: next(ticks), options)
        return [event async for event in answer]

    return asyncio.run(run())


def texts(line, **more):
    return [event.text for event in events(line, **more) if isinstance(event, Said)]


def test_the_first_clause_comes_alone_and_then_whole_sentences():
    line = "[happy] Oh hello there, my friend. It is late, I know, but come in. Sit down"
    assert texts(line) == ["Oh hello there,", "my friend.", "It is late, I know, but come in.", "Sit down"]


@pytest.mark.parametrize("tag", [*(f"[{e.value} 0.5]" for e in Emotion), "(laughs)", "{nod}"])
def test_a_tag_cut_anywhere_is_the_same_tag_and_never_spoken(tag):
    line = f"Well, yes. {tag} Come in, please. {tag}"
    whole = [(e.text, e.feeling, e.utterance.feelings, e.cues) for e in events(line, 999) if isinstance(e, Said)]
    for piece in range(1, len(tag) + 2):
        got = [(e.text, e.feeling, e.utterance.feelings, e.cues) for e in events(line, piece) if isinstance(e, Said)]
        assert got == whole, piece
    assert all(c not in "".join(w[0] for w in whole) for c in "[](){}")


@pytest.mark.slow
def test_every_position_of_a_cut_gives_the_same_pieces():
    line = "[happy] Hi! [sad 0.5] But it's 3.5 miles, Dr. Smith says. *nods* (laughs) So? {nod}"

    def pieces(*parts):
        split = Splitter()
        return [p for part in parts for p in split.feed(part)] + split.finish()

    whole = pieces(*line)
    for at in range(len(line)):
        assert spoken([i for p in pieces(line[:at], line[at:]) for i in p]) == spoken(read(line)[0])
        assert [i for p in pieces(line[:at], line[at:]) for i in p if not isinstance(i, str)] == [
            i for p in whole for i in p if not isinstance(i, str)
        ]
    assert "But it's 3.5 miles," in spoken([i for p in whole for i in p])


def test_a_feeling_colours_what_follows_it_also_in_later_pieces():
    said = [e for e in events("[sad] I lost it. I did.") if isinstance(e, Said)]
    assert [e.utterance.feelings[0] for e in said] == [(0, Feeling(Emotion.SAD))] * 2
    assert said[0].pause > 0.34 * 48000 and said[-1].feeling == Feeling(Emotion.SAD)


def test_words_and_phones_come_with_their_times():
    (said,) = [e for e in events("Mama came {nod} home") if isinstance(e, Said)]
    assert [w.text for w in said.speech.words] == ["Mama", "came", "home"]
    assert said.speech.phones and said.cues[0].at == said.speech.words[2].start


def test_first_word_and_first_sound_are_marked_once_in_this_order():
    marks = [e for e in events("Hello there, Ben. How are you? Fine.") if isinstance(e, Mark)]
    assert [m.stage for m in marks] == ["llm", "tts"] and marks[0].at < marks[1].at


@pytest.mark.parametrize("ending", [STALL, FAIL])
def test_a_mind_that_breaks_off_is_finished_humanly_and_the_stage_is_named(ending):
    got = events(f"[happy] Come in, my fri{ending}", options=QUICK)
    assert [e.text for e in got if isinstance(e, Said)] == ["Come in,", "my fri", SORRY.lost]
    (trouble,) = [e for e in got if isinstance(e, Trouble)]
    assert trouble.stage == "llm" and "script:" in str(trouble.error)


@pytest.mark.parametrize("ending", [STALL, FAIL])
def test_a_mind_that_never_begins_is_excused(ending):
    assert texts(ending, options=QUICK) == [SORRY.lost]


@pytest.mark.parametrize("line", ["[happy]", "   ", "🙂", "{nod}"])
def test_a_mind_that_says_nothing_is_excused(line):
    assert texts(line)[-1] == SORRY.nothing


def test_a_reply_without_end_is_ended():
    said = " ".join(texts("word " * 5000))
    assert 1000 < len(said) <= 1200


class Hoarse:
    """A voice that fails at certain pieces."""

    def __init__(self, *bad):
        self.bad, self.good = bad, tts.load("fake")

    def speak(self, text, voice, feeling, seed):
        if any(word in text for word in self.bad):
            raise EngineError("hoarse: no voice")
        return self.good.speak(text, voice, feeling, seed)


def test_a_voice_that_fails_once_loses_one_piece_and_says_so():
    got = events("One apple. Two pears. Three plums.", tongue=Hoarse("Two"))
    assert [e.text for e in got if isinstance(e, Said)] == ["One apple.", "Three plums."]
    assert [e.stage for e in got if isinstance(e, Trouble)] == ["tts"]


def test_a_voice_that_is_gone_ends_the_reply():
    got = events("One apple. Two pears. Three plums. Four figs.", tongue=Hoarse("e", "o"))
    assert [e.stage for e in got if isinstance(e, Trouble)] == ["tts", "tts"]
    assert not [e for e in got if isinstance(e, Said)]


def test_a_cancelled_reply_stops_at_once_and_says_nothing_more():
    async def run():
        begun, got = asyncio.Event(), []

        async def read_all():
            async for event in reply(ASKED, Engine([f"Come in, my fri{STALL}"]), tts.load("fake"), ADA, lambda: 0):
                got.append(event)
                if isinstance(event, Said):
                    begun.set()

        task = asyncio.create_task(read_all())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(0.1):
                await task
        return got, len(asyncio.all_tasks())

    got, tasks = asyncio.run(run())
    assert [e.text for e in got if isinstance(e, Said)] == ["Come in,"] and tasks == 1


@pytest.mark.parametrize(
    "written, said",
    [
        ("**Really** *good*!", "Really good!"),
        ("*sighs deeply* Well.", "Well."),
        ("See https://www.example.com/a/b?c=d.", "See example.com."),
        ("# Title\n- one\n- `two`", "Title one two"),
        ("Nice 👍🏽👨‍👩‍👧 one 🙂!", "Nice one!"),
        ("snake_case and _this_", "snake_case and this"),
        ("<b>Bold</b> 3 < 4", "Bold 3 < 4"),
        ("*this is it*", "this is it"),
        ("2 * 3 * 4", "2 3 4"),
    ],
)
def test_decoration_is_not_spoken(written, said):
    assert spoken(tidied([written])) == said


def test_a_deed_between_asterisks_that_we_can_do_is_done():
    assert tidied(["*nods* Yes. *laughs*"]) == (Gesture("nod"), " Yes. ", Vocal("laughs"))


def test_an_unknown_voice_is_trouble_and_no_crash():
    got = events("Hello there.", speaker=Voice(0, "lov"))
    assert [e.stage for e in got if isinstance(e, Trouble)] == ["tts"] and "did you mean 'low'" in str(got[-1].error)


@pytest.mark.slow
def test_a_real_voice_says_a_scripted_reply():
    said = [e for e in events("[happy] Hi there, Ben! Come in.", tongue=tts.load("hibari"), speaker=Voice(0, "heart"))]
    assert [e.text for e in said if isinstance(e, Said)] == ["Hi there,", "Ben!", "Come in."]
    assert llm.load("script")
