"""Which feeling the answer of a small mind begins with.

One rule: a feeling counts by how much likelier it is after what was said than after nothing, not by how likely it is: a
model so small finds one of them likely whatever it hears, most of all the one of its newest example.

Source: contextual calibration, Zhao et al. 2021, arXiv 2102.09690. Measured with SmolLM2-135M on thirty sentences that
decided nothing here, said to three personas in three conversations each: the feeling fits in 61 % (70 % at the
beginning of a talk with Ada); drawn as the model would with the examples before, in 23 %; drawn by lot, in 19 %.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.llm import Message
from dialogue.types import Emotion

FEELINGS = tuple(e.value for e in Emotion)
# What the model is asked by: each begins with a token of its own, so that one is enough. "sad" and "surprised" do not.
WORDS = {name: "amazed" if name == "surprised" else name for name in FEELINGS}
NOTHING = "..."  # what somebody says who says nothing
SHARE = 0.5  # of how likely a feeling always is that is taken from it: the best of 0 to 1 on thirty other sentences
UNLIKELY = -1.0  # below the least likely token that is told: the logarithm of the chance of a feeling that is not
# Those that are wanted most come last, for the newest example counts most: bad news, and good.
EXAMPLES = (
    ("Do you think it will rain?", "thoughtful", "Hmm, maybe. The sky looks rather grey to me."),
    ("I found a hair in my soup.", "disgusted", "Ugh, that's horrible! Did you eat any of it?"),
    ("Good morning, Sam.", "neutral", "Good morning. What is on your mind?"),
    ("Somebody scratched my new car!", "angry", "That makes me furious! Did you see who it was?"),
    ("There's a huge spider right behind you!", "surprised", "What? Where? Please tell me you're joking!"),
    ("I think there's somebody in the house.", "afraid", "Please be careful! Can you get out of there?"),
    ("My cat died last night.", "sad", "Oh, I'm so sorry. How long was she with you?"),
    ("I got the job!", "happy", "That's wonderful news! When do you start?"),
)


def examples(words: Mapping[str, str]) -> tuple[Message, ...]:
    """How somebody answers who feels. `words`: by which each feeling is called."""
    return tuple(
        message
        for said, feeling, answer in EXAMPLES
        for message in (Message("user", said), Message("assistant", f"[{words[feeling]}] {answer}"))
    )


def log_chances(top: Sequence[Mapping]) -> dict[str, float]:
    """The logarithm of the chance of each feeling.

    Args:
        top: the likeliest next tokens, {"token", "logprob"} each.
    """
    told = {t["token"]: float(t["logprob"]) for t in top}
    least = min(told.values()) + UNLIKELY
    return {name: max([told[t] for t in told if _tells(t, name)], default=least) for name in FEELINGS}


def fitting(now: Mapping[str, float], usual: Mapping[str, float]) -> str:
    """The feeling that what was said makes likelier than the others; both as `log_chances`."""
    return max(FEELINGS, key=lambda name: now[name] - SHARE * usual[name])


def _tells(token: str, name: str) -> bool:
    """Whether a word that begins so is that of one feeling, and of no other."""
    return bool(token) and [n for n in FEELINGS if WORDS[n].startswith(token)] == [name]
