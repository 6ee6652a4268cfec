"""`duologue config`: what holds and why, and how to change it."""

import json
import stat
import sys
import tomllib

import pytest

from app import cli, config_model


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A file of settings that is the person's own."""
    path = tmp_path / "config.toml"
    monkeypatch.setenv("DUOLOGUE_CONFIG", str(path))
    return path


def test_what_was_set_is_shown_with_its_place_and_unset_again(mine, capsys):
    for key, value in (("llm.engine", "openai"), ("llm.model", "big"), ("talk.cast", "ada,ben")):
        assert cli.main(["config", "set", key, value]) == 0
    assert stat.S_IMODE(mine.stat().st_mode) == 0o600
    assert mine.read_text("utf-8").startswith("version = 1\n")
    assert cli.main(["config", "check"]) == 0 and cli.main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{mine}\n"
    assert cli.main(["config", "show", "--llm-model", "bigger", "--set", "llm.max_tokens=9"]) == 0
    rows = dict(line.split(" = ", 1) for line in capsys.readouterr().out.splitlines())
    assert rows["llm.engine"].split() == ['"openai"', f"{mine}:4"]
    assert rows["llm.model"].split() == ['"bigger"', "flag", "--llm-model"]
    assert rows["llm.max_tokens"].split() == ["9", "flag", "--set", "llm.max_tokens"]
    assert rows["llm.base_url"].split() == ['"https://api.openai.com/v1"', "default"]
    assert rows["ben: tts.voice"].split()[:2] == ['"adam"', "persona"]
    assert cli.main(["config", "unset", "llm.model"]) == 0 and "model" not in mine.read_text("utf-8")


@pytest.mark.parametrize("text", ['["ada","ben"]', " [ 'ada', 'ben', ]", "ada, ben"])
def test_a_cast_is_set_in_the_form_of_the_file_or_with_commas(text, mine, capsys):
    assert cli.main(["config", "set", "talk.cast", text]) == 0
    assert tomllib.loads(mine.read_text("utf-8"))["talk"] == {"cast": ["ada", "ben"]}


