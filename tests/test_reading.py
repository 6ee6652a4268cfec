import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.tts.misaki import Reader
from agents.tts.reading import (
    MAX_LETTERS,
    MAX_PHONES,
    MAX_WORDS,
    Spoken,
    clauses,
    emoji_names,
    parts,
    phones_of,
    sayable,
    shares,
)

READER = Reader()


def said(text):
    return {w.text: w.phones for w in phones_of(text.split(), READER)}


@pytest.mark.parametrize(
    "word, latin",
    [("Hello,", "Hello,"), ("café", "café"), ("Привет", "Privet"), ("你好", "NiHao"), ("x²", "x2"), ("ﬁne", "fine"),
     ("٣", "3"), ("🙂", ""), ("👩‍👩‍👧", ""), ("—", ""), ("...", ""), ("&", "&"), ("5€", "5€")],
)  # fmt: skip
def test_every_script_becomes_letters_that_can_be_read(word, latin):
    assert sayable(word) == latin


def test_emoji_have_names_each_said_once():
    assert emoji_names("🎉🎉🔥") == "party popper, fire"


def test_a_lone_emoji_is_said_and_one_among_words_is_not():
    assert said("🎉") != {"🎉": ""}
    assert said("Great 🎉 job")["🎉"] == ""


def test_numbers_times_and_titles_stay_one_written_word():
    phones = said("Dr. Smith paid 1,250 dollars at 7:30 pm, not $5")
    assert phones["Dr."] == "dˈɑktəɹ" and phones["1,250"].count(" ") == 4
    assert all(phones.values())


@pytest.mark.parametrize(
    "source, spoken, owned",
    [
        (["a", "b"], ["a", "b"], [[0], [1]]),
        (["at", "7:30", "pm"], ["at", "seven", "thirty", "P.M."], [[0], [1, 2], [3]]),
        (["10", "%"], ["ten"], [[0], []]),
        (["a", "-", "b"], ["a", "b"], [[0], [], [1]]),
        ([], [], []),
    ],
)
def test_spoken_words_find_the_written_word_they_say(source, spoken, owned):
    assert shares(source, spoken) == owned


words = st.lists(st.text("abc", min_size=1, max_size=4), max_size=8)


@given(words.filter(bool), words)
def test_every_spoken_word_has_one_owner_and_order_is_kept(source, spoken):
    owned = shares(source, spoken)
    assert [j for indices in owned for j in indices] == list(range(len(spoken)))


def test_sentences_end_where_people_end_them():
    text = "Dr. J. K. Smith came. He said: go! 🙂 Why? because"
    assert [" ".join(c) for c in clauses(text, READER.ends_sentence)] == [
        "Dr. J. K. Smith came.", "He said: go! 🙂", "Why? because",
    ]  # fmt: skip


def test_a_sentence_without_end_is_cut_after_a_comma_or_at_the_limit():
    with_commas = list(clauses("one two three, " * 100, READER.ends_sentence))
    without = list(clauses("word " * 5000, READER.ends_sentence))
    assert all(len(c) <= MAX_WORDS for c in with_commas + without)
    assert all(c[-1].endswith(",") for c in with_commas)
    assert sum(map(len, without)) == 5000


def test_writing_without_spaces_is_cut_after_its_marks_and_at_a_limit():
    assert list(clauses("你好，我是本。今天。 Ok", READER.ends_sentence)) == [
        ["你好，", "我是本。"],
        ["今天。"],
        ["Ok"],
    ]
    assert [len(w) for c in clauses("x" * 100, READER.ends_sentence) for w in c] == [48, 48, 4]


def test_what_is_spelled_out_letter_by_letter_still_fits_the_model():
    for letter in "W7&Ж你":
        (word,) = phones_of([letter * MAX_LETTERS], READER)
        assert 0 < len(word.phones) < MAX_PHONES, letter


def test_parts_hold_no_more_than_the_model_takes():
    spoken = [Spoken("x", "a" * 150)] * 7
    out = list(parts(spoken))
    assert [w for part in out for w in part] == spoken
    assert all(len(" ".join(w.phones for w in part)) <= MAX_PHONES for part in out)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.text("0123456789.,:/-$%²½ aXIV'’[]()", max_size=40))
def test_no_writing_makes_the_reader_stumble_or_lose_a_word(text):
    for clause in clauses(text, READER.ends_sentence):
        spoken = phones_of(clause, READER)
        assert [w.text for w in spoken] == clause
        for part in parts(spoken):
            symbols = " ".join(w.phones for w in part if w.phones)
            assert len(READER.ids(symbols)) == len(symbols) + 2 <= MAX_PHONES + 2
