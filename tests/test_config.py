"""Settings: each layer goes before the one below it, and every mistake is told with where it stands."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import config, config_model, config_write
from app.config_read import environment, flags, line_of, parse
from dialogue.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
MINE = """# what I like
version = 1

[llm]
engine = "openai"  # a server of mine
model = "big"
base_url = "http://localhost:8080/v1"

[personas.Ben]
voice = "kofi"
llm.temperature = 0.1
"""


def nobody(name):
    return {}


def settled(text="", environ=(), said=nobody, **chosen):
    layers = (
        parse(text.encode(), "config.toml"),
        environment(dict(environ)),
        flags({key.replace("__", "."): (f"--{key}", value) for key, value in chosen.items()}),
    )
    return config.settle(layers, said)


def problems(text):
    with pytest.raises(ConfigError) as caught:
        config.fit(parse(text.encode() if isinstance(text, str) else text, "config.toml"))
    return caught.value.problems


def test_nothing_said_is_the_defaults():
    found = settled()
    assert found.config == config_model.Config() and found.origins == {}
    assert str(found.origin("llm.engine")) == "default"


def test_each_layer_goes_before_the_one_below_it_key_by_key():
    environ = {"DUOLOGUE_LLM__MODEL": "bigger", "DUOLOGUE_LLM__MAX_TOKENS": "30", "DUOLOGUE_CONFIG": "x", "HOME": "y"}
    found = settled(MINE, environ.items(), llm__max_tokens="40")
    assert (found.config.llm.model, found.config.llm.max_tokens) == ("bigger", 40)
    told = {key: str(found.origin(f"llm.{key}")) for key in ("engine", "model", "max_tokens", "temperature")}
    assert told == {
        "engine": "config.toml:5",
        "model": "environment DUOLOGUE_LLM__MODEL",
        "max_tokens": "flag --llm__max_tokens",
        "temperature": "default",
    }


def test_a_persona_has_its_own_file_then_its_table_and_the_environment_goes_before_both():
    from app.config_read import Given, Origin

    def said(name):
        return {"tts.voice": Given(name, Origin("persona", f"{name}.toml"))}

    text = MINE + '[talk]\ncast = ["ada", "ben"]\n[tts]\nvoice = "walter"\n'
    found = settled(text, said=said)
    assert found.config.tts.voice == "walter"
    assert [found.of(name).tts.voice for name in ("ada", "ben")] == ["ada", "kofi"]
    assert [found.of(name).llm.temperature for name in ("ada", "ben")] == [config_model.Llm().temperature, 0.1]
    assert str(found.own["ada"].origin("tts.voice")) == "persona ada.toml"
    environ = {"DUOLOGUE_TTS__VOICE": "ruth", "DUOLOGUE_PERSONAS__ADA__LLM__MODEL": "small"}
    found = settled(text, environ.items(), said=said)
    assert [found.of(name).tts.voice for name in ("ada", "ben")] == ["ruth", "ruth"]
    assert [found.of(name).llm.model for name in ("ada", "ben")] == ["small", "big"]


def test_a_persona_that_names_its_voice_keeps_it_and_one_that_does_not_takes_that_of_all(tmp_path):
    (tmp_path / "eve.toml").write_text('name = "Eve"\n', "utf-8")
    assert str(config.said("ada")["tts.voice"].origin).endswith("ada.toml")
    assert config.said(str(tmp_path / "eve.toml")) == config.said("nobody") == {}
    card = {"data": {"name": "Eve", "extensions": {"duologue": {"voice": "ruth"}}}, "spec": "chara_card_v2"}
    (tmp_path / "eve.json").write_text(json.dumps(card), "utf-8")
    assert config.said(str(tmp_path / "eve.json"))["tts.voice"].value == "ruth"


def test_a_language_is_chosen_for_all_and_for_one():
    text = '[tts]\nlanguage = "es"\n[personas.ben]\nlanguage = "fr"\n[talk]\ncast = ["ada", "ben"]\n'
    found = settled(text, asr__language="de")
    assert [found.of(name).tts.language for name in ("ada", "ben")] == ["es", "fr"]
    assert found.config.asr.language == "de"


def test_another_engine_takes_neither_model_nor_address_of_the_one_before():
    found = settled(MINE, llm__engine="script")
    assert (found.config.llm.engine, found.config.llm.model, found.config.llm.base_url) == ("script", None, None)
    assert settled(MINE, llm__engine="openai").config.llm.model == "big"


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        config_model.Config().llm.engine = "script"


@pytest.mark.parametrize(
    "text, told",
    [
        ("[lmm]\n", "config.toml:1: unknown key 'lmm'; did you mean 'llm'?"),
        ("[llm]\n\ntemprature = 1", "config.toml:3: unknown key 'llm.temprature'; did you mean 'temperature'?"),
        ("llm = 3", "config.toml:1: llm is 3; expected a table [llm]"),
        ("talk.seed = '3'", "config.toml:1: talk.seed is '3'; expected a whole number"),
        ("[talk]\nseed = true", "config.toml:2: talk.seed is true; expected a whole number"),
        ("talk.cast = []", "config.toml:1: talk.cast is []; expected at least one name"),
        ("[llm]\ntemperature = nan", "config.toml:2: llm.temperature is nan; expected a number"),
        ("[llm]\nidle_s = 0", "config.toml:2: llm.idle_s is 0; expected a value greater than 0"),
        ("[window]\nquality = 'hi'", "config.toml:2: window.quality is 'hi'; did you mean 'high'?"),
        ("[window]\npanel = 1", "config.toml:2: window.panel is 1; expected true or false"),
        ("[llm]\nengine = 'olama'", "llm.engine is 'olama': no llm engine named 'olama'; did you mean 'ollama'?"),
        ("[llm]\nbase_url = 'localhost'", "expected an address such as http://localhost:8080/v1"),
        (
            "llm = {engine = 'script', model = 'x'}",
            "'script' has no such setting; take it out, or choose an engine that has it: llm.engine = local or ollama or openai",
        ),
        ("[asr]\nlanguage = 'german'", "asr.language is 'german': no language that is known here; did you mean 'de'"),
        ("[tts]\nbase_url = 'http://x'", "tts.base_url cannot be used: belongs to an engine, and none is named"),
        ("personas.ada = 1", "config.toml:1: expected a table such as [personas.ada]"),
        ("version = '1'", "config.toml:1: version is '1'; expected a value 1"),
        ("[llm", "config.toml:1: is no TOML: Expected ']'"),
        ("[llm]\nmodel = 1\nmodel = 2", "config.toml:3: is no TOML: Cannot overwrite a value"),
        (b"\xff\xfe", "config.toml: is no text in UTF-8"),
        (b"#" * 70_000, "config.toml: more than 65536 bytes"),
        ("a = " + "[" * 20_000, "config.toml: is nested too deeply"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_how_to_mend_it(text, told):
    (found,) = problems(text)
    assert told in found and "\n" not in found and len(found) < 300


@pytest.mark.parametrize(
    ("key", "flag", "told"),
    [
        ("llm.base_url", "--llm-url", "the llm engine 'local' has model; add --llm ollama or --llm openai"),
        ("asr.base_url", "--set asr.base_url", "; add --set asr.engine=openai"),
        ("tts.base_url", "--set tts.base_url", "and none is named; add --set tts.engine=openai"),
    ],
)
def test_a_flag_that_the_engine_cannot_use_names_the_flag_to_add(key, flag, told):
    with pytest.raises(ConfigError) as wrong:
        config.load({key: (flag, "http://localhost:8080/v1")}, environ={})
    (line,) = wrong.value.problems
    assert line.startswith(f"flag {flag}: {key} cannot be used: ") and line.endswith(told)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file():
    found = problems("[llm]\nfoo = 1\nmax_tokens = 0\n[talk]\nme = ''\n")
    assert [line.split(":")[1] for line in found] == ["2", "3", "5"]


def test_mistakes_of_all_layers_are_told_at_once(tmp_path):
    (tmp_path / "c.toml").write_text("foo = 1", "utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load({"llm.bar": ("--set llm.bar", "1")}, tmp_path / "c.toml", {"DUOLOGUE_LLM_MODEL": "x"})
    assert [line.split(": ")[0].split(":")[-1] for line in caught.value.problems] == [
        "1",
        "environment DUOLOGUE_LLM_MODEL",
        "flag --set llm.bar",
    ]
    assert "did you mean 'DUOLOGUE_LLM__MODEL'?" in str(caught.value)


def test_a_file_of_a_newer_version_is_told_before_anything_else_and_left_as_it_is(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("version = 2\n[of_tomorrow]\n", "utf-8")
    with pytest.raises(ConfigError, match=r":1: is for a newer Duologue \(version = 2; this one knows 1\)"):
        config_write.change(path, "talk.seed", "3")
    assert path.read_text("utf-8") == "version = 2\n[of_tomorrow]\n"


def test_a_file_that_was_named_must_be_there_and_the_usual_one_need_not(tmp_path):
    environ = {"DUOLOGUE_CONFIG": str(tmp_path / "none.toml")}
    with pytest.raises(ConfigError, match="none.toml: there is no such file"):
        config.load({}, None, environ)
    assert config.read(tmp_path / "none.toml") == {}
    path, named = config.place({})
    assert (path.name, path.parent.name, named) == ("config.toml", "duologue", False)


@pytest.mark.parametrize(
    "said",
    [
        {"text": '[llm]\napi_key = "hello"'},
        {"text": 'openai_token = "hello"'},
        {"text": '[llm]\nmodel = "sk-canary-1234567890"'},
        {"text": '[talk]\ncast = ["sk-canary-1234567890"]'},
        {"text": '[llm]\nkey_name = "sk-canary-1234567890"'},
        {"text": '[llm]\nbase_url = "http://me:canary@host/v1"'},
        {"environ": {"DUOLOGUE_LLM__API_KEY": "sk-canary-1234567890"}.items()},
        {"llm__model": "sk-canary-1234567890"},
    ],
)
def test_a_key_is_refused_wherever_it_stands_told_where_it_belongs_and_not_repeated(said):
    with pytest.raises(ConfigError, match="holds a key.*environment as OPENAI_API_KEY.*config key set") as caught:
        settled(**said)
    assert "canary" not in str(caught.value) and "hello" not in str(caught.value)


def test_a_key_in_place_of_a_setting_is_not_repeated_either():
    assert "canary" not in problems("sk-canary-1234567890 = 1")[0]


def test_lines_of_keys_are_found_however_they_are_written():
    text = '''a = 1
[b."c d"]  # here
"e.f" = """
[g]
h = 1
"""
i.j = 2
k = {l = 1}
'''
    tomllib.loads(text)
    assert line_of(text) == {
        ("a",): 1,
        ("b", "c d"): 2,
        ("b", "c d", "e.f"): 3,
        ("b", "c d", "i", "j"): 7,
        ("b", "c d", "k"): 8,
    }


@given(st.text(max_size=80) | st.text("[]=.\"'\n# al1{}", max_size=40))
def test_any_text_is_settings_or_a_clear_error(text):
    try:
        parse(text.encode("utf-8", "surrogatepass"), "config.toml")
    except ConfigError as error:
        assert all(line.startswith("config.toml:") for line in error.problems)


def test_one_setting_changes_and_everything_else_stays_as_it_was_written():
    new = config_write.changed(MINE.encode(), "config.toml", "llm.model", "bigger")[0]
    assert new == MINE.replace('"big"', '"bigger"')
    assert config_write.changed(new.encode(), "config.toml", "llm.model", "big")[0] == MINE
    new = config_write.changed(MINE.encode(), "config.toml", "personas.ben.llm.max_tokens", "9")[0]
    assert "temperature = 0.1" in new and settled(new, talk__cast="ben").of("ben").llm.max_tokens == 9
    new = config_write.changed(MINE.encode(), "config.toml", "talk.cast", "ada, ruth")[0]
    assert new.startswith(MINE) and tomllib.loads(new)["talk"] == {"cast": ["ada", "ruth"]}
    windows = MINE.replace("\n", "\r\n")
    assert config_write.changed(windows.encode(), "x", "llm.model", "bigger")[0] == windows.replace('"big"', '"bigger"')


def test_a_setting_is_taken_out_and_the_rest_stays():
    new = config_write.changed(MINE.encode(), "config.toml", "llm.base_url", None)[0]
    assert new == MINE.replace('base_url = "http://localhost:8080/v1"\n', "")
    assert config_write.changed(MINE.encode(), "config.toml", "talk.seed", None)[0] == MINE


@pytest.mark.parametrize(
    "key, value, told",
    [
        ("llm.temperature", "hot", "nothing was changed: llm.temperature is 'hot'; expected a number"),
        ("llm.modle", "x", "nothing was changed: unknown key 'llm.modle'; did you mean 'model'?"),
        ("llm", "x", "nothing was changed: llm is 'x'; expected a table"),
        ("tts.speakers.me.too", "x", "nothing was changed: tts.speakers is a dict; expected a text in quotes"),
        ("tts.speakers", "x", "nothing was changed: tts.speakers is 'x'; expected a table of names"),
        ("llm.api_key", "canary", "holds a key"),
    ],
)
def test_what_cannot_be_is_not_written(tmp_path, key, value, told):
    path = tmp_path / "config.toml"
    path.write_text(MINE, "utf-8")
    with pytest.raises(ConfigError, match=re.escape(told)):
        config_write.change(path, key, value)
    assert path.read_text("utf-8") == MINE and [p.name for p in tmp_path.iterdir()] == ["config.toml"]


def test_a_linked_file_is_changed_where_it_lies(tmp_path):
    (tmp_path / "dotfiles.toml").write_text(MINE, "utf-8")
    (tmp_path / "config.toml").symlink_to(tmp_path / "dotfiles.toml")
    config_write.change(tmp_path / "config.toml", "llm.model", "bigger")
    assert (tmp_path / "config.toml").is_symlink() and "bigger" in (tmp_path / "dotfiles.toml").read_text("utf-8")


def test_models_are_told_what_holds_where_they_look_for_it():
    text = '[models]\nfolder = "/m"\noffline = true\n'
    environ = {"DUOLOGUE_CACHE": "/mine"}
    found = settled(text, environ.items())
    assert str(found.origin("models.folder")) == "environment DUOLOGUE_CACHE"
    config.hand_over(found.config.models, environ)
    assert environ == {"DUOLOGUE_CACHE": "/mine", "DUOLOGUE_OFFLINE": "1"}
    config.hand_over(settled(text, environ.items(), models__offline="no").config.models, environ)
    assert environ == {"DUOLOGUE_CACHE": "/mine"}


def test_the_published_schema_is_that_of_the_program_and_fits_the_example():
    import jsonschema

    published = json.loads((ROOT / "docs" / "config.schema.json").read_text("utf-8"))
    assert published == config_model.schema(), "run: duologue config schema > docs/config.schema.json"
    told = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "config.md").read_text("utf-8"), re.S)
    assert len(told) >= 2
    for example in told:
        jsonschema.validate(tomllib.loads(example), published)
        config.fit(parse(example.encode(), "docs/config.md"))


def test_every_setting_of_the_command_line_is_one_of_the_file():
    from app.cli_config import CHOICES

    for key, *_ in CHOICES.values():
        section, name = key.split(".")
        assert name in type(getattr(config_model.Config(), section)).model_fields


COQUI = '[tts]\nengine = "coqui"\nmodel = "/m"\n'


def test_one_name_of_a_table_of_names_is_set_and_taken_out():
    new, _ = config_write.changed(COQUI.encode(), "x", "tts.speakers.me", "/x.wav")
    new, _ = config_write.changed(new.encode(), "x", "tts.speakers.Ana", "Ana Florence")
    assert settled(new).config.tts.speakers == {"me": "/x.wav", "Ana": "Ana Florence"}
    new, _ = config_write.changed(new.encode(), "x", "tts.speakers.me", None)
    assert settled(new).config.tts.speakers == {"Ana": "Ana Florence"}


def test_with_another_engine_go_the_settings_of_the_one_before_and_that_is_told():
    new, gone = config_write.changed(MINE.encode(), "x", "llm.engine", "script")
    assert gone == ("llm.model", "llm.base_url")
    assert tomllib.loads(new)["llm"] == {"engine": "script"} and "# a server of mine" in new
    assert config_write.changed(MINE.encode(), "x", "llm.engine", "openai") == (MINE, ())
    assert config_write.changed(MINE.encode(), "x", "llm.engine", None)[1] == gone


def test_everything_that_an_engine_of_voices_can_be_told_is_a_setting():
    from agents import tts
    from agents.tts.openai import FORMATS

    assert config_model.FORMATS == FORMATS
    for stage, name in (("tts", "coqui"), ("tts", "openai"), ("asr", "openai")):
        fields = type(getattr(config_model.Config(), stage)).model_fields
        assert set(config.engine_settings(stage, name)) <= fields.keys()
    its = settled(COQUI + "download = true\npatience_s = 5").config.tts
    assert config.for_engine(its) == {"model": "/m", "download": True, "patience_s": 5.0}
    told = config.for_language({"coqui": config.for_engine(its)}, "fr")
    assert tts.find_voice("coqui/default", told).languages == ("fr",)
    assert config.for_language({"openai": {}}, "fr") == {"openai": {}}
