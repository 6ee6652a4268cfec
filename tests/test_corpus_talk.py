"""Synthesised conversations: turns as people take them, words that hold every sound, voices that split apart."""

import gzip
import json
from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from agents.tts.fake import Engine as Fake
from agents.tts.hibari import Engine
from agents.tts.misaki import Reader
from agents.tts.speakers import SPEAKERS
from app.corpus_talk import talk
from app.corpus_text import BACKCHANNELS, EXCLAMATIONS, QUESTIONS, SHORT, STATEMENTS, WORDS, sentence
from app.corpus_voices import FAMILIES, KOKORO, apart, speakers
from dialogue.types import RATE, Emotion, Role
from motion import metrics
from motion.corpus import PHONE_INDEX, PHONES, SPLITS
from motion.frame import FPS, HOP

KINDS = (STATEMENTS, QUESTIONS, SHORT, EXCLAMATIONS)
SENTENCES = 1200  # what an hour of conversation holds


def speech(timeline):
    roles = [timeline.roles_at(at + HOP // 2) for at in range(0, timeline.duration, HOP)]
    return np.array([[role is Role.SPEAKING for role in both] for both in roles])


@pytest.fixture(scope="module")
def talked():
    """Twenty-one minutes in seven conversations of the voices that train."""
    own = speakers(0)["train"]
    engine = Engine(own)
    out = []
    for number in range(7):
        rng = np.random.default_rng([0, number])
        out.append(talk(rng, engine, [str(v) for v in rng.choice(list(own), 2, replace=False)], 180 * RATE))
    engine.close()
    return out


@pytest.mark.slow
def test_turns_are_taken_as_people_take_them(talked):
    speaking = np.concatenate([speech(timeline) for timeline in talked])
    held = metrics.floor(speaking)
    minutes = len(speaking) / FPS / 60
    gaps = np.array([b[1] - a[2] for a, b in zip(held.turns, held.turns[1:]) if a[0] != b[0]]) * 1000 / FPS
    for percent, value, slack in ((10, -538, 350), (25, -220, 250), (50, 87, 200), (75, 333, 250), (90, 662, 350)):
        assert abs(np.percentile(gaps, percent) - value) <= slack, percent
    assert 0.25 <= (gaps < 0).mean() <= 0.55
    assert 35 <= 100 * speaking.mean() <= 52
    assert 2 <= 100 * speaking.all(1).mean() <= 9
    assert 8 <= 100 * (~speaking.any(1)).mean() <= 28
    assert 5 <= len(gaps) / minutes <= 12
    assert 1.8 <= np.median([b - a for _, a, b in held.turns]) / FPS <= 5.0
    # Some 42 in 21 minutes: chance alone moves such a count by its root, 6.5; over two hours it is 1.8 a minute.
    chance = 2 * (2.0 / minutes) ** 0.5
    assert 1.7 - chance <= len(held.backchannels) / minutes <= 2.3 + chance
    assert 0.25 <= np.mean([overlapping for *_, overlapping in held.backchannels]) <= 0.65
    assert 0.25 <= np.median([b - a for _, a, b, _ in held.backchannels]) / FPS <= 0.60


@pytest.mark.slow
def test_conversations_hold_laughs_interruptions_all_feelings_and_no_strange_sounds(talked):
    cues = Counter(cue.name for timeline in talked for own in timeline.cues for cue in own)
    assert cues["laughs"] >= 5 and cues["chuckles"] >= 5
    felt = {feeling.emotion for timeline in talked for own in timeline.feelings for _, feeling in own}
    assert felt == set(Emotion)
    broken_off = sum(s.text[-1:].isalnum() for timeline in talked for s in timeline.segments)
    assert broken_off >= 5
    sounds = {phone.symbol for timeline in talked for own in timeline.phones for phone in own}
    assert sounds <= set(PHONE_INDEX)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_conversation():
    one, two = (talk(np.random.default_rng(4), Fake(), ("low", "high"), 20 * RATE) for _ in range(2))
    assert one.segments == two.segments and one.phones == two.phones
    assert np.array_equal(one.audio(0, one.duration), two.audio(0, two.duration))


@pytest.mark.slow
def test_an_hour_of_sentences_holds_every_phone_and_nearly_every_pair():
    from hibari.g2p import ASSETS

    lexicon = json.loads(gzip.decompress((Path(ASSETS) / "lexicon_us_gold.json.gz").read_bytes()))
    common = Counter()
    for said in lexicon.values():
        said = said if isinstance(said, str) else said.get("DEFAULT") or ""
        common.update(pairs(said))
    reader, rng = Reader(), np.random.default_rng(0)
    lines = [" ".join(reader.words(reader.normalize(sentence(rng, KINDS)))) for _ in range(SENTENCES)]
    assert set(PHONES[1:]) <= {PHONES[PHONE_INDEX[c]] for line in lines for c in line if c in PHONE_INDEX}
    heard = {pair for line in lines for pair in pairs(line)}
    wanted = {pair for pair, count in common.items() if count >= 50}  # of the lexicon's 90 000 words
    assert len(wanted & heard) >= 0.93 * len(wanted)
    assert sum(common[p] for p in heard) >= 0.97 * sum(common.values())


def pairs(said):
    """Neighbouring phones; stress is none, and words touch."""
    sounds = [PHONES[PHONE_INDEX[c]] for c in said if c in PHONE_INDEX]
    return list(zip(sounds, sounds[1:]))


def test_every_template_can_be_filled():
    rng = np.random.default_rng(0)
    for template in (*(t for kind in KINDS for t in kind), *BACKCHANNELS):
        said = sentence(rng, ((template,),))
        assert not set("{}") & set(said) and said[0].isupper() and said[-1] in ".?!", said


def test_words_are_written_once_a_list_and_without_stray_marks():
    for name, words in WORDS.items():
        assert all(word == word.strip(" ,.") and word for word in words), name
        assert len(words) == len(set(words)) >= 19, name


def test_a_and_an_go_by_sound():
    said = " ".join(sentence(np.random.default_rng(i), (("Is that {a noun} or {a adj} one?",),)) for i in range(2000))
    for right in ("an umbrella", "an hour", "a euro", "an oboe", "a unique", "a youthful", "an ugly"):
        wrong = right.replace("an ", "a ") if right.startswith("an ") else right.replace("a ", "an ", 1)
        assert f" {wrong} " not in said, wrong


@pytest.mark.parametrize("seed", range(5))
def test_no_voice_of_one_split_is_near_one_of_another(seed):
    voices = speakers(seed)
    assert set(voices) == set(SPLITS) and voices["test"] == SPEAKERS
    assert sum(map(len, voices.values())) >= 12 and len(voices["unseen"]) >= 4
    for one, other in combinations(SPLITS, 2):
        assert not set(voices[one]) & set(voices[other])
        assert all(apart(a, b) for a in voices[one].values() for b in voices[other].values())


def test_another_seed_has_other_voices():
    assert speakers(0) == speakers(0) and speakers(0)["train"] != speakers(1)["train"]


def test_figures_are_measured_on_voices_of_kokoro_that_no_training_may_hear():
    assert FAMILIES["kokoro"] == KOKORO["train"]
    assert len(KOKORO["train"]) >= 6 and len(KOKORO["unseen"]) >= 6
    assert not set(KOKORO["train"]) & set(KOKORO["unseen"])
