"""The doctor looks for itself, survives what it looks at, and tells what to install."""

import json
import multiprocessing
import os
import sys
import time

import numpy as np
import pytest

from agents import installed
from app import cli, doctor, doctor_checks
from app.config_model import Asr, Config, Llm, Tts
from app.doctor_checks import Finding
from app.doctor_packages import INSTALL, LINUX, packages
from app.echo import BLOCK
from dialogue.types import RATE


def dies(_):
    os._exit(3)


def hangs(_):
    while True:
        time.sleep(1)  # no test waits for it: it is killed


def breaks(_):
    raise ValueError("a driver of another age\nwith a second line")


def works(_):
    return [Finding("works", True, "it does")]


@pytest.mark.slow
def test_what_breaks_hangs_or_dies_is_one_line_and_hides_nothing():
    died, hung, broke, worked = doctor.examine(checks=(dies, hangs, breaks, works), limit_s=4.0)
    assert "killed" in died.found and "within 4 s" in hung.found
    assert broke.found == "ValueError: a driver of another age"
    assert [f.ok for f in (died, hung, broke, worked)] == [False, False, False, True]
    assert not multiprocessing.active_children(), "what looked is still there"


@pytest.mark.slow
def test_a_picture_is_drawn_and_a_film_written_and_read(gl):
    found = {f.name: f for f in doctor_checks.picture(Config())}
    assert found["opengl"].ok and found["codecs"].ok and "25 of 25" in found["codecs"].found
    assert found["opengl"].ms > 0 and found["pace"].ok is not None


@pytest.mark.slow
def test_a_sentence_is_said_heard_and_judged_and_the_mind_answers():
    silent = Tts(engine="openai", base_url="http://127.0.0.1:9")  # of a server that is not there
    told = [*doctor_checks.voice_and_ears(Config(tts=silent)), *doctor_checks.mind(Config(llm=Llm(engine="script")))]
    found = {f.name: f for f in told}
    assert [f.name for f in told if not f.name.startswith("voice ")] == ["voice", "ears", "end of turn", "mind"]
    assert told[0].name == "voice" and told[-4].name == "voice openai" and not told[-4].ok
    for name in ("voice", "voice hibari", "ears", "end of turn", "mind"):
        assert found[name].ok, found[name]
    assert found["ears"].ms > 0


def test_a_mind_that_cannot_be_reached_is_told_with_its_mend():
    (found,) = doctor_checks.mind(Config(llm=Llm(engine="ollama", base_url="http://127.0.0.1:9")))
    assert not found.ok and found.mend


def test_a_package_that_is_missing_is_told_with_the_step_that_brings_all(monkeypatch):
    for module in installed.TALK:
        monkeypatch.setitem(sys.modules, module, None)
    checks, config = (doctor_checks.window, doctor_checks.sound, doctor_checks.mind), Config()
    broken = [found for check in checks for found in check(config)]
    broken += doctor_checks._ears(config, np.zeros(RATE, np.float32))
    assert [found.name for found in broken] == ["window", "microphone", "loudspeaker", "mind", "ears"]
    for found in broken:
        assert not found.ok and found.mend == installed.STEP and found.found.endswith("not installed")


def test_larger_ears_that_are_not_here_are_told():
    wrong = {f.name: f for f in doctor_checks.voice_and_ears(Config(asr=Asr(model="hugee")))}["ears"]
    assert not wrong.ok and "hugee" in wrong.found


@pytest.mark.parametrize(
    ("loud", "ok", "told"), [(0.0, False, "muted"), (0.05, True, ""), (1.0, True, "overdriven")], ids=str
)
def test_a_second_of_the_microphone_tells_muted_from_fine_and_overdriven(loud, ok, told):
    blocks = [np.full(BLOCK, loud, np.float32)] * 100
    found = doctor_checks._level("", "desk", blocks, "echo is taken out")
    assert found.ok is ok and told in found.mend and "desk" in found.found


def test_the_exit_status_names_what_does_not_work():
    good = [Finding(name, True, "") for _, needs in doctor.NEEDS.values() for name in needs]
    assert doctor.status(good) == 0 and doctor.instead(good) == ""
    deaf = [f for f in good if f.name != "microphone"]
    assert doctor.status(deaf) == 4 and doctor.instead(deaf) == "duologue talk --text"
    blind = [f for f in good if f.name != "window"]
    assert doctor.status(blind) == 4 and doctor.instead(blind) == "duologue talk --headless"
    assert doctor.status([f for f in good if f.name != "codecs"]) == 2 + 8
    assert doctor.status([]) == 14


@pytest.mark.parametrize("kind", [*INSTALL, "darwin", "win32", ""])
@pytest.mark.parametrize("part", LINUX)
def test_every_platform_is_told_what_to_install(part, kind):
    told = packages(part, kind)
    assert (INSTALL[kind] in told) if kind in INSTALL else told


@pytest.mark.slow
def test_the_report_as_json_holds_every_finding_and_the_status(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "examine", lambda config: iter([*doctor_checks.system(config), *works(config)]))
    assert cli.main(["doctor", "--json"]) == 14
    report = json.loads(capsys.readouterr().out)
    assert report["status"] == 14 and report["talk"] == {"works": False, "lacks": list(doctor.NEEDS["talk"][1])}
    assert [f["name"] for f in report["findings"]] == ["system", "works"]
