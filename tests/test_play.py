"""A screenplay is read whole, told all its problems at once, and written back as it was."""

import pytest
from hypothesis import given, settings, strategies as st

from dialogue.emotion import GESTURES, VOCALS, Gesture, Vocal, joined
from dialogue.errors import PlayError
from dialogue.play import MAX_BEATS, MAX_BYTES, MAX_PROBLEMS, parse
from dialogue.play_head import check_cast, check_stage, check_styles, clean
from dialogue.play_model import (
    FPS,
    SEATS,
    Blank,
    Camera,
    CastMember,
    Comment,
    Gap,
    Head,
    InterruptAtShare,
    InterruptAtWord,
    Line,
    Listens,
    Pause,
    Play,
    Shot,
    Stage,
)
from dialogue.play_write import write
from dialogue.types import Emotion, Feeling

HEAD = (
    "---\nversion: 1\ncast:\n  ADA: {voice: heart, avatar: maya}\n  BEN: {voice: kofi, avatar: kofi}\n---\n"  # 6 lines
)
BODY = """
ADA: [happy] Hi! You must be Ben. {nod}
BEN: (overlap 0.3s) [surprised 0.8] Oh, yes! How did you know?
ADA: (after 0.8s) You are holding the umbrella (laughs) that I described.
(ADA listens: smile, nod)          # a direction for the listener
> camera BEN                        # wide | two-shot | NAME | auto
BEN: (interrupts at "umbrella") This?
> pause 1.2s
"""


def problems(text):
    with pytest.raises(PlayError) as caught:
        parse(text, "p.play")
    return [str(p) for p in caught.value.problems]


def in_body(row):
    return problems(HEAD + "ADA: The big red one.\n" + row)


def in_head(head):
    return problems(f"---\n{head}\n---\nADA: Hi.\n")


def test_the_play_of_the_first_page_is_read():
    play = parse(HEAD + BODY, "p.play")
    assert play.names == ("ADA", "BEN")
    assert play.beats == (
        Line("ADA", (Feeling(Emotion.HAPPY), " Hi! You must be Ben. ", Gesture("nod"))),
        Line("BEN", (Feeling(Emotion.SURPRISED, 0.8), " Oh, yes! How did you know?"), Gap(-0.3)),
        Line("ADA", ("You are holding the umbrella ", Vocal("laughs"), " that I described."), Gap(0.8)),
        Comment("a direction for the listener"),
        Listens("ADA", (Gesture("smile"), Gesture("nod"))),
        Comment("wide | two-shot | NAME | auto"),
        Camera(Shot("single", "BEN")),
        Line("BEN", ("This?",), InterruptAtWord("umbrella")),
        Pause(1.2),
    )
    assert [b.line for b in play.beats] == [8, 9, 10, 11, 11, 12, 12, 13, 14]


def test_the_whole_head_is_read():
    head = parse(
        """---
# for Grandma
title: No
seed: 7
fps: 30
size: [640, 360]
cast:
  ADA: {voice: heart, avatar: maya, persona: "curious: always", seat: right, style: lively}
  MARY ANN:
    voice: ruth
    avatar: ruth
stage: {background: cafe, light: warm}
camera: over-shoulder MARY ANN
---
MARY ANN: Hi.
""",
        "p.play",
    ).head
    assert head == Head(
        cast=(
            CastMember("ADA", "heart", "maya", "curious: always", "right", "lively"),
            CastMember("MARY ANN", "ruth", "ruth"),
        ),
        title="No",
        seed=7,
        fps=30,
        size=(640, 360),
        stage=Stage("cafe", "warm"),
        camera=Shot("over-shoulder", "MARY ANN"),
        notes=("for Grandma",),
    )


