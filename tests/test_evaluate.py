"""The whole command on small sets of each kind: what it tells, what it keeps apart, and what it refuses."""

import json
import re
import wave

import numpy as np
import pytest
import small_corpus
import torch
from small_model import model as small_model
from test_dualtalk import tiny
from test_dualtalk_set import wav

from app import cli, plots
from app.evaluate import interesting
from app.report_cells import by_key, number, rows, table
from motion import baseline
from motion.models.dualtalk import DualTalk
from motion.scores import HIGH, LOW, ONE, ZERO, Score

SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "talks"
    folder.mkdir()
    return small_corpus.corpus(folder, names=("a-clean", "b-room", "c", "d", "e-clean", "f-room")).folder


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    """In the published layout; the second clip knows one face, the third is broken."""
    folder, rng = tmp_path_factory.mktemp("sets") / "published", np.random.default_rng(0)
    for split, name, known in (("train", "v0", 2), ("ood", "v1", 2), ("ood", "v2", 1), ("ood", "v3", 0)):
        (folder / split).mkdir(parents=True, exist_ok=True)
        on = np.arange(250) // 50 % 2
        for p in (1, 2):
            sound = 0.1 * (on == p - 1).repeat(640) * rng.normal(size=250 * 640)
            (folder / split / f"{name}_speaker{p}.wav").write_bytes(wav(sound.astype("f4")))
            if p <= known:
                moving = (
                    np.sin(np.arange(250)[:, None] / np.arange(3, 59) + p).astype("f4")
                    * (0.3 + 0.7 * (on == p - 1))[:, None]
                )
                np.savez(folder / split / f"{name}_speaker{p}.npz", exp=moving[:, :50], pose=0.1 * moving[:, 50:])
    return folder


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """Files of weights that have learned nothing: ours, and the paper's for either kind of face."""
    folder = tmp_path_factory.mktemp("weights")
    small_model(folder)
    torch.manual_seed(0)
    for name, channels in (("paper", 57), ("paper_flame", 56)):
        config = tiny(channels=channels)
        baseline.save(folder / f"{name}.safetensors", config, DualTalk(config).state_dict(), {})
    return folder


def evaluated(folder, out, *more):
    assert cli.main(["evaluate", str(folder), "-o", str(out), *map(str, more)]) == 0
    page = (out / "report.md").read_text("utf-8")
    for name in re.findall(r"!\[[^]]*\]\(([^)]+)\)", page):
        assert (out / name).read_bytes().startswith(SIGNATURE), name
    return page, json.loads((out / "figures.json").read_text("utf-8"))


def sections(page):
    return dict(part.split("\n", 1) for part in page.split("\n## ")[1:])


