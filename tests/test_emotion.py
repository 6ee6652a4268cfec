"""Tags, sounds and gestures are read the same however the text arrives, and nothing spoken is lost."""

import pytest
from hypothesis import given, settings, strategies as st

from dialogue.emotion import (
    ALIASES,
    CUE_ALIASES,
    GESTURES,
    MAX_TAG,
    VOCALS,
    Gesture,
    TagReader,
    Vocal,
    joined,
    read,
    spoken,
    write,
)
from dialogue.types import Emotion, Feeling

SCRAPS = st.sampled_from(
    [
        "[happy 0.8]",
        "[joy]",
        "[hapy]",
        "(laughs)",
        "(I think)",
        "{nod}",
        "{nodd}",
        "[",
        "]",
        "(",
        "{",
        "}",
        "\\",
        "\\[",
        "\\\\",
        "#",
        " ",
        "\n",
        "Hi",
        "we're",
        "😀",
        "你好",
        "[happy 1.7]",
        "[" + "x" * 50 + "]",
        "[1]",
        "(laughs",
        "[a [sad]",
    ]
)
TEXTS = st.lists(SCRAPS | st.text(max_size=4), max_size=20).map("".join)
FEELINGS = st.builds(Feeling, st.sampled_from(Emotion), st.integers(0, 1000).map(lambda n: n / 1000))
ITEMS = st.lists(
    st.text(max_size=12)
    | FEELINGS
    | st.sampled_from(sorted(VOCALS)).map(Vocal)
    | st.sampled_from(sorted(GESTURES)).map(Gesture),
    max_size=8,
).map(lambda items: tuple(joined(items)))


@pytest.mark.slow
@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 60)), st.booleans())
def test_any_cutting_of_the_text_gives_the_same_items(text, cuts, strict):
    reader, items, at = TagReader(strict), [], 0
    for cut in sorted(cuts):
        items += reader.feed(text[at:cut] if cut > at else "")
        assert len(reader.held) <= MAX_TAG + 2
        at = max(at, cut)
    items += reader.feed(text[at:]) + reader.finish()
    assert (tuple(joined(items)), tuple(reader.mistakes)) == read(text, strict)


@settings(deadline=None)
@given(ITEMS)
def test_written_items_are_read_as_they_were(items):
    assert read(write(items), strict=True) == (items, ())


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="[({\\")))
def test_text_without_brackets_is_spoken_as_it_is(text):
    assert "".join(read(text)[0]) == text


def test_a_line_of_a_play_becomes_text_feelings_sounds_and_gestures():
    items, mistakes = read("[happy 0.8] Hi! (laughs) You {nod} there.", strict=True)
    assert items == (Feeling(Emotion.HAPPY, 0.8), " Hi! ", Vocal("laughs"), " You ", Gesture("nod"), " there.")
    assert mistakes == ()
    assert spoken(items) == "Hi! You there."


@pytest.mark.parametrize(
    "text, at, suggestion",
    [
        ("Oh [hapy] dear", 3, "[happy]"),
        ("{nodd}", 0, "{nod}"),
        ("(nods)", 0, "{nod}"),
        ("{laughs}", 0, "(laughs)"),
        ("(chuckels) so", 0, "(chuckles)"),
        ("[look awy]", 0, "{look-away}"),
    ],
)
def test_a_strict_reader_names_the_place_and_what_was_probably_meant(text, at, suggestion):
    mistake = read(text, strict=True)[1][0]
    assert (mistake.at, mistake.suggestion) == (at, suggestion)


@pytest.mark.parametrize(
    "text", ["[happy", "(I said, and I will say it again, that this is not all right)", "[happy 1.5]", "[[happy]"]
)
def test_a_strict_reader_says_what_it_expected(text):
    assert len(read(text, strict=True)[1]) == 1
    assert read(text, strict=True)[1][0].expected


@pytest.mark.parametrize(
    "text, said",
    [
        ("[smug] Hello", "Hello"),
        ("Hello {waves} you", "Hello you"),
        ("It costs [1] (about) five", "It costs [1] (about) five"),
        ("array[i+1] = {}", "array[i+1] = {}"),
        ("never [closed", "never [closed"),
        ("a (very (nested) thing)", "a (very (nested) thing)"),
        ("[happy 7] yes", "yes"),
        ("[laughs] (smile) oh", "oh"),
    ],
)
def test_a_lenient_reader_never_speaks_a_tag_and_never_loses_other_text(text, said):
    assert spoken(read(text)[0]) == said
    assert read(text)[1] == ()


def test_a_lenient_reader_understands_cues_in_the_wrong_bracket_and_strong_feelings():
    assert read("[laughs](smile)[happy 7]")[0] == (Vocal("laughs"), Gesture("smile"), Feeling(Emotion.HAPPY, 1.0))


@pytest.mark.parametrize(
    "text, said",
    [
        ("Hello (laughs), how {nod} are you {smile}?", "Hello, how are you?"),
        ("Well (laughs). Good {nod}, yes {smile}!", "Well. Good, yes!"),
        ("Stop. {nod}. Now", "Stop. Now"),
        ("Ça va ? {nod} Bien !", "Ça va ? Bien !"),
        ("It is {nod} .5 of it", "It is .5 of it"),
    ],
)
def test_a_mark_behind_a_tag_belongs_to_the_word_before_it(text, said):
    assert spoken(read(text)[0]) == said


def test_a_backslash_makes_a_bracket_a_spoken_one():
    assert read(r"\(sic\) \[1\] c:\dir \\ \#", strict=True) == ((r"(sic) [1] c:\dir \ #",), ())


def test_every_emotion_and_cue_has_its_aliases_and_no_alias_means_two_things():
    assert set(ALIASES) == set(Emotion)
    assert set(CUE_ALIASES) == {*VOCALS, *GESTURES}
    for table, own in ((ALIASES, [e.value for e in Emotion]), (CUE_ALIASES, [*VOCALS, *GESTURES])):
        names = [*own, *(a for names in table.values() for a in names.split())]
        assert len(names) == len(set(names))