@pytest.mark.parametrize(
    "key, value, told",
    [
        ("talk.cast", "ada,bn", "talk.cast: no persona named 'bn'; did you mean 'ben'?"),
        ("talk.cast", "[ada]", 'expected a list of texts, such as ["ada", "ben"], or ada,ben'),
        ("talk.cast", '["ada"]\nx=1', "expected a list of texts"),
        ("talk.me", "maja", "talk.me: no avatar named 'maja'; did you mean 'maya'?"),
        ("tts.voice", "hart", "tts.voice: no voice named 'hart'; did you mean 'heart'?"),
    ],
)
def test_a_name_that_is_not_here_is_not_set(key, value, told, mine, capsys):
    mine.write_text(before := "[personas.ada]\nvoice = 'an-old-mistake'\n", "utf-8")
    assert cli.main(["config", "set", key, value]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line and mine.read_text("utf-8") == before


def test_a_voice_that_nobody_of_the_cast_speaks_with_is_set_and_that_is_told(mine, capsys, tmp_path):
    (tmp_path / "eve.toml").write_text('name = "Eve"\n', "utf-8")
    assert cli.main(["config", "set", "talk.cast", f"ben,{tmp_path / 'eve.toml'}"]) == 0
    capsys.readouterr()
    assert cli.main(["config", "set", "tts.voice", "walter"]) == 0
    done, note = capsys.readouterr().err.splitlines()
    mend = "config set personas.ben.voice walter"
    assert done.endswith("tts.voice is set") and "ben has its own voice" in note and note.endswith(f"duologue {mend}")
    assert cli.main(mend.split()) == 0 and cli.main(["config", "show"]) == 0
    assert 'ben: tts.voice = "walter"' in capsys.readouterr().out


def test_other_programs_get_every_setting_once(mine, capsys):
    mine.write_text("[llm]\ntemperature = 0.1\n", "utf-8")
    assert cli.main(["config", "show", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    common = {row["key"]: row for row in rows if "persona" not in row}
    assert len(common) == len([row for row in rows if "persona" not in row])
    config = config_model.Config()
    known = {f"{s}.{k}" for s, section in config if s not in ("version", "personas") for k, _ in section}
    assert set(common) == known | {"version"}
    told = {"key": "llm.temperature", "value": 0.1, "from": "file", "where": f"{mine}:2"}
    assert common["llm.temperature"] == told and common["llm.idle_s"]["from"] == "default"


def test_a_mistake_is_one_line_a_mistake(mine, capsys):
    mine.write_text("[llm]\nengin = 'x'\n[talk]\nseed = 'x'\n", "utf-8")
    for arguments in (["config", "check"], ["config", "show"], ["talk", "--text"], ["config", "set", "talk.me", "ada"]):
        assert cli.main(arguments) == 1
        lines = capsys.readouterr().err.splitlines()
        assert [line.removeprefix("duologue: ").split(": ")[0] for line in lines] == [f"{mine}:2", f"{mine}:4"]
    assert cli.main(["config", "show", "--config", str(mine.with_name("none.toml"))]) == 1
    assert "there is no such file" in capsys.readouterr().err
    mine.unlink()
    assert cli.main(["talk", "--set", "llm.temperature"]) == 1
    assert "expected KEY=VALUE" in capsys.readouterr().err


def test_personas_voices_and_avatars_that_do_not_exist_are_told_one_by_one(mine, capsys, tmp_path):
    (tmp_path / "eve.toml").write_text('nam = "Eve"\n', "utf-8")
    eve = tmp_path / "eve.toml"
    mine.write_text(
        f"""[talk]
cast = ["adda", "{eve}"]
me = "maja"
[llm]
engine = "script"
model = "big"
[tts]
voice = "haert"
[personas.eve]
voice = "piper/jo"
[personas.bne]
voice = "hibari/heart"
llm.temperature = 0.1
[personas.ruth]
voice = "elevenlabs/bella"
""",
        "utf-8",
    )
    assert cli.main(["config", "check"]) == 1
    lines = [line.removeprefix("duologue: ").removeprefix(f"{mine}:") for line in capsys.readouterr().err.splitlines()]
    assert lines[0].startswith("6: llm.model cannot be used")
    assert lines[1].startswith("2: talk.cast: no persona named 'adda'; did you mean 'ada'?")
    assert lines[2] == f"2: talk.cast: {eve}: unknown key 'nam'; did you mean 'name'?"
    assert lines[3] == "3: talk.me: no avatar named 'maja'; did you mean 'maya'?"
    assert lines[4] == "8: tts.voice: no voice named 'haert'; did you mean 'heart'?"
    rest = [
        line for line in lines[5:] if "personas.eve" not in line
    ]  # of a voice that is not pulled yet nothing is told
    assert rest[0].startswith("12: personas.bne.voice: no persona named 'bne'; did you mean 'ben'?")
    assert rest[1].startswith("15: personas.ruth.voice: no tts engine named 'elevenlabs'") and len(rest) == 2


def test_what_only_a_server_knows_or_is_not_pulled_yet_is_no_mistake_of_the_settings(
    mine, capsys, monkeypatch, tmp_path
):
    monkeypatch.setenv("DUOLOGUE_CACHE", str(tmp_path / "empty"))
    mine.write_text(
        """[talk]
cast = "Ada, ben"
me = "david"
[tts]
engine = "openai"
base_url = "http://192.0.2.1/v1"
voice = "of-that-server"
[personas.ada]
voice = "openai/whoever"
[personas.ben]
voice = "kokoro/dora"
[personas.cardinal]
voice = "heart"
""",
        "utf-8",
    )
    assert cli.main(["config", "check"]) == 0, capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert cli.main(["config", "set", "talk.seed", "3", "--config", str(tmp_path / "file" / "config.toml")]) == 1
    assert "file/config.toml" in (told := capsys.readouterr().err) and told.count("\n") == 1


def test_the_schema_is_printed(capsys):
    assert cli.main(["config", "schema"]) == 0
    assert json.loads(capsys.readouterr().out) == config_model.schema()


@pytest.mark.slow
def test_two_avatars_talk_each_with_a_mind_of_its_own(mine, capsys, monkeypatch):
    from minds import faulty

    pytest.importorskip("openai")
    lines = iter(["Ben, how are you?\n", "Ada, and you?\n", "\n"])
    monkeypatch.setattr(sys, "stdin", type("Lines", (), {"readline": lambda self: next(lines)})())
    with faulty() as server:
        mine.write_text(
            f"""[talk]
cast = ["ada", "ben"]
[llm]
engine = "script"
[personas.ben.llm]
engine = "openai"
base_url = "{server.url}/v1"
model = "tiny-chat"
temperature = 0.1
max_tokens = 33
""",
            "utf-8",
        )
        assert cli.main(["talk", "--text"]) == 0
        asked = [body for _, _, body in server.seen if body]
    out = capsys.readouterr().out
    assert "Ben: Hello there." in out and "Ada: " in out
    assert {(body["temperature"], body["max_tokens"]) for body in asked[1:]} == {(0.1, 33)}  # the first only warms


def test_a_place_is_told_whole_whatever_a_file_is_called(tmp_path):
    from app.config_read import Origin
    from app.config_show import Row

    origin = Origin("file", "file.toml:1")
    assert Row("llm.model", "x", str(origin), origin.layer, origin.where).as_dict()["where"] == "file.toml:1"
