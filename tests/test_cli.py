"""The command line: quick to help, exact about mistakes."""

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from app import cli, cli_bench, cli_film

ROOT = Path(__file__).resolve().parents[1]


def test_help_loads_nothing_heavy():
    heavy = ("numpy", "scipy", "onnxruntime", "moderngl", "av", "rich", "yaml", "pydantic", "tomlkit", "keyring")
    code = (
        f"import sys; from app import cli; cli.parser().format_help(); print([m for m in {heavy} if m in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, text=True).strip() == "[]"


def test_the_choices_of_the_grammar_are_those_of_the_program():
    from app import bench
    from motion import models
    from motion.acting import STYLES
    from render.scene import QUALITIES

    assert set(cli_film.QUALITIES) == set(QUALITIES)
    animate = cli.parser()._subparsers._group_actions[0].choices["animate"].format_help()
    assert all(name in animate for name in STYLES)
    assert set(cli_bench.SUITES) == set(bench.SUITES)
    assert set(cli_film.MODELS) == set(models.names()) and cli_film.MODELS[0] == models.DEFAULT
    for place in sum(bench.SUITES.values(), ()):
        module, function = place.split(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_voices_and_avatars_are_listed_with_a_description(capsys):
    assert cli.main(["voices"]) == 0 and cli.main(["avatars"]) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = {line.split()[0]: line.split(None, 1)[1] for line in lines}
    assert {"heart", "adam", "walter", "maya", "david", "ruth"} <= set(listed)
    assert all(len(text) > 10 for text in listed.values())


def test_an_archive_without_voices_is_refused_in_one_line(tmp_path, capsys):
    (tmp_path / "x.tgz").write_bytes(b"")
    assert cli.main(["voices", "--add", str(tmp_path / "x.tgz")]) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("duologue: cannot take voices out of") and err.count("\n") == 1


def test_check_tells_all_mistakes_with_file_line_and_suggestion(tmp_path, capsys):
    play = tmp_path / "wrong.play"
    head = "---\nversion: 1\ncast:\n  ADA: {voice: hart, avatar: maya}\n---\n"
    play.write_text(head + "ADA: [hapy] Hello\nADDA: Hm.\n> camera moon\n", "utf-8")
    assert cli.main(["check", str(play)]) == 1
    found = capsys.readouterr().out.splitlines()
    assert [line.split(":")[1] for line in found] == ["4", "6", "7", "8"]
    for line, told in zip(
        found, ("did you mean 'heart'", "did you mean [happy]", "did you mean ADA", "unknown camera 'moon'")
    ):
        assert line.startswith(f"{play}:") and told in line


def test_a_screenplay_that_is_not_there_is_one_line(capsys, tmp_path):
    (tmp_path / "wrong.play").write_text("ADA: Hello.\n", "utf-8")
    assert cli.main(["check", str(tmp_path / "none.play"), str(tmp_path / "wrong.play")]) == 1
    assert [line.split(": ")[0] for line in capsys.readouterr().out.splitlines()] == [
        f"{tmp_path}/{n}.play:1" for n in ("none", "wrong")
    ]
    for nothing in (".", "/", "..", str(tmp_path / "none.play")):
        assert cli.main(["film", nothing]) == 1
        assert "cannot be read" in capsys.readouterr().err


def test_a_style_is_learned_from_a_take_and_told_in_one_line(tmp_path, capsys):
    from motion import export, style
    from motion.frame import HOP, MotionFrame

    rng = np.random.default_rng(1)
    rows = (0.1 * rng.random((99, n), np.float32) for n in (52, 3, 2))
    frames = [MotionFrame(i * HOP, *row) for i, row in enumerate(zip(*rows))]
    export.write(tmp_path / "take.csv", frames)
    for arguments, out in ((["-o", str(tmp_path / "me.style.json")], "me.style.json"), ([], "take.style.json")):
        assert cli.main(["style", str(tmp_path / "take.csv"), *arguments]) == 0
        told = capsys.readouterr().out
        found = style.load(tmp_path / out)
        assert told == f"{tmp_path / out}: {style.tell(found)}\n" and found == style.load(tmp_path / "take.csv")


def test_a_take_that_is_none_is_one_line(tmp_path, capsys):
    (tmp_path / "bad.csv").write_text("Timecode\n", "utf-8")
    for take, told in (("gone.csv", "cannot read"), ("bad.csv", "52 columns are missing")):
        assert cli.main(["style", str(tmp_path / take)]) == 1
        assert told in capsys.readouterr().err


def test_whoever_stops_reading_the_output_gets_no_traceback():
    reader, writer = os.pipe()
    os.close(reader)
    told = subprocess.run(
        [sys.executable, "-m", "app.cli", "voices"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, timeout=60
    )
    os.close(writer)
    assert (told.returncode, told.stderr) == (141, b"")


@pytest.mark.parametrize("arguments", [[], ["fly"], ["film"], ["film", "a.play", "--quality", "best"]])
def test_a_command_that_does_not_exist_shows_how_to_call(arguments, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(arguments)
    assert left.value.code == 2 and "usage: duologue" in capsys.readouterr().err


@pytest.mark.parametrize("group", ["", "config", "config key", "models", "persona"])
def test_whoever_names_no_command_is_shown_all_there_are(group, capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(group.split())
    grammar = cli.parser()
    for name in group.split():
        grammar = grammar._subparsers._group_actions[0].choices[name]
    known = grammar._subparsers._group_actions[0].choices
    out, err = capsys.readouterr()
    last = err.splitlines()[-1]
    assert left.value.code == 2 and out == "" and err.startswith(f"usage: duologue {group}".rstrip())
    assert last.startswith(f"duologue {group}".rstrip() + ": error: ") and last.endswith(f"one of: {', '.join(known)}")
    assert all(f"\n    {name} " in err for name in known)


def test_the_name_of_a_key_that_is_not_told_is_asked_for_by_what_it_may_be(capsys):
    for verb in ("set", "remove"):
        with pytest.raises(SystemExit):
            cli.main(["config", "key", verb])
        assert capsys.readouterr().err.endswith("required: openai|ollama|NAME\n")


def test_the_verbs_of_models_are_told_by_their_names(capsys):
    models = cli.parser()._subparsers._group_actions[0].choices["models"]
    told = models.description.partition(".")[0].lower().replace(" and", ",")
    assert set(models._subparsers._group_actions[0].choices) - {"path"} == set(told.removesuffix(" models").split(", "))


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as left:
        cli.main(["--version"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert left.value.code == 0 and capsys.readouterr().out == f"duologue {project['version']}\n"


def test_a_package_that_is_missing_is_one_line():
    code = "import sys; sys.modules['av'] = None; from app import cli; sys.exit(cli.main(['talk', '--mic', 'x.wav']))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 1 and ran.stdout == ""
    (line,) = ran.stderr.splitlines()
    assert "the package 'av' is not installed" in line and "duologue doctor" in line