def test_all_problems_come_together_each_with_its_line_and_a_suggestion():
    text = (
        HEAD.replace("voice: heart", "vioce: heart")
        + """
ADA: [hapy] Hi. {nodd}
BNE: Oh.
> camra BEN
> camera BNE
> pause long
(BEN listens: smlie)
BEN: (overlp 0.2s) What?
what is this
"""
    )
    assert problems(text) == [
        "p.play:4: unknown key 'vioce' of ADA; did you mean voice?",
        "p.play:4: ADA has no voice; expected voice: and a name; `duologue voices` lists them",
        "p.play:8: unknown emotion [hapy]; did you mean [happy]?",
        "p.play:8: unknown gesture {nodd}; did you mean {nod}?",
        "p.play:9: unknown cast name 'BNE'; did you mean BEN?",
        "p.play:10: unknown directive '> camra'; did you mean > camera?",
        "p.play:11: unknown camera 'BNE'; did you mean BEN?",
        "p.play:12: a pause of 'long'; expected seconds up to 600, as > pause 1.2s",
        "p.play:13: unknown direction 'smlie'; did you mean smile?",
        "p.play:14: unknown timing (overlp 0.2s); did you mean (overlap 0.2s)?",
        "p.play:15: 'what is this' is no line of a play; "
        "expected NAME: what is said, > camera, > pause, (NAME listens: nod) or # a comment",
    ]


@pytest.mark.parametrize(
    "row, what",
    [
        ('BEN: (interrupts at "bleu") No!', 'ADA\'s line 7 does not say "bleu"'),
        ('BEN: (interrupts at "rad") No!', 'did you mean "red"?'),
        ('BEN: (interrupts at "the") No!', "at the first word"),
        ('ADA: (interrupts at "red") No!', "nobody else has spoken"),
        ('> pause 1s\nBEN: (interrupts at "red") No!', "after a pause"),
        ('BEN: (interrupts at "red") No!\nBEN: (interrupts at 20%) No!', "already interrupted"),
        ("BEN: (interrupts at 100%) No!", "timing (interrupts at 100%)"),
        ("BEN: (overlap -1s) No!", "timing (overlap -1s)"),
        ("BEN: (after -1s) No!", "timing (after -1s): a silence is not negative; did you mean (overlap 1s)?"),
        ("BEN: (after -9999s) No!", "timing (after -9999s); expected one of (overlap 0.3s)"),
        ("BEN: (overlap 0.3) No!", "timing (overlap 0.3) without a unit; did you mean (overlap 0.3s)?"),
        ("BEN: (after .8) No!", "did you mean (after .8s)?"),
        ("BEN: (interrupts at 60) No!", "timing (interrupts at 60); expected one of (overlap 0.3s)"),
        ("> pause 2", "a pause of '2' without a unit; did you mean > pause 2s?"),
        ("BEN:", "BEN says nothing; expected words, a sound or a gesture, as BEN: {nod}"),
        ("BEN: (overlap 0.3s)   # What?", "BEN says nothing"),
        ("BEN: (after 9999s) No!", "timing (after 9999s)"),
        ("(BEN listens: laughs)\nADA: Ha.", "has a sound, so it is a line"),
        ("(BEN listens: nod)", "nobody else speaks after this"),
        ("BEN: (smiling) Yes.", "did you mean {smile}?"),
        ("BEN: (I think) Yes.", "\\( for a spoken bracket"),
        ("> pause -1s", "a pause of '-1s'"),
        ("  BEN: Yes.", "an indented row continues the line above"),
        ("\n   and more", "and there is none"),
    ],
)
def test_a_wrong_row_is_told(row, what):
    found = in_body(row)
    assert len(found) == 1
    assert what in found[0]


@pytest.mark.parametrize(
    "head, what",
    [
        ("cast: &c\n  ADA: {voice: a, avatar: b}", "anchors and aliases"),
        ("title: *x", "anchors and aliases"),
        ("title: !!python/object:os.system x", "YAML tags"),
        ("title: a\ntitle: b", "p.play:3: 'title' is given twice, first in line 2"),
        ("cast:\n  ADA: {voice: a, avatar: b}\n  Ada: {voice: a, avatar: b}", "differ only in case"),
        ("cast:\n  WIDE: {voice: a, avatar: b}", "cannot be a name"),
        ("cast: " + "[" * 5000, "nested more than"),
        ("cast:\n  ADA: {voice: {a: {b: {c: d}}}, avatar: b}", "nested more than"),
        ("title: [a", "the head is not YAML"),
        ("a: b: c", "the head is not YAML"),
        ("title: \x00", "the head is not YAML"),
        ("", "the head is empty"),
        ("- a", "the head is empty or no table"),
        ("title: x", "the head has no cast"),
        ("cast: ADA", "'cast' is not a table"),
        ("x: " + "y" * 70_000, "at most 65536"),
        ("a: b\n...\n--- # again\na: b", "a second YAML document"),
    ],
)
def test_a_head_that_is_no_head_is_told(head, what):
    assert any(what in p for p in in_head(head)), in_head(head)