@pytest.mark.slow
def test_models_on_a_corpus_are_compared_by_everything_it_knows(corpus, weights, tmp_path, capsys):
    ours, theirs = weights / "small.safetensors", weights / "paper.safetensors"
    page, figures = evaluated(
        corpus, tmp_path / "out", "--model", ours, "--model", f"base={theirs}", "--model", "procedural"
    )
    told = sections(page)
    assert list(told) == [
        "Against the truth", "Speaking and listening apart", "Lips", "Clean and wrong role labels",
        "Closed and open loop", "Clean sound and rooms", "Against the paper's model", "Human figures",
        "Events per minute", "Velocity in bands, dB", "Pictures", "What these figures cannot see",
    ]  # fmt: skip
    assert "| all frames | small | base | procedural | frozen |" in told["Against the truth"]
    for name in (
        "FD expression ↓",
        "P-FD jaw ×1000 ↓",
        "MSE head pose ×100 ↓",
        "SID expression ↑",
        "rPCC jaw ×10 ↓",
        "FDD, upper",
        "PDD, head",
        "JDD, jaw",
    ):
        assert f"\n| {name}" in told["Against the truth"], name
    assert "| small, speaking | base, speaking |" in told["Speaking and listening apart"]
    assert (
        "| small, clean | small, wrong | procedural, clean | procedural, wrong |" in told["Clean and wrong role labels"]
    )
    assert "No labels go into base." in told["Clean and wrong role labels"]
    assert "costs nothing: small, procedural." in told["Closed and open loop"]
    assert "closed_loop_cost of base: expression" in told["Closed and open loop"]
    assert "| small, clean | small, room |" in told["Clean sound and rooms"]
    assert (
        "| ratio_fd.exp ↓ |" in told["Against the paper's model"]
        and "small over base, closed" in told["Against the paper's model"]
    )
    assert "loudness alone" in told["Lips"] and "SLCC" in told["Lips"] and "MTM" in told["Lips"]
    assert "**in range**" in told["Human figures"]
    assert "| blinks_listening, 1/min | 10.0 … 24.0 |" in told["Human figures"]
    assert "nods, listening" in told["Events per minute"] and "jaw, 2.6-6.5 Hz → 0" in told["Velocity in bands, dB"]
    pictures = [
        "curves-small.png",
        "curves-base.png",
        "curves-procedural.png",
        "scores.png",
        "spectra.png",
        "human.png",
    ]
    assert re.findall(r"\]\((.+\.png)\)", told["Pictures"]) == pictures
    written = ["report.md", "figures.json", *pictures]
    assert capsys.readouterr().out.splitlines() == [str(tmp_path / "out" / name) for name in written]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(written)

    truth, frozen = figures["truth"]["clean labels, open loop"], figures["frozen"]["unheard labels, closed loop"]
    assert truth["fd.exp.all"] == pytest.approx(0.0, abs=1e-6) and truth["lip_r.lips.speaking"] == pytest.approx(1.0)
    assert frozen["spread_ratio.jaw.all"] == 0.0 and "lip_r.lips.speaking" not in frozen
    assert figures["procedural"]["wrong labels, closed loop"]["lip_r.lips.speaking"] > 0.3
    assert figures["loudness"]["clean labels, open loop"]["lip_r.lips.speaking"] > 0.5
    assert figures["truth"]["human"]["blinks_listening"]["value"] > 10.0
    assert set(figures["small"]) >= {"over base, closed loop", "over base, open loop"}
    cost, closed, opened = (
        figures["base"]["closed_loop_cost"],
        *(figures["base"][f"unheard labels, {loop} loop"]["fd.jaw.all"] for loop in ("closed", "open")),
    )
    assert cost["jaw"] == pytest.approx(closed / opened - 1.0)
    assert set(figures["base"]) >= {"unheard labels, closed loop", "unheard labels, open loop", "human", "per_minute"}


@pytest.mark.slow
def test_the_same_seed_writes_the_same_report(corpus, weights, tmp_path):
    def run(name, *more):
        return evaluated(
            corpus, tmp_path / name / "out", "--model", weights / "small.safetensors", "--no-plots", *more
        )[0]

    once = run("a")
    assert once == run("a") and "## Pictures" not in once and "2 clips, 0.3 minutes" in once
    other = run("b", "--seed", "4", "--clips", "1", "--split", "test")
    assert "split test\n\n1 clip, 0.1 minutes" in other and "Seed 4." in other


@pytest.mark.slow
def test_the_published_layout_knows_faces_of_another_kind(faces, weights, tmp_path):
    models = ("--model", weights / "small.safetensors", "--model", weights / "paper_flame.safetensors")
    page, figures = evaluated(faces, tmp_path / "out", *models)
    told = sections(page)
    assert "| all frames | paper_flame | frozen |" in told["Against the truth"], "ours has no such channels"
    assert "| small | paper_flame | frozen | loudness alone |" in told["Jaw and head, whatever kind of face"]
    assert "Left out, as they cannot be read (1)" in page and "v3' has no face" in page
    assert "12-18 % of its role changes were told wrongly here" in page
    assert "closed_loop_cost of paper_flame" in told["Closed and open loop"]
    closed, opened = (figures["paper_flame"][f"unheard labels, {loop} loop"] for loop in ("closed", "open"))
    assert closed["fd.exp.all"] > 0 and opened["pfd.exp.all"] > 0
    assert figures["truth"]["clean labels, open loop"]["jaw_r.jaw.speaking"] == pytest.approx(1.0)
    assert figures["small"]["human"] and not figures["paper_flame"]["human"]


@pytest.mark.slow
def test_a_lone_folder_of_its_clips_will_do(faces, weights, tmp_path):
    page, _ = evaluated(
        faces / "ood", tmp_path / "out", "--model", weights / "small.safetensors", "--clips", 2, "--no-plots"
    )
    assert page.startswith("# Evaluation on ood\n\n2 clips") and "mean face of the clips themselves" in page


