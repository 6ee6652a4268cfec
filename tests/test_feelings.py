"""Which feeling fits is told by how much likelier it became, for some are likely always."""

import pytest

from agents.llm.feelings import EXAMPLES, FEELINGS, WORDS, examples, fitting, log_chances

LEAST = -9.0


def chances(**known):
    return dict.fromkeys(FEELINGS, LEAST) | known


def test_a_feeling_that_is_always_likely_gives_way_to_one_that_became_likely():
    usual = chances(thoughtful=-0.5, sad=-6.0, happy=-3.0)
    assert fitting(chances(thoughtful=-0.9, sad=-2.0, happy=-4.0), usual) == "sad"
    assert fitting(usual, usual) == "thoughtful"


def test_a_token_counts_for_the_one_feeling_that_begins_so():
    top = [
        {"token": t, "logprob": p} for t, p in (("thought", -1.0), ("a", -1.5), ("am", -2.0), ("", -0.1), ("x", -8.0))
    ]
    assert log_chances(top) == chances(thoughtful=-1.0, surprised=-2.0)


def test_the_first_letters_of_no_two_feelings_are_the_same_token():
    assert len({word[:2] for word in WORDS.values()}) == len(WORDS) == len(FEELINGS)


@pytest.mark.parametrize("words", [WORDS, {name: name for name in FEELINGS}])
def test_the_examples_show_every_feeling_once(words):
    assert sorted(feeling for _, feeling, _ in EXAMPLES) == sorted(FEELINGS)
    assert {m.text.split("]")[0][1:] for m in examples(words) if m.role == "assistant"} == set(words.values())