@pytest.mark.parametrize(
    "row, what",
    [
        ("version: 2", "newer than this program"),
        ("fps: 26", "fps is 26; expected one of 24, 25, 30, 50, 60"),
        ("fps: fast", "fps is 'fast'"),
        ("seed: -1", "seed is '-1'"),
        ("size: [1280, 721]", "unknown size"),
        ("size: big", "unknown size"),
        ("camera: ADDA", "unknown camera 'ADDA'; did you mean ADA?"),
        ("stage: {light: a, lihgt: b}", "unknown key 'lihgt' of the stage; did you mean light?"),
        ("titel: x", "unknown key 'titel'; did you mean title?"),
        ("title: [a, b]", "'title' is not a text"),
        ("title: " + "x" * 201, "'title' has 201 characters"),
    ],
)
def test_a_wrong_value_of_the_head_is_told_with_its_line(row, what):
    (found,) = problems(HEAD.replace("version: 1", row) + "ADA: Hi.")
    assert found.startswith("p.play:2: ") and what in found


def test_nine_people_are_too_many():
    cast = "\n".join(f"  P{i}: {{voice: a, avatar: b}}" for i in range(9))
    assert "the cast has 9 members; expected at most 8" in in_head("cast:\n" + cast)[0]


def test_files_beyond_reason_are_refused():
    assert f"at most {MAX_BYTES}" in problems(HEAD + "#" * MAX_BYTES)[0]
    assert f"more than {MAX_BEATS} beats" in problems(HEAD + "ADA: Hi.\n" * (MAX_BEATS + 1))[0]
    assert len(problems(HEAD + "?\n" * 5000)) == MAX_PROBLEMS
    assert len(problems(HEAD + "> camera " + "x" * 100_000)[0]) < 300
    assert len(problems(HEAD + "ADA: " + "[(" * 20_000)) == MAX_PROBLEMS
    assert "is not UTF-8" in problems(HEAD.encode() + b"ADA: caf\xe9")[0]
    assert "no head" in problems("ADA: Hi.\n")[0]
    assert problems("")[0].startswith("p.play:1: no head") and problems("\n \n")[0].startswith("p.play:1: no head")
    assert "nobody says anything" in problems(HEAD)[0]


@pytest.mark.slow
def test_a_megabyte_of_comments_in_one_line_is_read_in_seconds():
    rows = (MAX_BYTES - 1000) // 8
    beats = parse(HEAD + "ADA: one\n" + " x # y\n" * rows, "p").beats
    assert beats == (*[Comment("y")] * rows, Line("ADA", ("one" + " x" * rows,)))


def test_a_gesture_five_thousand_words_emoji_and_other_scripts_are_lines_like_others():
    text = HEAD + "ADA: {nod}\nBEN: " + "word " * 5000 + "\nADA: 👩‍🚀 你好 مرحبا — ¿qué?\n"
    play = parse(text, "p.play")
    assert [len(line.items) for line in play.lines] == [1, 1, 1]
    assert play.lines[2].items == ("👩‍🚀 你好 مرحبا — ¿qué?",)
    assert parse(write(play), "p.play") == play


def test_a_mistake_in_one_line_is_not_told_again_at_the_lines_that_refer_to_it():
    assert len(in_body('BEN: [hapy] The blue one.\nADA: (interrupts at "blue") No!')) == 1
    assert len(problems(HEAD + "BNE: The blue one.\nADA: (interrupts at 50%) No!")) == 1
    assert len(problems(HEAD + "ADA: The blue one.\nADDA: The red one.\nADA: (interrupts at 50%) No!")) == 1
    assert len(problems(HEAD + "(BEN listens: nod)\nADDA: The blue one.")) == 1


def test_a_name_that_is_unknown_hides_no_mistake_about_who_speaks_before_whom():
    rows = """BNE: Which one?
ADA: The blue one.
BEN: (interrupts at "bleu") No!
> pause 1s
BEN: (interrupts at 20%) No!
(ADA listens: nod)
ADA: Yes.
"""
    assert problems(HEAD + rows) == [
        "p.play:7: unknown cast name 'BNE'; did you mean BEN?",
        'p.play:9: ADA\'s line 8 does not say "bleu"; did you mean "blue"?',
        "p.play:11: BEN interrupts after a pause; expected no > pause between a line and its interruption",
        "p.play:11: line 8 is already interrupted; expected one interruption of a line",
        "p.play:12: ADA listens, but nobody else speaks after this; expected the direction before the other's line",
    ]


