"""A screenplay may ask for what is here: our voices and avatars, and .glb files in its own folder."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from agents import tts
from app import cast
from dialogue.errors import PlayError
from motion import export, style
from motion.acting import STYLES, Style
from motion.frame import HOP, MotionFrame


def play(folder, avatar="maya", voice="heart", body="ADA: Hello.", style="ordinary"):
    path = folder / "a.play"
    head = f"  ADA: {{voice: '{voice}', avatar: '{avatar}', style: '{style}'}}"
    path.write_text(f"---\ncast:\n{head}\n---\n{body}\n", "utf-8")
    return path


def mistakes(*arguments, **asked):
    return [str(problem) for problem in cast.problems_in(play(*arguments, **asked))]


def test_our_own_voices_and_avatars_are_found_under_each_of_their_names(tmp_path):
    for voice in tts.voices():
        assert not mistakes(tmp_path, voice=voice.name) and not mistakes(tmp_path, voice=f"{voice.engine}/{voice.name}")
    for avatar in cast.avatars():
        assert not mistakes(tmp_path, avatar) and cast.avatar_file(avatar, "anywhere/a.play").is_file()


def test_an_avatar_beside_the_screenplay_or_below_it_is_found(tmp_path):
    (tmp_path / "friends").mkdir()
    for name in ("me.glb", "friends/you.glb"):
        shutil.copy(cast.AVATARS / "maya.glb", tmp_path / name)
        assert not mistakes(tmp_path, name)
        assert cast.avatar_file(name, str(tmp_path / "a.play")) == tmp_path / name
    assert "did you mean 'me.glb'" in mistakes(tmp_path, "mee.glb")[0]


def test_an_avatar_whose_file_is_missing_or_broken_is_told_as_that(tmp_path):
    (problem,) = mistakes(tmp_path, "below/me.glb")
    assert "avatar of ADA: there is no file 'below/me.glb'; expected a .glb beside the screenplay or in" in problem
    (tmp_path / "me.glb").write_bytes(b"gl")
    (problem,) = mistakes(tmp_path, "me.glb")
    assert problem.startswith(f"{tmp_path / 'a.play'}:3: avatar of ADA: me.glb: the file: got 2 bytes; expected")


def test_what_is_offered_for_a_name_is_no_mistake_of_another_line(tmp_path):
    path, rows = tmp_path / "a.play", ("ADA: {voice: openai/qq, avatar: qq.glb}", "BEN: {voice: xx, avatar: xx}")
    path.write_text("---\ncast:\n  " + "\n  ".join(rows) + "\n---\nADA: Hello.\n", "utf-8")
    voice, avatar = [str(problem) for problem in cast.problems_in(path) if problem.line == 4]
    assert "one of" in voice and "one of" in avatar and "qq" not in voice + avatar


def test_a_voice_that_is_not_installed_yet_is_told_with_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DUOLOGUE_CACHE", str(tmp_path / "empty"))
    for name in ("bella", "kokoro/bella"):
        (problem,) = mistakes(tmp_path, voice=name)
        assert "not installed; run: duologue models pull" in problem


def test_a_screenplay_reaches_no_file_outside_its_folder(tmp_path):
    outside = tmp_path / "outside.glb"
    outside.touch()
    inside = tmp_path / "inside"
    (inside / "below").mkdir(parents=True)
    for name in (
        "../outside.glb",
        str(outside),
        "below/../../outside.glb",
        "..\\outside.glb",
        "c:outside.glb",
        "../outside",
    ):
        (problem,) = mistakes(inside, name)
        assert f"unknown avatar '{name}'" in problem
        style.save(tmp_path / "outside.style.json", Style())
        secret = name.replace(".glb", ".style.json")
        assert f"unknown style '{secret}'" in mistakes(inside, style=secret)[0]


def test_the_styles_that_come_with_the_program_are_found_and_others_suggested(tmp_path):
    for name, style in STYLES.items():
        assert cast.styles(cast.read(play(tmp_path, style=name))) == (style,)
    (problem,) = mistakes(tmp_path, style="livley")
    assert problem == f"{tmp_path / 'a.play'}:3: unknown style 'livley' for ADA; did you mean 'lively'?"
    (problem,) = mistakes(tmp_path, style="zzz")
    assert problem.endswith("expected one of ordinary, lively, reserved, nervous")


def test_a_style_may_be_a_file_or_a_take_beside_the_screenplay_or_below_it(tmp_path):
    (tmp_path / "friends").mkdir()
    style.save(tmp_path / "friends" / "you.style.json", Style(head=2.0))
    rng = np.random.default_rng(1)
    rows = rng.uniform(0, 0.1, (100, 52)), 0.1 * rng.normal(size=(100, 3)), 0.1 * rng.normal(size=(100, 2))
    frames = [MotionFrame(i * HOP, *(row[i].astype(np.float32) for row in rows)) for i in range(100)]
    export.write(tmp_path / "take.csv", frames)
    assert cast.styles(cast.read(play(tmp_path, style="friends/you.style.json"))) == (Style(head=2.0),)
    found = cast.styles(cast.read(play(tmp_path, style="take.csv")))
    assert found == (style.load(tmp_path / "take.csv"),) and found[0].head > 1.2
    assert "did you mean 'take.csv'" in mistakes(tmp_path, style="tak.csv")[0]


def test_a_file_that_holds_no_style_is_a_mistake_of_its_line(tmp_path):
    (tmp_path / "bad.style.json").write_text('{"haed": 1}', "utf-8")
    (tmp_path / "bad.csv").write_text("Timecode,JawOpen\n", "utf-8")
    wrong = {"bad.style.json": "unknown key 'haed'; did you mean 'head'", "bad.csv": "columns are missing"}
    for name, told in wrong.items():
        (problem,) = mistakes(tmp_path, style=name)
        assert problem.startswith(f"{tmp_path / 'a.play'}:3: style of ADA: {name}:") and told in problem
    style.save(tmp_path / "good.style.json", Style())
    read = cast.read(play(tmp_path, style="good.style.json"))
    (tmp_path / "good.style.json").unlink()
    with pytest.raises(PlayError, match=":3: style of ADA: .*good.style.json"):
        cast.styles(read)


def test_all_mistakes_of_head_and_body_come_together(tmp_path):
    found = mistakes(tmp_path, "mya", "hart", "ADA: [hapy] Hello.\nADDA: Hm.")
    assert [problem.split(": ", 1)[1].split(";")[0] for problem in found] == [
        "unknown voice 'hart' for ADA",
        "unknown avatar 'mya' for ADA",
        "unknown emotion [hapy]",
        "unknown cast name 'ADDA'",
    ]


def test_a_screenplay_that_is_no_file_is_an_error(tmp_path):
    for path in (tmp_path, tmp_path / "none.play", Path(".")):
        with pytest.raises(PlayError, match=":1: cannot be read: .*; expected a .play file"):
            cast.read(path)
    with pytest.raises(PlayError, match="did you mean 'heart'"):
        cast.read(play(tmp_path, voice="heatr"))
