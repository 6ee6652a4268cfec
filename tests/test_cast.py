"""A screenplay may ask for what is here: our voices and avatars, and .glb files in its own folder."""

from pathlib import Path

import pytest

from app import cast
from dialogue.errors import PlayError


def play(folder, avatar="maya", voice="heart", body="ADA: Hello."):
    path = folder / "a.play"
    path.write_text(f"---\ncast:\n  ADA: {{voice: '{voice}', avatar: '{avatar}'}}\n---\n{body}\n", "utf-8")
    return path


def mistakes(*arguments, **asked):
    return [str(problem) for problem in cast.problems_in(play(*arguments, **asked))]


def test_our_own_voices_and_avatars_are_found_under_each_of_their_names(tmp_path):
    for voice in cast.voices():
        assert not mistakes(tmp_path, voice=voice.name) and not mistakes(tmp_path, voice=f"{voice.engine}/{voice.name}")
    for avatar in cast.avatars():
        assert not mistakes(tmp_path, avatar) and cast.avatar_file(avatar, "anywhere/a.play").is_file()


def test_an_avatar_beside_the_screenplay_or_below_it_is_found(tmp_path):
    (tmp_path / "friends").mkdir()
    for name in ("me.glb", "friends/you.glb"):
        (tmp_path / name).touch()
        assert not mistakes(tmp_path, name)
        assert cast.avatar_file(name, str(tmp_path / "a.play")) == tmp_path / name
    assert "did you mean 'me.glb'" in mistakes(tmp_path, "mee.glb")[0]


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