def test_a_head_that_cannot_be_read_hides_no_mistake_in_the_lines_below_it():
    found = problems("---\ntitle: [a\n---\nADA: [hapy] Hi.\nBEN: (overlap 1)\n(ADA listens: nod)\nBEN: Hi.\n")
    assert [f.split(": ")[0] for f in found] == ["p.play:2", "p.play:4", "p.play:5", "p.play:5"]


def test_byte_order_mark_and_windows_rows_are_understood():
    assert parse(("\ufeff" + (HEAD + BODY).replace("\n", "\r\n")).encode(), "p") == parse(HEAD + BODY, "p")


def test_an_indented_row_continues_a_line_and_its_comment_is_kept():
    play = parse(HEAD + "ADA: one\n   two # why\n# not this\n\tthree we're #1\n", "p")
    assert play.beats == (Comment("why"), Line("ADA", ("one two three we're #1",)), Comment("not this"))


def test_a_tag_holds_into_the_next_lines_of_the_same_person():
    play = parse(HEAD + "ADA: [sad] A.\nBEN: B.\n(BEN listens: [happy 0.5])\nADA: C.\nBEN: [angry] D.\n", "p")
    sad, happy = Feeling(Emotion.SAD), Feeling(Emotion.HAPPY, 0.5)
    assert [(t.participant, t.feeling) for t in play.turns()] == [(0, Feeling()), (1, Feeling()), (0, sad), (1, happy)]


def test_seats_spread_from_left_to_right():
    def seats(*wanted):
        return Head(tuple(CastMember(f"P{i}", "a", "b", seat=s) for i, s in enumerate(wanted))).seats()

    assert seats(None) == (0.0,)
    assert seats(None, None) == (-1.0, 1.0)
    assert seats("right", None) == (1.0, -1.0)
    assert seats(None, "left") == (1.0, -1.0)
    assert seats("right", None, "left") == (1.0, 0.0, -1.0)


def test_what_the_head_asks_for_and_is_not_here_is_told_together_with_all_other_mistakes():
    def check(head, report):
        check_cast(head, ("haert", "kofi"), ("kofi",), report)
        check_styles(head, ("lively", "me.style.json"), report)
        check_stage(head, ("garden",), ("warm",), report)

    head = HEAD.replace("---\nversion: 1", "---\nstage: {background: gardn}").replace("voice: kofi, ", "style: livly, ")
    with pytest.raises(PlayError) as caught:
        parse(head + "ADA: [hapy] Hi.", "p.play", check)
    assert [str(p) for p in caught.value.problems] == [
        "p.play:2: unknown background 'gardn'; did you mean 'garden'?",
        "p.play:4: unknown voice 'heart' for ADA; did you mean 'haert'?",
        "p.play:4: unknown avatar 'maya' for ADA; expected one of kofi",
        "p.play:5: BEN has no voice; expected voice: and a name; `duologue voices` lists them",
        "p.play:5: unknown style 'livly' for BEN; did you mean 'lively'?",
        "p.play:7: unknown emotion [hapy]; did you mean [happy]?",
    ]
    assert parse(
        HEAD + "ADA: Hi.", "p", lambda head, report: check_cast(head, ("heart", "kofi"), ("maya", "kofi"), report)
    )


@pytest.mark.parametrize("name", ["अदिति", "李雷", "Zoë", "Zoe\u0308", "O'Neil-3", "DR WHO", "R2_D2", "7"])
def test_names_may_be_written_in_any_script(name):
    head = HEAD.replace("ADA", name)
    play = parse(head + f"{name}: Hi.\n> camera {name}\n({name} listens: nod)\nBEN: Hm.\n", "p")
    assert play.names == (name, "BEN") and parse(write(play), "p") == play


@pytest.mark.parametrize(
    "name", ["../../x", "A/B", "A\\\\B", "A.B", ".A", "-A", "A*", "\u0301A", "A\u202eB", "x" * 41, "auto 2", ""]
)
def test_what_could_lead_out_of_a_folder_or_mislead_is_no_name(name):
    assert "cannot be a name" in in_head(f'cast:\n  "{name}": {{voice: a, avatar: b}}')[0]