@pytest.mark.slow
def test_of_recordings_only_what_needs_no_truth_is_told(tmp_path, weights):
    folder, rng = tmp_path / "calls", np.random.default_rng(1)
    folder.mkdir()
    for name, channels in (("talk.ADA", 1), ("talk.BEN", 1), ("both", 2), ("alone", 1)):
        with wave.open(str(folder / f"{name}.wav"), "wb") as file:
            file.setparams((channels, 2, 22_050, 0, "NONE", ""))
            on = np.arange(22_050 * 14) // 44_100 % 2 == (name == "talk.BEN")
            file.writeframes((rng.normal(0, 3000, (len(on), channels)) * on[:, None]).astype("<i2").tobytes())
    (folder / "noise.flac").write_bytes(b"fLaC and no more")
    page, figures = evaluated(folder, tmp_path / "out", "--model", weights / "small.safetensors")
    told = sections(page)
    assert list(told) == ["Human figures", "Events per minute", "Pictures", "What these figures cannot see"]
    assert page.startswith("# Evaluation on calls\n\n2 clips, 0.5 minutes") and "Kind of set: recordings" in page
    assert "recording 'alone' has 1 tracks" in page and "cannot hear" in page and "noise.flac" in page
    assert set(figures) == {"small", "loudness"} and "lips are right" in told["What these figures cannot see"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["{nothing}"], "no folder '.*'; give a corpus"),
        (["{empty}"], "nothing to perform in .*; expected a corpus"),
        (["{corpus}", "--model", "dual_strem"], "no model named 'dual_strem'; did you mean 'dual_stream'"),
        (["{corpus}", "--model", "none.safetensors"], "no weights in 'none.safetensors'"),
        (["{corpus}", "--model", "{corpus}/0.npz"], "0.npz' holds no weights"),
        (["{corpus}", "--model", "procedural", "--model", "procedural"], "'procedural' is taken; .*other=procedural"),
        (["{corpus}", "--model", "truth=procedural"], "'truth' is taken"),
        (["{corpus}", "--model", "{weights}/paper_flame.safetensors"], "'paper_flame' makes FLAME faces"),
        (["{corpus}", "--clips", "0"], "--clips is 0; expected at least 1"),
        (["{corpus}", "--seed", "-1"], "--seed is -1"),
        (["{published}", "--split", "test"], "no clips of split 'test'; it has: .*unseen"),
    ],
)
@pytest.mark.slow
def test_mistakes_are_told_in_one_line(arguments, told, corpus, faces, weights, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    places = {"nothing": tmp_path / "none", "empty": tmp_path / "empty", "corpus": corpus, "published": faces}
    given = [one.format(weights=weights, **places) for one in arguments]
    assert cli.main(["evaluate", *given, "-o", str(tmp_path / "out")]) == 1
    found = capsys.readouterr().err
    assert re.fullmatch(f"duologue: .*{told}.*\n", found), found


def test_where_the_report_cannot_be_written_is_told_before_the_work(corpus, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert cli.main(["evaluate", str(corpus), "-o", str(tmp_path / "taken")]) == 1
    assert "cannot make the folder" in capsys.readouterr().err


def test_without_matplotlib_the_line_that_brings_it_is_told(corpus, tmp_path, capsys, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert cli.main(["evaluate", str(corpus), "-o", str(tmp_path / "out")]) == 1
    assert "pip install 'duologue[report]', or ask for --no-plots" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_curves_show_where_both_speak_and_listen():
    speaking = np.zeros((1500, 2), bool)
    speaking[:, 0] = True
    assert interesting(speaking)[1] < 0.1
    speaking[800:950] = [False, True]
    at, worth = interesting(speaking)
    assert at <= 800 and at + 300 >= 950 and worth > 0.4
    assert interesting(speaking[:60])[0] == 0, "shorter than a scene"


def test_numbers_say_three_digits():
    said = [number(x) for x in (None, 0.0, -1.4e-6, 0.00272, 0.1234, 2.0, 11.5, 99.7, -1692.3)]
    assert said == ["–", "0", "0", "0.00272", "0.123", "2.00", "11.5", "100", "-1692"]


@pytest.mark.parametrize(("better", "best"), [(LOW, 0), (HIGH, 2), (ZERO, 1), (ONE, 2)])
def test_the_best_of_the_models_is_bold_and_references_do_not_compete(better, best):
    columns = [by_key([Score("x", "lips", "all", value, better)]) for value in (-3.0, 0.1, 1.5, 0.0)]
    ((label, *cells),) = rows(columns, [("figure", ("x", "lips", "all")), ("unknown", ("y", "lips", "all"))], 3)
    assert label.startswith("figure") and [c.startswith("**") for c in cells] == [i == best for i in range(4)]
    assert table(["a", "b", "c"], [["1", "2", "3"]], words=1) == [
        "| a | b | c |",
        "| --- | ---: | --- |",
        "| 1 | 2 | 3 |",
    ]


def test_colours_differ_and_no_picture_needs_a_screen():
    assert len({*plots.COLOURS, plots.INK, plots.PALE}) == len(plots.COLOURS) + 2