def test_names_that_one_file_system_takes_for_the_same_are_refused():
    cast = "".join(f"\n  {name}: {{voice: a, avatar: b}}" for name in ("Zoë", "Zoe\u0308"))
    assert "differ only in case" in in_head("cast:" + cast)[0]


TEXT = st.text(max_size=30).map(clean)
NAMES = ("ADA", "MARY ANN", "O'Neil-3", "ÉLODIE")
SHOTS = st.sampled_from(
    [Shot("wide"), Shot("two-shot"), Shot("auto"), *(Shot(k, n) for k in ("single", "over-shoulder") for n in NAMES)]
)
FEELINGS = st.builds(Feeling, st.sampled_from(Emotion), st.integers(0, 1000).map(lambda n: n / 1000))
DONE = st.sampled_from(sorted(GESTURES)).map(Gesture)
SECONDS = st.integers(0, 600_000).map(lambda ms: ms / 1000)
SPEECH = st.lists(
    TEXT
    | st.sampled_from([" ", "#", "ADA:", "> x", "---", "(overlap 1s)", "MARY", "a # b", "\\"])
    | FEELINGS
    | DONE
    | st.sampled_from(sorted(VOCALS)).map(Vocal)
    | st.text("ab ", min_size=60, max_size=150).map(clean),
    min_size=1,
    max_size=8,
)


def trimmed(items):
    """Items as a parser can give them: single spaces, none at the ends."""
    items = joined(items)
    items = [" ".join(f"<{i}>".split())[1:-1] if isinstance(i, str) else i for i in items]
    if items and isinstance(items[0], str):
        items[0] = items[0].lstrip()
    if items and isinstance(items[-1], str):
        items[-1] = items[-1].rstrip()
    return tuple(joined(items))


TIMINGS = (
    st.none()
    | SECONDS.map(Gap)
    | SECONDS.map(lambda s: Gap(0.0 - s))
    | st.integers(1, 9999).map(lambda n: InterruptAtShare(n / 10_000))
)
BEATS = st.lists(
    st.builds(Line, st.sampled_from(NAMES), SPEECH.map(trimmed).filter(bool), TIMINGS)
    | st.builds(Camera, SHOTS)
    | st.builds(Pause, SECONDS)
    | st.builds(Listens, st.sampled_from(NAMES), st.lists(FEELINGS | DONE, min_size=1, max_size=3).map(tuple))
    | st.builds(Comment, TEXT)
    | st.just(Blank()),
    max_size=12,
)
WORD = TEXT.filter(bool)
PERHAPS = st.none() | WORD
MEMBERS = st.tuples(
    *(
        st.builds(CastMember, st.just(n), WORD, WORD, PERHAPS, st.none() | st.sampled_from(SEATS), PERHAPS)
        for n in NAMES
    )
)
HEADS = st.builds(
    Head,
    MEMBERS,
    WORD,
    st.integers(0, 2**63 - 1),
    st.sampled_from(FPS),
    st.sampled_from([(64, 64), (1280, 720), (4096, 2160)]),
    st.builds(Stage, st.none() | WORD, st.none() | WORD),
    SHOTS,
    st.lists(TEXT, max_size=2).map(tuple),
)


@pytest.mark.slow
@settings(deadline=None)
@given(HEADS, BEATS)
def test_a_play_is_read_as_it_was_written(head, beats):
    try:
        play = parse(write(Play(head, tuple(beats))), "p")
    except PlayError as error:  # what only the whole play can tell may be wrong in a random one
        told = ("interrupts", "nobody else speaks", "nobody says", "already interrupted")
        assert all(any(t in str(p) for t in told) for p in error.problems)
        return
    assert play.head == head
    assert [b for b in play.beats if b != Blank()] == [b for b in beats if b != Blank()]
    assert parse(write(play), "p") == play


@settings(deadline=None)
@given(st.lists(st.sampled_from(BODY.split("\n")) | st.text(max_size=20), max_size=12))
def test_any_text_is_a_play_or_a_list_of_problems(rows):
    try:
        play = parse(HEAD + "\n".join(rows), "p")
    except PlayError as error:
        assert error.problems
    else:
        assert parse(write(play), "p") == play


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_head_is_a_head_or_a_list_of_problems(text):
    try:
        parse(f"---\n{text}\n---\nADA: Hi.\n", "p")
    except PlayError as error:
        assert error.problems
